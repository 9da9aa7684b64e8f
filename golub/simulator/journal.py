"""What the simulator has been asked to send: the latest in memory, all of it in a file where one is given."""

from collections import deque
from dataclasses import dataclass
from io import FileIO
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReceivedSubmit:
    """A submit_sm that counts as received; `message_id` is what its response carried. `at` is RFC 3339 UTC.

    `copy` is 1, or says that the same text came from the same sender to the same recipient before: the second is 2.
    `first_id` is then the id of the first of them.
    """

    at: str
    message_id: str
    source: str
    destination: str
    esm_class: int
    data_coding: int
    short_message: bytes
    tlvs: dict[int, bytes]
    fate: str
    copy: int = 1
    first_id: str = ""


class Journal:
    """`received` holds the last `max_received`. The file gets one JSON object per line, octets as hex, and is appended
    to, so that it tells of several runs; a line that was written survives the death of this process.

    Copies are told among the last `max_remembered` different submits.
    """

    def __init__(self, max_received: int, path: Path | None = None, max_remembered: int = 200_000) -> None:
        self.received: deque[ReceivedSubmit] = deque(maxlen=max_received)
        self.copies = 0
        self._known: dict[int, tuple[str, int]] = {}
        self._max_remembered = max_remembered
        self._file: FileIO | None = path.open("ab", buffering=0) if path else None

    def copy_of(self, message_id: str, *what: object) -> tuple[int, str]:
        """(which copy this submit is, the id of the first); `what` is all that makes two submits the same."""
        key = hash(what)
        first_id, times = self._known.get(key, (message_id, 0))
        self._known[key] = (first_id, times + 1)
        if times:
            self.copies += 1
            return times + 1, first_id
        if len(self._known) > self._max_remembered:
            del self._known[next(iter(self._known))]
        return 1, ""

    def add(self, submits: list[ReceivedSubmit]) -> None:
        """Keep a batch, in one write."""
        self.received.extend(submits)
        if self._file is not None and submits:
            self._file.write("".join(map(_line, submits)).encode("ascii"))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _line(submit: ReceivedSubmit) -> str:
    """Written by hand: json.dumps takes three times as long, and the simulator shares its processors with what it
    measures."""
    tlvs = ", ".join(f'"{tag:04x}": "{value.hex()}"' for tag, value in submit.tlvs.items())
    again = f', "copy": {submit.copy}, "first_id": "{submit.first_id}"' if submit.first_id else ""
    return (
        f'{{"at": "{submit.at}", "message_id": "{submit.message_id}", "source": {_quoted(submit.source)}, '
        f'"destination": {_quoted(submit.destination)}, "esm_class": {submit.esm_class}, '
        f'"data_coding": {submit.data_coding}, "short_message": "{submit.short_message.hex()}", '
        f'"tlvs": {{{tlvs}}}, "fate": "{submit.fate}"{again}}}\n'
    )
