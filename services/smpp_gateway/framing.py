"""Cuts a byte stream into PDUs. The length is judged the moment its four octets are there, before more is kept."""

from services.smpp_gateway.constants import COMMAND_NAMES, ESME_RINVCMDLEN
from services.smpp_gateway.pdu_types import PduError

HEADER_BYTES = 16
LENGTH_BYTES = 4
# A message_payload may take 64 KiB; a PDU around it stays below this.
MAX_FRAME_BYTES = 70_000


def salvage_sequence(frame: bytes) -> int:
    """Return the sequence number a generic_nack should carry, 0 (SMPP 3.4, 4.3.1) when the header is incomplete."""
    return int.from_bytes(frame[12:16], "big") if len(frame) >= HEADER_BYTES else 0


class FrameReader:
    """Collects octets of one connection and hands out whole frames.

    `max_frame_bytes` may be changed between feeds: a peer that is not yet bound deserves a lower one.
    """

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self.max_frame_bytes = max_frame_bytes
        self._buffer = bytearray()
        self._needed = LENGTH_BYTES
        self._error: PduError | None = None

    @property
    def error(self) -> PduError | None:
        """The fatal error that follows the frames already handed out, None while the stream is sound."""
        return self._error

    @property
    def pending(self) -> bool:
        """True while a frame has begun and not ended (or can never end): the time to run a PDU timer."""
        return bool(self._buffer) or self._error is not None

    def feed(self, data: bytes) -> list[bytes]:
        """Return the frames that `data` completes, each with its header, in order.

        Raises the fatal PduError (ESME_RINVCMDLEN) at a length below 16 or above `max_frame_bytes`. When whole
        frames stand before the bad one in the same `data`, they are returned first: `error` is set at once and the
        next feed raises it.
        """
        if self._error is not None:
            raise self._error
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return []
            data = bytes(self._buffer)
            self._buffer.clear()
        frames, position = self._cut(data)
        if self._error is None:
            self._buffer += data[position:]
        elif not frames:
            raise self._error
        return frames

    def _cut(self, data: bytes) -> tuple[list[bytes], int]:
        frames: list[bytes] = []
        position, size = 0, len(data)
        self._needed = LENGTH_BYTES
        while size - position >= LENGTH_BYTES:
            length = int.from_bytes(data[position : position + LENGTH_BYTES], "big")
            if not HEADER_BYTES <= length <= self.max_frame_bytes:
                self._error = self._length_error(length, data[position : position + HEADER_BYTES])
                break
            if size - position < length:
                self._needed = length
                break
            frames.append(data[position : position + length])
            position += length
        return frames, position

    def _length_error(self, length: int, header: bytes) -> PduError:
        reason = f"command_length {length} is outside {HEADER_BYTES}…{self.max_frame_bytes}"
        command_id = int.from_bytes(header[4:8], "big")
        # Octets that do not even look like a header (HTTP, TLS) have no sequence number worth echoing.
        known = len(header) == HEADER_BYTES and command_id in COMMAND_NAMES
        sequence_number = salvage_sequence(header) if known else 0
        return PduError(ESME_RINVCMDLEN, command_id if known else 0, sequence_number, reason, fatal=True)
