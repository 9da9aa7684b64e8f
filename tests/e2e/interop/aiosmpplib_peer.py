"""PyPI `aiosmpplib` as a client: `python -m tests.e2e.interop.aiosmpplib_peer JOB`. Events as in node_peer.js.

It knows no SAR of its own (2026), and tells its user of no part but the last; so the hook reads each PDU.
"""

import asyncio
import contextlib
import logging
import os
import sys

from aiosmpplib import ESME, PhoneNumber, SubmitSm
from aiosmpplib.hook import AbstractHook
from aiosmpplib.protocol import DeliverSm, SmppMessage
from aiosmpplib.state import BindMode, SmppCommand

from tests.e2e.interop.job import Job, Message, Session, read
from tests.e2e.peer_process import say

_UDHI = 0b0100_0000
_HEADER_BYTES = 16


class Watch(AbstractHook):
    """Tells what goes by; `changed` is set at each."""

    def __init__(self, session: Session) -> None:
        self.changed = asyncio.Event()
        self.recipients: dict[int, str] = {}
        self.answers = self.receipts = 0
        self.alive = False
        self.wanted = session.receipts
        self._kind = session.kind

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        if isinstance(smpp_message, SubmitSm) and not isinstance(smpp_message, DeliverSm):
            self.recipients[smpp_message.sequence_num] = smpp_message.destination.number

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        header = SmppMessage.parse_header(pdu[:_HEADER_BYTES])
        command, status = header.smpp_command, int(header.command_status)
        if command in (
            SmppCommand.BIND_TRANSMITTER_RESP,
            SmppCommand.BIND_RECEIVER_RESP,
            SmppCommand.BIND_TRANSCEIVER_RESP,
        ):
            system_id = pdu[_HEADER_BYTES:].split(b"\0")[0].decode()
            say("bound", **{"as": self._kind}, status=status, system_id=system_id)
        elif command == SmppCommand.SUBMIT_SM_RESP:
            self.answers += 1
            self.wanted += self._kind == "transceiver" and not status
            say("answer", to=self.recipients[header.sequence_num], id=pdu[_HEADER_BYTES:-1].decode(), status=status)
        elif command == SmppCommand.DELIVER_SM:
            self.receipts += 1
            deliver = DeliverSm.from_pdu(pdu, header)
            told = deliver.parse_receipt()
            state = next((one.value for one in deliver.optional_params if one.tag == 0x0427), None)
            say("receipt", id=told["id"], state=state, text=deliver.short_message)
        elif command == SmppCommand.ENQUIRE_LINK_RESP and not self.alive:
            self.alive = True
            say("alive", status=status)
        elif command == SmppCommand.UNBIND_RESP:
            say("unbound", **{"as": self._kind}, status=status)
        self.changed.set()

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        say("failed", error=repr(error))


def submit(job: Job, message: Message) -> SubmitSm:
    return SubmitSm(
        short_message=message.text if message.how != "payload" else "",
        message_payload=message.text if message.how == "payload" else "",
        source=PhoneNumber(job.sender),
        destination=PhoneNumber(message.to),
        esm_class=_UDHI if message.how == "udh" else 0,
        auto_message_payload=message.how != "udh",
    )


async def run(job: Job, session: Session) -> None:
    watch = Watch(session)
    esme = ESME(
        smsc_host=job.host,
        smsc_port=job.port,
        system_id=job.system_id,
        password=job.password,
        bind_mode=BindMode[session.kind.upper()],
        enquire_link_interval=0.3,
        log_handler=logging.NullHandler(),
        hook=watch,
    )
    running = asyncio.create_task(esme.start())
    for message in session.messages:
        await esme.broker.enqueue(submit(job, message))
    expected = len(session.messages)
    while watch.answers < max(expected, len(watch.recipients)) or watch.receipts < watch.wanted or not watch.alive:
        watch.changed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(watch.changed.wait(), 0.1)
    # Its sender waits for one more message to be queued before it looks whether it is to stop; cancelling ends that too.
    stopping = asyncio.create_task(esme.stop())
    await asyncio.wait({stopping, running}, timeout=10)
    running.cancel()
    stopping.cancel()


async def main(job: Job) -> None:
    for session in job.sessions:
        await run(job, session)
    say("done")


if __name__ == "__main__":
    asyncio.run(main(read(sys.argv[1])))
    # What it leaves running would complain of the end of the interpreter.
    os._exit(0)
