"""The load: a program of its own that posts batches over a few kept connections and tells how it went.

It reads one JSON object from standard input and writes one to standard output. It shares the processors with what it
measures, so it is a plain loop over `epoll`; every answer is read to its end and its messages are counted.
"""

import json
import re
import resource
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: Operators of four directions, the first of which is charged by delivery.
PREFIXES = ("7903", "7916", "7926", "7977")
DELIVERED_ENDINGS = 60
TEXT = "Golub: your parcel has arrived, the code is 4821."
MOST_OCTETS = 1 << 20
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


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


class Connection:
    """A kept connection with a request at a time, and what has come of its answer."""

    def __init__(self, order: Order) -> None:
        self.socket = socket.create_connection(("127.0.0.1", order.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            "POST /api/v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {order.key}\r\nContent-Length: "
        )
        self._came = b""
        self.messages, self.began = 0, 0.0

    def post(self, messages: int, body: bytes) -> None:
        self.messages, self.began, self._came = messages, time.monotonic(), b""
        self.socket.sendall(f"{self._head}{len(body)}\r\n\r\n".encode() + body)

    def answer(self) -> tuple[int, Any] | None:
        """Status and document, once all of it has come; to be asked when there is something to read."""
        octets = self.socket.recv(MOST_OCTETS)
        if not octets:
            raise ConnectionError("The connection was closed before its answer had come.")
        self._came += octets
        head, end, body = self._came.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or (length is not None and len(body) < int(length[1])):
            return None
        if length is None or len(body) > int(length[1]):
            raise ConnectionError("An answer says no length, or another than it has.")
        return int(head.split(b" ", 2)[1]), json.loads(body)


class Load:
    """Posts everything; each connection takes the next request when its last is answered."""

    def __init__(self, order: Order) -> None:
        self._order, self._result = order, Result()
        self._bodies = bodies(order)
        self._next = next(self._bodies, None)
        self._posted = 0

    def run(self) -> Result:
        self._started, cpu_before = time.monotonic(), cpu_seconds()
        idle = deque(Connection(self._order) for _ in range(self._order.connections))
        by_file = {one.socket.fileno(): one for one in idle}
        with select.epoll() as readable:
            for file in by_file:
                readable.register(file, select.EPOLLIN)
            while self._next is not None or len(idle) < len(by_file):
                wait_seconds = self._post(idle)
                for file, _ in readable.poll(wait_seconds):
                    if self._answered(by_file[file]):
                        idle.append(by_file[file])
        self._result.wall_seconds = time.monotonic() - self._started
        self._result.cpu_seconds = cpu_seconds() - cpu_before
        return self._result

    def _post(self, idle: deque[Connection]) -> float | None:
        """Give idle connections what is due; the seconds until the next is, None where an answer has to come first."""
        while idle and self._next is not None:
            if self._order.per_second:
                early_seconds = self._started + self._posted / self._order.per_second - time.monotonic()
                if early_seconds > 0:
                    return early_seconds
            messages, body = self._next
            idle.popleft().post(messages, body)
            self._posted += messages
            self._next = next(self._bodies, None)
        return None

    def _answered(self, connection: Connection) -> bool:
        """Read what has come; whether that was the end of the answer, which counts then."""
        answer = connection.answer()
        if answer is None:
            return False
        status, document = answer
        self._result.seconds.append(time.monotonic() - connection.began)
        taken = sum(one["state"] == "accepted" for one in document.get("messages", ())) if status == 202 else 0
        self._result.accepted += taken
        self._result.refused += connection.messages - taken
        return True


if __name__ == "__main__":
    outcome = Load(Order(**json.load(sys.stdin))).run()
    json.dump({name: getattr(outcome, name) for name in Result.__slots__}, sys.stdout)
