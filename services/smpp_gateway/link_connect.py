"""From host and port to a connected socket, encrypted where the operator wants it so."""

from collections.abc import Iterator
from contextlib import contextmanager

import eventlet
from eventlet.green import socket, ssl
from eventlet.greenio import GreenSocket

from services.smpp_gateway.link_settings import LinkSettings


class CannotConnect(Exception):
    """Its text is the sentence that the link shows as the reason."""


def connect(settings: LinkSettings) -> GreenSocket:
    """A connected socket without timeouts. Raises CannotConnect."""
    where = f"{settings.host}:{settings.port}"
    try:
        sock = socket.create_connection((settings.host, settings.port), settings.connect_timeout_seconds)
    except (OSError, UnicodeError) as error:
        raise CannotConnect(f"can't connect to {where}: {getattr(error, 'strerror', None) or error}") from None
    if settings.tls != "off":
        with _closed_on_failure(sock):
            sock = _encrypt(sock, settings, where)
    sock.settimeout(None)
    return sock


@contextmanager
def _closed_on_failure(sock: GreenSocket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        sock.close()
        raise


def _encrypt(sock: GreenSocket, settings: LinkSettings, where: str) -> GreenSocket:
    # One clock for the whole handshake: a timeout of the socket would begin anew with each octet of a slow peer.
    sock.settimeout(None)
    seconds = settings.tls_handshake_timeout_seconds
    timer = eventlet.Timeout(seconds, CannotConnect(f"TLS with {where}: no handshake within {seconds:g} s"))
    try:
        context = tls_context(settings)
        return context.wrap_socket(sock, server_hostname=settings.tls_server_name or settings.host)
    except ssl.SSLCertVerificationError as error:
        raise CannotConnect(f"TLS with {where}: the certificate is not trusted: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise CannotConnect(f"TLS with {where}: {error.reason or error}") from None
    except (OSError, ValueError) as error:
        raise CannotConnect(f"TLS with {where}: {getattr(error, 'strerror', None) or error}") from None
    finally:
        timer.cancel()


def tls_context(settings: LinkSettings) -> "ssl.SSLContext":
    """Raises ssl.SSLError for a `tls_ca` that holds no certificates."""
    context = ssl.create_default_context(cadata=settings.tls_ca or None)
    # A renegotiation would have the writer wait for input while the reader does.
    context.options |= ssl.OP_NO_RENEGOTIATION
    if settings.tls == "unverified":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
