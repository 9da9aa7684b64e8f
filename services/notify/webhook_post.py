"""One POST to where an advertiser says, and nowhere else: the name is resolved once, its addresses are checked, and the
connection goes to one of these. No proxy of the environment, no redirect."""

import io
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import eventlet

from services.notify.addresses import NotAllowed, checked

TIMEOUT_SECONDS = 10.0
#: Of an answer nothing but its status is of use; the rest of the body is left behind with the connection.
MOST_BODY_BYTES = 1_024
#: Of all that comes, from the first interim answer to the last trailer. A socket does not yield while there is data, so who
#: never stops sending would hold up the whole process, its timers included.
MOST_ANSWER_BYTES = 64 * 1_024

Resolve = Callable[[str, int], Sequence[str]]


class TooSlow(Exception):
    """The time for the whole POST is over."""


class TooLong(HTTPException):
    """More came than any answer needs."""


def addresses_of(host: str, port: int) -> list[str]:
    """What the name stands for now; `OSError` where it stands for nothing."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private: bool,
    resolve: Resolve = addresses_of,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> tuple[int, str]:
    """(status, what went wrong in words); status 0 where no answer came."""
    try:
        with eventlet.Timeout(timeout_seconds, TooSlow()):
            status = _post(url, body, headers, private, resolve)
    except TooSlow:
        return 0, f"No answer within {timeout_seconds:g} seconds"
    except NotAllowed as error:
        return 0, str(error)
    except TooLong:
        return 0, "The answer is too long"
    except ssl.SSLError as error:
        return 0, f"No TLS connection: {error.reason or 'refused'}"
    except (OSError, HTTPException, UnicodeError) as error:
        return 0, f"No connection: {getattr(error, 'strerror', None) or type(error).__name__}"
    if 200 <= status < 300:
        return status, ""
    if 300 <= status < 400:
        return status, f"HTTP {status}: redirects are not followed"
    return status, f"HTTP {status}"


def _post(url: str, body: bytes, headers: Mapping[str, str], private: bool, resolve: Resolve) -> int:
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    addresses = checked(resolve(host, port), private=private)
    connection = (_Secure if secure else _Plain)(host, port, addresses)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        answer.read(MOST_BODY_BYTES)
        return answer.status
    finally:
        connection.close()


def _dial(addresses: Sequence[str], port: int) -> socket.socket:
    """A connection to the first address that takes one."""
    failed: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), TIMEOUT_SECONDS)
        except OSError as error:
            failed = error
    raise failed


class _Bounded(io.RawIOBase):
    """The first `MOST_ANSWER_BYTES` of a stream; raises `TooLong` for what is behind them."""

    def __init__(self, inner: io.BufferedIOBase) -> None:
        self._inner, self._left = inner, MOST_ANSWER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            raise TooLong
        count = self._inner.readinto1(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp = io.BufferedReader(_Bounded(self.fp))


class _Plain(HTTPConnection):
    response_class = _Answer

    def __init__(self, host: str, port: int, addresses: Sequence[str]) -> None:
        super().__init__(host, port, timeout=TIMEOUT_SECONDS)
        self.addresses = addresses

    def connect(self) -> None:
        self.sock: Any = _dial(self.addresses, self.port)


class _Secure(HTTPSConnection):
    """The certificate has to be that of the name, whichever of its addresses answers."""

    response_class = _Answer

    def __init__(self, host: str, port: int, addresses: Sequence[str]) -> None:
        self.trust = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT_SECONDS, context=self.trust)
        self.addresses = addresses

    def connect(self) -> None:
        self.sock: Any = self.trust.wrap_socket(_dial(self.addresses, self.port), server_hostname=self.host)
