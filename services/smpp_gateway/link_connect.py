"""From host and port to a connected socket, encrypted where the operator wants it so."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import eventlet
from eventlet.green import socket, ssl
from eventlet.greenio import GreenSocket

from services.smpp_gateway.link_reasons import say
from services.smpp_gateway.link_settings import LinkSettings

#: Of OpenSSL (X509_V_ERR_…): for another name or address; not valid yet, not valid any more.
_WRONG_NAME, _OUTDATED = frozenset((62, 63, 64)), frozenset((9, 10))
#: What OpenSSL says where the other side answers a handshake with something else.
_NO_TLS = frozenset(("WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"))


class CannotConnect(Exception):
    """Its text is the sentence that the link shows as the reason."""


def connect(settings: LinkSettings) -> GreenSocket:
    """A connected socket without timeouts. Raises CannotConnect."""
    where = f"{settings.host}:{settings.port}"
    try:
        sock = socket.create_connection((settings.host, settings.port), settings.connect_timeout_seconds)
    except (OSError, UnicodeError) as error:
        raise CannotConnect(say("cannot_connect", where=where, why=_why(error))) from None
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
    timer = eventlet.Timeout(seconds, CannotConnect(say("tls_silent", where=where, seconds=f"{seconds:g}")))
    try:
        context = tls_context(settings)
        return context.wrap_socket(sock, server_hostname=settings.tls_server_name or settings.host)
    except ssl.SSLCertVerificationError as error:
        raise CannotConnect(_distrust(error, settings, where)) from None
    except ssl.SSLError as error:
        code = "tls_none" if error.reason in _NO_TLS else "tls_failed"
        raise CannotConnect(say(code, where=where, why=str(error.reason or error))) from None
    except (OSError, ValueError) as error:
        raise CannotConnect(say("tls_failed", where=where, why=_why(error))) from None
    finally:
        timer.cancel()


def _why(error: Exception) -> str:
    """eventlet tells what a connect failed with by its name alone, such as ECONNREFUSED."""
    number, said = getattr(error, "errno", None), getattr(error, "strerror", None)
    return os.strerror(number) if number and said == errno.errorcode.get(number) else str(said or error)


def _distrust(error: "ssl.SSLCertVerificationError", settings: LinkSettings, where: str) -> str:
    """Why the certificate will not do: what has to be mended differs."""
    if error.verify_code in _WRONG_NAME:
        return say("tls_wrong_name", where=where, name=settings.tls_server_name or settings.host)
    if error.verify_code in _OUTDATED:
        return say("tls_outdated", where=where)
    return say("tls_untrusted", where=where, why=error.verify_message)


def tls_context(settings: LinkSettings) -> "ssl.SSLContext":
    """Raises ssl.SSLError for a `tls_ca` that holds no certificates."""
    context = ssl.create_default_context(cadata=settings.tls_ca or None)
    # A renegotiation would have the writer wait for input while the reader does.
    context.options |= ssl.OP_NO_RENEGOTIATION
    if settings.tls == "unverified":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
