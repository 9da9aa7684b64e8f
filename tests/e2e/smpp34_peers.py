"""PyPI `smpp34` (a Rust SMPP stack) as SMSC and as client, in a process of its own.

Its asyncio and tokio threads and our green sockets would not share a process well. The process speaks JSON lines on
its standard output; `python -m tests.e2e.smpp34_peers server PORT` can also be run by hand.
"""

import asyncio
import sys
from typing import Any

from golub.local.ports import LOOPBACK, free_port
from services.smpp_gateway import constants as c
from tests.e2e.peer_process import PeerProcess, say


class Smpp34Process(PeerProcess):
    def __init__(self, *arguments: str) -> None:
        super().__init__([sys.executable, "-W", "ignore", "-m", "tests.e2e.smpp34_peers", *arguments])


class Smpp34Server(Smpp34Process):
    """An SMSC that accepts any credentials, gives decimal message ids and delivers everything at once. Receipts of what a
    transmitter submitted go to a receiver of its system_id; without one there are none.

    Events: listening, bound (receives), submit (source, destination, message_id, short_message in hex), receipt (status), unbound.
    """

    def __init__(self) -> None:
        self.address = (LOOPBACK, free_port())
        super().__init__("server", str(self.address[1]))
        self.wait_for("listening")


class Smpp34Client(Smpp34Process):
    """A transceiver that submits to each recipient with a receipt asked for, waits for all receipts and unbinds.

    Events: bound, answer (message_id, status), receipt (short_message in hex, tlvs), failed, done.
    """

    def __init__(self, address: tuple[str, int], system_id: str, password: str, sender: str, *recipients: str) -> None:
        super().__init__("client", str(address[1]), system_id, password, sender, *recipients)


async def _serve(port: int) -> None:
    import smpp34

    server = smpp34.Server(host=LOOPBACK, port=port, system_id="smpp34")
    await server.start()
    say("listening")
    sessions: dict[str, Any] = {}
    background: set[asyncio.Task[None]] = set()
    number = 1_000_000_000
    while True:
        event = await server.next()
        if isinstance(event, smpp34.Esme):
            sessions[event.session_id] = event
            say("bound", system_id=event.system_id, receives=event.can_receive)
        elif isinstance(event, smpp34.SubmitSmEvent):
            number += 1
            event.accept(message_id=str(number))
            say(
                "submit",
                source=event.source_addr,
                destination=event.destination_addr,
                message_id=str(number),
                short_message=event.short_message.hex(),
            )
            receiver = _receiver_of(sessions, sessions[event.session_id])
            if event.registered_delivery & 1 and receiver is not None:
                task = asyncio.create_task(_send_receipt(receiver, event, number))
                background.add(task)
                task.add_done_callback(background.discard)
        else:
            say("unbound")


def _receiver_of(sessions: dict[str, Any], esme: Any) -> Any | None:
    """Itself, else the newest receiver of its system_id."""
    if esme.can_receive:
        return esme
    others = [one for one in sessions.values() if one.can_receive and one.system_id == esme.system_id]
    return others[-1] if others else None


async def _send_receipt(esme: Any, submit: Any, number: int) -> None:
    import smpp34

    text = f"id:{number} sub:001 dlvrd:001 submit date:2611220915 done date:2611220915 stat:DELIVRD err:000 text:"
    answer = await esme.deliver_sm(
        submit.source_addr,
        text.encode(),
        source_addr=submit.destination_addr,
        esm_class=4,
        tlvs=[smpp34.Tlv(c.TLV_MESSAGE_STATE, b"\x02")],
    )
    say("receipt", status=answer.command_status)


async def _submit(port: int, system_id: str, password: str, sender: str, recipients: list[str]) -> None:
    import smpp34

    # A refused bind is only noticed by its time running out.
    client = smpp34.Client(LOOPBACK, port, system_id, password, bind_type="TRX", connect_timeout_ms=5000)
    try:
        smsc = await client.connect()
    except Exception as error:  # Whatever it raises is what the test wants to see.
        say("failed", error=str(error))
        return
    say("bound", system_id=smsc.system_id)
    sends = (smsc.submit_sm(to, b"hello", source_addr=sender, registered_delivery=1) for to in recipients)
    accepted = 0
    for answer in await asyncio.gather(*sends):
        accepted += answer.is_success
        say("answer", message_id=answer.message_id, status=answer.command_status)
    for _ in range(accepted):
        event = await smsc.next()
        if not isinstance(event, smpp34.DeliverSmEvent):
            break
        tlvs = {f"{tlv.tag:04x}": tlv.value.hex() for tlv in event.tlvs}
        say("receipt", short_message=event.short_message.hex(), source=event.source_addr, tlvs=tlvs)
    await smsc.unbind()
    say("done")
    await client.stop()


if __name__ == "__main__":
    if sys.argv[1] == "server":
        asyncio.run(_serve(int(sys.argv[2])))
    else:
        asyncio.run(_submit(int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5], sys.argv[6:]))
