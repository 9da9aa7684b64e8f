"""The certificate of the SMPP server, read again when its file has changed."""

import logging
from pathlib import Path

from eventlet.green import ssl
from eventlet.greenio import GreenSocket

_log = logging.getLogger(__name__)


class Certificate:
    """TLS 1.2 and later. Raises OSError or ssl.SSLError at once for files that hold no certificate and its key."""

    def __init__(self, chain_file: str, key_file: str) -> None:
        self._files = (Path(chain_file), Path(key_file))
        self._seen = self._marks()
        self._context = self._read()

    def wrap(self, sock: GreenSocket) -> GreenSocket:
        """A socket that takes the other one's place, before its handshake. Raises OSError where the peer is gone."""
        self._renew()
        return self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)

    def _renew(self) -> None:
        """A renewal writes two files: while they don't fit together, what was read before goes on serving."""
        try:
            marks = self._marks()
            if marks != self._seen:
                self._context, self._seen = self._read(), marks
                _log.info("The certificate of the SMPP server was read again.")
        except OSError as error:
            _log.warning("The certificate of the SMPP server can't be read again: %s", error)

    def _marks(self) -> tuple[tuple[int, int], ...]:
        return tuple((one.st_mtime_ns, one.st_ino) for one in (file.stat() for file in self._files))

    def _read(self) -> "ssl.SSLContext":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # A renegotiation would have the writer wait for input while the reader does.
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.load_cert_chain(*map(str, self._files))
        return context
