"""A client of the platform's SMPP server: binds a few times, keeps its windows full, and tells how it went.

It reads one JSON object from standard input and writes one to standard output. No monkey-patching: plain asyncio.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from golub.bench.generator import TEXT, cpu_seconds, recipient
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.framing import FrameReader

_READ_BYTES = 1 << 18


@dataclass(slots=True)
class Order:
    """`first`: number of the first recipient. `window`: submits under way per bind."""

    port: int
    system_id: str
    password: str
    sender: str
    first: int
    count: int
    binds: int
    window: int
    receipts: bool


@dataclass(slots=True)
class Result:
    """`seconds` from the first submit_sm to the last submit_sm_resp; `milliseconds` of each hundredth response."""

    seconds: float = 0.0
    accepted: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0


class Client:
    """One bind. It takes its recipients from an iterator that all of them share."""

    def __init__(self, order: Order, numbers: Iterator[int], result: Result) -> None:
        self._order, self._numbers, self._result = order, numbers, result
        self._frames = FrameReader()
        self._sent_at: dict[int, float] = {}
        self._sequence = 1

    async def bind(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._order.port)
        kind = c.BIND_TRANSCEIVER if self._order.receipts else c.BIND_TRANSMITTER
        self._writer.write(p.encode(p.Bind(kind, 1, self._order.system_id, self._order.password)))
        answer = (await self._read())[0]
        if not isinstance(answer, p.BindResp) or answer.command_status != c.ESME_ROK:
            raise ConnectionError(f"The bind was refused: {answer}")

    async def run(self) -> None:
        self._fill()
        while self._sent_at:
            answers: list[bytes] = []
            for pdu in await self._read():
                if isinstance(pdu, p.SubmitSmResp):
                    self._count(pdu)
                elif isinstance(pdu, p.DeliverSm):
                    answers.append(p.encode(p.DeliverSmResp(pdu.sequence_number)))
                elif isinstance(pdu, p.EnquireLink):
                    answers.append(p.encode(p.EnquireLinkResp(pdu.sequence_number)))
            self._writer.writelines(answers)
            self._fill()
        self._writer.close()

    def _fill(self) -> None:
        frames: list[bytes] = []
        now = time.monotonic()
        while len(self._sent_at) < self._order.window:
            number = next(self._numbers, None)
            if number is None:
                break
            self._sequence += 1
            self._sent_at[self._sequence] = now
            pdu = p.SubmitSm(
                self._sequence,
                source_addr_ton=c.TON_ALPHANUMERIC,
                source_addr=self._order.sender,
                dest_addr_ton=c.TON_INTERNATIONAL,
                dest_addr_npi=c.NPI_ISDN,
                destination_addr=recipient(number),
                registered_delivery=int(self._order.receipts),
                short_message=TEXT.encode("ascii"),
            )
            frames.append(p.encode(pdu))
        self._writer.writelines(frames)

    def _count(self, pdu: p.SubmitSmResp) -> None:
        sent_at = self._sent_at.pop(pdu.sequence_number)
        result = self._result
        if pdu.command_status == c.ESME_ROK:
            result.accepted += 1
            if result.accepted % 100 == 0:
                result.milliseconds.append(1000 * (time.monotonic() - sent_at))
        else:
            status = f"0x{pdu.command_status:08X}"
            result.refused[status] = result.refused.get(status, 0) + 1

    async def _read(self) -> list[p.Pdu]:
        while True:
            data = await self._reader.read(_READ_BYTES)
            if not data:
                raise ConnectionError("The server closed the connection.")
            frames = self._frames.feed(data)
            if frames:
                return [p.decode(frame) for frame in frames]


async def send(order: Order) -> Result:
    """Bind, then submit everything."""
    result = Result()
    numbers = iter(range(order.first, order.first + order.count))
    cpu_before = cpu_seconds()
    clients = [Client(order, numbers, result) for _ in range(order.binds)]
    for client in clients:
        await client.bind()
    started = time.monotonic()
    await asyncio.gather(*(client.run() for client in clients))
    result.seconds = time.monotonic() - started
    result.cpu_seconds = cpu_seconds() - cpu_before
    return result


if __name__ == "__main__":
    outcome = asyncio.run(send(Order(**json.load(sys.stdin))))
    json.dump({name: getattr(outcome, name) for name in Result.__slots__}, sys.stdout)
