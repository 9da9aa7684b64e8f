"""A picture is fetched from the public internet alone, once, and no more of it than is asked for."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway_http.admin.picture_fetching import FetchError, fetch

MOST = 100_000


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/away" else 404 if self.path == "/gone" else 200)
        if self.path == "/away":
            self.send_header("Location", "http://127.0.0.1/secret")
        self.end_headers()
        self.wfile.write(b"x" * (MOST + 1) if self.path == "/large" else b"picture of " + self.path.encode())

    def log_message(self, *_arguments: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def test_what_the_address_answers_is_what_comes(port: int) -> None:
    assert fetch(f"http://localhost:{port}/a.png", most=MOST, private=True) == b"picture of /a.png"


@pytest.mark.parametrize("path", ["away", "gone", "large"])
def test_no_redirect_is_followed_and_nothing_endless_is_read(port: int, path: str) -> None:
    with pytest.raises(FetchError):
        fetch(f"http://localhost:{port}/{path}", most=MOST, private=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]"]
)
def test_our_own_network_is_not_looked_around_in(port: int, host: str) -> None:
    with pytest.raises(FetchError) as error:
        fetch(f"http://{host}:{port}/a.png", most=MOST, private=False)
    assert "public internet" in error.value.args[0]


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(FetchError) as error:
        fetch("http://example.ru/", most=MOST, private=False, resolve=lambda *_: ["8.8.8.8", "192.168.0.1"])
    assert "public internet" in error.value.args[0]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.ru/", "http://u:p@example.ru/", "http://", "x"])
def test_only_plain_addresses_of_the_web_are_opened(url: str) -> None:
    with pytest.raises(FetchError):
        fetch(url, most=MOST, private=True, resolve=lambda *_: pytest.fail("looked up"))
