"""PyPI `smpp34` as a client: `python -m tests.e2e.interop.smpp34_peer JOB`. Events as in node_peer.js.

It leaves encoding and cutting to its user, who does it here as plainly as users do: by size, whatever is cut in two.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from typing import Any

import smpp34

from tests.e2e.interop.job import Job, Message, Session, read
from tests.e2e.peer_process import say

_TYPES = {"transmitter": "TX", "receiver": "RX", "transceiver": "TRX"}
_UCS2_PART_BYTES = 132


def submits(message: Message, reference: int) -> Iterator[dict[str, Any]]:
    """The parameters of each submit_sm. It has no table of the GSM alphabet, so such texts go as Latin-1."""
    if message.text.isascii():
        yield {"data_coding": 3, "short_message": message.text.encode("latin-1")}
        return
    octets = message.text.encode("utf-16-be")
    if message.how == "payload":
        yield {"data_coding": 8, "tlvs": [smpp34.Tlv(smpp34.TLV_MESSAGE_PAYLOAD, octets)]}
    elif message.how == "plain":
        yield {"data_coding": 8, "short_message": octets}
    else:
        pieces = [octets[start : start + _UCS2_PART_BYTES] for start in range(0, len(octets), _UCS2_PART_BYTES)]
        for sequence, piece in enumerate(pieces, start=1):
            yield _part(message.how, piece, reference, len(pieces), sequence)


def _part(how: str, piece: bytes, reference: int, total: int, sequence: int) -> dict[str, Any]:
    if how == "udh":
        header = bytes((6, 8, 4, reference >> 8, reference & 0xFF, total, sequence))
        return {"data_coding": 8, "esm_class": 0x40, "short_message": header + piece}
    values = (
        (smpp34.TLV_SAR_MSG_REF_NUM, reference.to_bytes(2, "big")),
        (smpp34.TLV_SAR_TOTAL_SEGMENTS, bytes((total,))),
        (smpp34.TLV_SAR_SEGMENT_SEQNUM, bytes((sequence,))),
    )
    return {"data_coding": 8, "short_message": piece, "tlvs": [smpp34.Tlv(tag, value) for tag, value in values]}


async def run(job: Job, session: Session) -> None:
    kind = _TYPES[session.kind]
    client = smpp34.Client(job.host, job.port, job.system_id, job.password, bind_type=kind, connect_timeout_ms=10_000)
    smsc = await client.connect()
    say("bound", **{"as": session.kind}, status=0, system_id=smsc.system_id)
    wanted = session.receipts
    for number, message in enumerate(session.messages):
        for parameters in submits(message, 1_000 + number):
            answer = await smsc.submit_sm(
                message.to, source_addr=job.sender, source_addr_ton=5, registered_delivery=1, **parameters
            )
            wanted += session.kind == "transceiver" and answer.is_success
            say("answer", to=message.to, id=answer.message_id, status=answer.command_status)
    for _ in range(wanted):
        event = await smsc.next()
        if not isinstance(event, smpp34.DeliverSmEvent):
            say("failed", error=repr(event))
            return
        tlvs = {tlv.tag: tlv for tlv in event.tlvs}
        say(
            "receipt",
            id=tlvs[smpp34.TLV_RECEIPTED_MESSAGE_ID].as_string(),
            state=tlvs[smpp34.TLV_MESSAGE_STATE].as_int(),
            text=event.short_message.decode("latin-1"),
        )
    say("alive", status=0 if await client.is_alive() else 1)
    await smsc.unbind()
    say("unbound", **{"as": session.kind}, status=0)
    await client.stop()


async def main(job: Job) -> None:
    for session in job.sessions:
        await run(job, session)
    say("done")


if __name__ == "__main__":
    asyncio.run(main(read(sys.argv[1])))
    # Its threads would complain of the end of the interpreter.
    os._exit(0)
