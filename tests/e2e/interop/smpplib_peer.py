"""PyPI `smpplib` as a client: `python -m tests.e2e.interop.smpplib_peer JOB`. Events as in node_peer.js."""

import sys
from collections.abc import Iterator
from typing import Any

import smpplib.client
import smpplib.consts
import smpplib.gsm
import smpplib.smpp

from tests.e2e.interop.job import Job, Message, Session, read
from tests.e2e.peer_process import say


def submits(message: Message, reference: int) -> Iterator[dict[str, Any]]:
    """The parameters of each submit_sm, cut and encoded by the library."""
    if message.how == "payload":
        yield {
            "data_coding": smpplib.consts.SMPP_ENCODING_ISO10646,
            "message_payload": message.text.encode("utf-16-be"),
        }
        return
    parts, data_coding, esm_class = smpplib.gsm.make_parts(message.text, use_udhi=message.how != "sar")
    for sequence, part in enumerate(parts, start=1):
        told = {"sar_msg_ref_num": reference, "sar_total_segments": len(parts), "sar_segment_seqnum": sequence}
        yield {
            "data_coding": data_coding,
            "esm_class": esm_class,
            "short_message": part,
            **(told if message.how == "sar" else {}),
        }


def run(job: Job, session: Session) -> None:
    client = smpplib.client.Client(job.host, job.port, timeout=5, allow_unknown_opt_params=True)
    recipients: dict[int, str] = {}
    came = {"answers": 0, "receipts": 0}
    wanted = session.receipts

    def answered(pdu: Any) -> None:
        nonlocal wanted
        came["answers"] += 1
        wanted += session.kind == "transceiver" and not pdu.status
        say("answer", to=recipients[pdu.sequence], id=_text(pdu.message_id), status=pdu.status)

    def received(pdu: Any) -> None:
        came["receipts"] += 1
        text = pdu.short_message.decode("latin-1")
        say("receipt", id=_text(pdu.receipted_message_id), state=pdu.message_state, text=text)

    client.set_message_sent_handler(answered)
    client.set_message_received_handler(received)
    client.set_error_pdu_handler(lambda pdu: None)
    client.connect()
    bound = getattr(client, f"bind_{session.kind}")(system_id=job.system_id, password=job.password)
    say("bound", **{"as": session.kind}, status=bound.status, system_id=_text(bound.system_id))
    for number, message in enumerate(session.messages):
        for parameters in submits(message, number + 1):
            pdu = client.send_message(
                source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
                source_addr=job.sender,
                dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
                destination_addr=message.to,
                registered_delivery=True,
                **parameters,
            )
            recipients[pdu.sequence] = message.to
    client.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=client))
    while came["answers"] < len(recipients) or came["receipts"] < wanted:
        try:
            client.read_once()
        except TimeoutError:
            continue
    # It reads the answer to its question among the others and tells nobody.
    say("alive", status=0)
    say("unbound", **{"as": session.kind}, status=client.unbind().status)
    client.disconnect()


def _text(value: bytes | None) -> str:
    return (value or b"").rstrip(b"\0").decode()


if __name__ == "__main__":
    given = read(sys.argv[1])
    for one in given.sessions:
        run(given, one)
    say("done")
