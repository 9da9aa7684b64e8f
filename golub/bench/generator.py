"""The load: a program of its own that posts batches over a few kept connections and tells how it went.

It reads one JSON object from standard input and writes one to standard output. No monkey-patching: plain asyncio.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: Operators of four directions, the first of which is charged by delivery.
PREFIXES = ("7903", "7916", "7926", "7977")
DELIVERED_ENDINGS = 60
TEXT = "Golub: your parcel has arrived, the code is 4821."


@dataclass(slots=True)
class Order:
    """`first`: number of the first recipient. `per_second` 0: as fast as answers come."""

    port: int
    key: str
    sender: str
    first: int
    count: int
    batch: int
    connections: int
    per_second: int


@dataclass(slots=True)
class Result:
    """Seconds that each request took, all of it from the first request to the last answer, and how many messages were
    accepted and not."""

    seconds: list[float] = field(default_factory=list)
    wall_seconds: float = 0.0
    accepted: int = 0
    refused: int = 0
    cpu_seconds: float = 0.0


def cpu_seconds() -> float:
    """Of this process so far. What a start costs is nothing to the messages."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def recipient(number: int) -> str:
    """A different one for each number below 24 million, whose fate at the simulator is to be delivered."""
    index, prefix = divmod(number, len(PREFIXES))
    return f"{PREFIXES[prefix]}{index // DELIVERED_ENDINGS:05d}{index % DELIVERED_ENDINGS:02d}"


def bodies(order: Order) -> Iterator[tuple[int, bytes]]:
    """(messages, request body) of each request."""
    for start in range(order.first, order.first + order.count, order.batch):
        numbers = range(start, min(start + order.batch, order.first + order.count))
        recipients = [recipient(number) for number in numbers]
        yield len(numbers), json.dumps({"sender": order.sender, "text": TEXT, "recipients": recipients}).encode()


async def send(order: Order) -> Result:
    """Post everything; each connection takes the next request when its last is answered."""
    result, queue, started, cpu_before = Result(), bodies(order), time.monotonic(), cpu_seconds()
    posted = 0

    async def connection() -> None:
        nonlocal posted
        reader, writer = await asyncio.open_connection("127.0.0.1", order.port, limit=1 << 22)
        for count, body in queue:
            posted += count
            if order.per_second:
                await asyncio.sleep(max(0.0, started + (posted - count) / order.per_second - time.monotonic()))
            before = time.monotonic()
            status, document = await post(reader, writer, order.key, body)
            result.seconds.append(time.monotonic() - before)
            taken = sum(one["state"] == "accepted" for one in document.get("messages", ())) if status == 202 else 0
            result.accepted += taken
            result.refused += count - taken
        writer.close()

    await asyncio.gather(*(connection() for _ in range(order.connections)))
    result.wall_seconds = time.monotonic() - started
    result.cpu_seconds = cpu_seconds() - cpu_before
    return result


async def post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, body: bytes
) -> tuple[int, dict[str, Any]]:
    head = (
        "POST /api/v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = next(int(line.split(":")[1]) for line in answer.lower().splitlines() if line.startswith("content-length:"))
    return int(answer.split(" ", 2)[1]), json.loads(await reader.readexactly(length))


if __name__ == "__main__":
    outcome = asyncio.run(send(Order(**json.load(sys.stdin))))
    json.dump({name: getattr(outcome, name) for name in Result.__slots__}, sys.stdout)
