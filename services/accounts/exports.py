"""The rules of files that are made for somebody, and of preferences. No bus, no SQL, no clock."""

import binascii
import json
import re
from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any

from contracts.accounts_exports import EXPORT_PART_BYTES, FAILED, READY, RUNNING, Export
from kit.clock import to_rfc3339
from services.accounts.problems import malformed

KEPT = timedelta(hours=1)
#: Whoever makes a file tells of it every few seconds; one that is silent for so long has ended.
SILENT = timedelta(seconds=60)
MOST_RUNNING = 2
MOST_KEPT = 5
MOST_BYTES = 128 * 1024 * 1024
MOST_PREFERENCES = 50
MOST_PREFERENCE_CHARACTERS = 4_000

_NAME = re.compile(r"[a-z][a-z0-9_.]{0,49}")


def is_running(row: Any, now: datetime) -> bool:
    return row.ended_at is None and row.touched_at > now - SILENT


def export(row: Any, now: datetime) -> Export:
    state = READY if row.ready else RUNNING if is_running(row, now) else FAILED
    return Export(
        id=row.id,
        kind=row.kind,
        name=row.name,
        state=state,
        done=row.done,
        total=row.total,
        octets=row.octets,
        created_at=to_rfc3339(row.created_at),
        expires_at=to_rfc3339(row.created_at + KEPT),
    )


def part_of(contents: str) -> bytes:
    """The octets of a part; `Malformed` for what is none."""
    try:
        part = b64decode(contents, validate=True)
    except binascii.Error:
        raise malformed("/contents", "export_broken") from None
    if not 0 < len(part) <= EXPORT_PART_BYTES:
        raise malformed("/contents", "export_broken")
    return part


def check_preference(name: str, value: Any) -> None:
    good = _NAME.fullmatch(name) and type(value) is dict and len(json.dumps(value)) <= MOST_PREFERENCE_CHARACTERS
    if not good or "\\u0000" in json.dumps(value):
        raise malformed("/value", "preference_invalid")
