"""The load of another gateway: HTTP GET requests over kept connections, and a small server that its receipts call.

It reads one JSON object from standard input and writes one to standard output. No monkey-patching: plain asyncio.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from golub.bench.generator import TEXT, cpu_seconds, recipient

#: How long nothing may come before it gives up.
_IDLE_SECONDS = 20.0


@dataclass(slots=True)
class Order:
    """`query` is sent with each message, its recipient as `to`, and the address of the receipts as `callback` with
    `callback_query` behind it. A status of 200 or 202 takes the message; receipts are answered with `answer`. After
    `limit_seconds` it ends, whatever has come by then."""

    port: int
    path: str
    query: dict[str, str]
    callback: str
    callback_query: str
    answer: str
    first: int
    count: int
    connections: int
    limit_seconds: float


@dataclass(slots=True)
class Result:
    """`seconds` from the first request to the last receipt."""

    seconds: float = 0.0
    accepted: int = 0
    refused: int = 0
    receipts: int = 0
    cpu_seconds: float = 0.0


class Load:
    def __init__(self, order: Order) -> None:
        self.order = order
        self.result = Result()
        self._numbers = iter(range(order.first, order.first + order.count))
        self._stirred_at = self._ended_at = time.monotonic()

    async def run(self) -> Result:
        cpu_before = cpu_seconds()
        server = await asyncio.start_server(self._receive, "127.0.0.1", 0)
        self._callback = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/{self.order.callback_query}"
        started = time.monotonic()
        await asyncio.gather(*(self._send(started) for _ in range(self.order.connections)))
        while self.result.receipts < self.result.accepted and time.monotonic() - self._stirred_at < _IDLE_SECONDS:
            if time.monotonic() - started > self.order.limit_seconds:
                break
            await asyncio.sleep(0.02)
        self.result.seconds = self._ended_at - started
        self.result.cpu_seconds = cpu_seconds() - cpu_before
        return self.result

    async def _send(self, started: float) -> None:
        order = self.order
        reader, writer = await asyncio.open_connection("127.0.0.1", order.port)
        for number in self._numbers:
            query = order.query | {"to": recipient(number), "from": "Golub", order.callback: self._callback}
            text = urlencode(query | {"content" if "content" in query else "text": TEXT})
            writer.write(f"GET {order.path}?{text} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            if await _status(reader) in (200, 202):
                self.result.accepted += 1
            else:
                self.result.refused += 1
            self._stirred_at = time.monotonic()
            if self._stirred_at - started > order.limit_seconds:
                break
        writer.close()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = self.order.answer.encode()
        response = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (
            len(answer),
            answer,
        )
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(response)
                self.result.receipts += 1
                self._stirred_at = self._ended_at = time.monotonic()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lower = head.lower()
    if "content-length:" in lower:
        await reader.readexactly(int(lower.split("content-length:")[1].split("\r\n")[0]))
    elif "transfer-encoding: chunked" in lower:
        await reader.readuntil(b"0\r\n\r\n")
    return int(head.split(" ", 2)[1])


if __name__ == "__main__":
    outcome = asyncio.run(Load(Order(**json.load(sys.stdin))).run())
    json.dump({name: getattr(outcome, name) for name in Result.__slots__}, sys.stdout)
