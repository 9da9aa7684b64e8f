"""The load of the bench: every request is posted once, and every answer counts for what it says."""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from golub.bench.generator import Order
from golub.bench.load import HTTP_GENERATOR, generate


class Handler(socketserver.StreamRequestHandler):
    """Takes what does not end in 7, refuses a message that ends in 9, and sends its answers in pieces."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        while head := self._head():
            length = next(int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length"))
            document = json.loads(self.rfile.read(length))
            self.server.seen.append((head, document))  # type: ignore[attr-defined]
            self._answer(document["recipients"])

    def _head(self) -> list[bytes]:
        lines = []
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            lines.append(line)
        return lines

    def _answer(self, recipients: list[str]) -> None:
        status = b"503 Service Unavailable" if recipients[0].endswith("7") else b"202 ACCEPTED"
        states = ["refused" if one.endswith("9") else "accepted" for one in recipients]
        body = json.dumps({"messages": [{"state": one} for one in states]}).encode()
        whole = b"HTTP/1.1 %s\r\nX-Odd: 1\r\nContent-LENGTH: %d\r\n\r\n%s" % (status, len(body), body)
        for start in range(0, len(whole), 40):
            self.wfile.write(whole[start : start + 40])


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[list[bytes], Any]] = []


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def order(server: Server, **changes: int) -> Order:
    given = {"first": 0, "count": 100, "batch": 1, "connections": 8, "per_second": 0, **changes}
    return Order(port=server.server_address[1], key="golub_1", sender="GOLUB", **given)


def recipients(server: Server) -> list[str]:
    return [one for _, document in server.seen for one in document["recipients"]]


def test_each_message_is_posted_once_and_each_answer_is_counted(server: Server) -> None:
    result = generate(HTTP_GENERATOR, order(server))
    posted = recipients(server)
    assert len(posted) == len(set(posted)) == 100
    lost = sum(one.endswith(("7", "9")) for one in posted)
    assert lost > 0
    assert (result["accepted"], result["refused"]) == (100 - lost, lost)
    assert len(result["seconds"]) == 100 and all(0 < one <= result["wall_seconds"] for one in result["seconds"])


def test_a_request_says_whose_it_is_and_holds_its_batch(server: Server) -> None:
    generate(HTTP_GENERATOR, order(server, count=25, batch=10, connections=2))
    assert sorted(len(document["recipients"]) for _, document in server.seen) == [5, 10, 10]
    for head, document in server.seen:
        assert head[0] == b"POST /api/v1/messages HTTP/1.1\r\n"
        assert b"Authorization: Bearer golub_1\r\n" in head
        assert document["sender"] == "GOLUB"


def test_at_a_rate_it_posts_no_faster(server: Server) -> None:
    result = generate(HTTP_GENERATOR, order(server, count=20, per_second=200))
    assert len(server.seen) == 20
    assert result["wall_seconds"] >= 19 / 200


def test_a_connection_that_is_closed_ends_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "_answer", lambda self, recipients: self.connection.shutdown(socket.SHUT_RDWR))
    with pytest.raises(TimeoutError, match="closed before its answer"):
        generate(HTTP_GENERATOR, order(server, connections=1))
