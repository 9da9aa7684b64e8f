"""What the simulator has been asked to send: the latest in memory, all of it in a file where one is given."""

import json
from collections import deque
from dataclasses import dataclass
from io import FileIO
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReceivedSubmit:
    """A submit_sm that counts as received; `message_id` is what its response carried. `at` is RFC 3339 UTC."""

    at: str
    message_id: str
    source: str
    destination: str
    esm_class: int
    data_coding: int
    short_message: bytes
    tlvs: dict[int, bytes]
    fate: str


class Journal:
    """`received` holds the last `max_received`. The file gets one JSON object per line, octets as hex, and is appended
    to, so that it tells of several runs; a line that was written survives the death of this process."""

    def __init__(self, max_received: int, path: Path | None = None) -> None:
        self.received: deque[ReceivedSubmit] = deque(maxlen=max_received)
        self._file: FileIO | None = path.open("ab", buffering=0) if path else None

    def add(self, submits: list[ReceivedSubmit]) -> None:
        """Keep a batch, in one write."""
        self.received.extend(submits)
        if self._file is not None and submits:
            self._file.write("".join(map(_line, submits)).encode())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _line(submit: ReceivedSubmit) -> str:
    record = {
        "at": submit.at,
        "message_id": submit.message_id,
        "source": submit.source,
        "destination": submit.destination,
        "esm_class": submit.esm_class,
        "data_coding": submit.data_coding,
        "short_message": submit.short_message.hex(),
        "tlvs": {f"{tag:04x}": value.hex() for tag, value in submit.tlvs.items()},
        "fate": submit.fate,
    }
    return json.dumps(record, ensure_ascii=True) + "\n"
