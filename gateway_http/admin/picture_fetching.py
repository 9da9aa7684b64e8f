"""One GET of a picture from an address that a partner chose. The name is resolved once, its addresses are checked, and the
connection goes to one of these. No proxy of the environment, no redirect."""

import io
import socket
import ssl
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

import eventlet
from flask_babel import gettext

from gateway_http.i18n import N_
from kit.addresses import NotAllowed, checked

TIMEOUT_SECONDS = 10.0
#: Of all that comes beside the picture: heads, interim answers, the framing of chunks.
MOST_REST_BYTES = 64 * 1024

Resolve = Callable[[str, int], Sequence[str]]


class FetchError(Exception):
    """`args`: an English msgid and its values."""

    def told(self) -> str:
        values = self.args[1] if len(self.args) > 1 else {}
        return gettext(self.args[0], **values)


class _TooSlow(Exception):
    pass


class _TooLong(HTTPException):
    pass


def addresses_of(host: str, port: int) -> list[str]:
    """What the name stands for now; `OSError` where it stands for nothing."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def fetch(url: str, *, most: int, private: bool, resolve: Resolve = addresses_of) -> bytes:
    """The body of the answer, of at most `most` bytes; `FetchError` says for people why there is none.

    `private`: the operator allows addresses of our own network too (development, an intranet).
    """
    try:
        with eventlet.Timeout(TIMEOUT_SECONDS, _TooSlow()):
            return _get(url, most, private, resolve)
    except _TooSlow:
        raise FetchError(N_("There was no answer from this address within 10 seconds")) from None
    except NotAllowed:
        raise FetchError(N_("This address is not one of the public internet")) from None
    except _TooLong:
        raise FetchError(N_("The file is larger than %(most)s MB"), {"most": most // 1024 // 1024}) from None
    except (OSError, HTTPException, ValueError):
        raise FetchError(N_("Nothing can be fetched from this address: upload the picture instead")) from None


def _get(url: str, most: int, private: bool, resolve: Resolve) -> bytes:
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise FetchError(N_("An address begins with https:// or http:// and has neither spaces nor a password"))
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    connection = (_Secure if secure else _Plain)(host, port, checked(resolve(host, port), private=private))
    connection.response_class = _bounded(most + MOST_REST_BYTES)
    try:
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Accept": "image/png, image/jpeg, image/webp"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise FetchError(N_("This address answers HTTP %(status)s"), {"status": answer.status})
        body = answer.read(most + 1)
        if len(body) > most:
            raise _TooLong
        return body
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
    """The first bytes of a stream. A socket does not yield while there is data, so who never stops sending would hold up
    the whole process, its timers included."""

    def __init__(self, inner: Any, most: int) -> None:
        self._inner, self._left = inner, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            raise _TooLong
        count: int = self._inner.readinto1(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def close(self) -> None:
        self._inner.close()
        super().close()


def _bounded(most: int) -> type[HTTPResponse]:
    class Answer(HTTPResponse):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fp = io.BufferedReader(_Bounded(self.fp, most))

    return Answer


class _Plain(HTTPConnection):
    def __init__(self, host: str, port: int, addresses: Sequence[str]) -> None:
        super().__init__(host, port, timeout=TIMEOUT_SECONDS)
        self.addresses = addresses

    def connect(self) -> None:
        self.sock: Any = _dial(self.addresses, self.port)


class _Secure(HTTPSConnection):
    """The certificate has to be that of the name, whichever of its addresses answers."""

    def __init__(self, host: str, port: int, addresses: Sequence[str]) -> None:
        self.trust = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT_SECONDS, context=self.trust)
        self.addresses = addresses

    def connect(self) -> None:
        self.sock: Any = self.trust.wrap_socket(_dial(self.addresses, self.port), server_hostname=self.host)
