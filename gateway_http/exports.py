"""Files of any length that are made in the background: a workbook of what a filter shows, with its progress.

Whoever offers one calls `start` with the head, a function that gives the rows batch by batch, and about how many there
are; everything that needs the request (words, the reader's zone) is taken before. The file goes to accounts in parts, so
that any replica answers how far it is and hands it out. A process makes two at a time; the rest waits its turn.
"""

import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import eventlet
from eventlet import tpool
from eventlet.semaphore import Semaphore

from contracts.accounts import AccountsClient
from contracts.accounts_exports import EXPORT_PART_BYTES, Export
from contracts.errors import GolubError, Unavailable
from gateway_http.i18n import N_
from gateway_http.long_sheet import LongSheet
from gateway_http.spreadsheets import Cell

log = logging.getLogger(__name__)

MOST_ROWS = 200_000
MAKING_AT_ONCE, MOST_WAITING = 2, 20
#: While one waits its turn, accounts hears of it so often: it takes a silent one for failed.
TELL_SECONDS = 10.0

Batch = Sequence[Sequence[Cell]]
#: The rows after a cursor and the next cursor, None at the end.
Rows = Callable[[str | None], tuple[Batch, str | None]]

_turns = Semaphore(MAKING_AT_ONCE)
_waiting = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is made for whom. `widths` in letters; `cut`: the line that ends a file with more rows than it may have."""

    partner_id: str | None
    user_id: str
    kind: str
    name: str
    title: str
    header: Sequence[str]
    widths: Sequence[int]
    total: int
    cut: str
    rows: Rows


def start(accounts: AccountsClient, wish: Wish) -> Export:
    """Begin the file and come back at once. `Conflict` where this person has enough under way, `Unavailable` where all have."""
    if _waiting >= MOST_WAITING:
        raise Unavailable(N_("Too many files are being made: try again in a minute."))
    begun = accounts.begin_export(
        wish.partner_id, wish.user_id, kind=wish.kind, name=wish.name, total=min(wish.total, MOST_ROWS)
    )
    eventlet.spawn(_make, accounts, wish, begun.id)
    return begun


def _make(accounts: AccountsClient, wish: Wish, export_id: str) -> None:
    global _waiting
    whose = (wish.partner_id, wish.user_id, export_id)
    ready = False
    _waiting += 1
    try:
        while not _turns.acquire(timeout=TELL_SECONDS):
            accounts.tell_export(*whose, done=0)
        try:
            with TemporaryDirectory(prefix="golub-export-") as folder:
                _write(accounts, wish, whose, folder)
            ready = True
        finally:
            _turns.release()
    except GolubError as error:
        log.warning("a file was not made", extra={"kind": wish.kind, "error": str(error)})
    finally:
        _waiting -= 1
        _end(accounts, whose, ready=ready)


def _write(accounts: AccountsClient, wish: Wish, whose: tuple[str | None, str, str], folder: str) -> None:
    sheet: LongSheet = tpool.execute(LongSheet, folder, wish.title, wish.header, wish.widths)
    cursor, done = None, 0
    while True:
        batch, cursor = wish.rows(cursor)
        tpool.execute(sheet.add, batch[: MOST_ROWS - done])
        done += len(batch)
        accounts.tell_export(*whose, done=min(done, MOST_ROWS))
        if cursor is None or done >= MOST_ROWS:
            break
    if cursor is not None:
        tpool.execute(sheet.add, [[wish.cut]])
    path = tpool.execute(sheet.close)
    for number, part in enumerate(_parts(path)):
        accounts.add_export_part(*whose, number=number, contents=b64encode(part).decode())


def _parts(path: str) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        while part := tpool.execute(file.read, EXPORT_PART_BYTES):
            yield part


def _end(accounts: AccountsClient, whose: tuple[str | None, str, str], *, ready: bool) -> None:
    try:
        accounts.end_export(*whose, ready=ready)
    except GolubError as error:
        # Nobody hears of it any more, and after a minute the page says that it has failed.
        log.warning("the end of a file could not be told", extra={"error": str(error)})


def parts_of(accounts: AccountsClient, found: Export, whose: tuple[str | None, str]) -> Iterable[bytes]:
    """The octets of a ready file, part by part."""
    for number in range(-(-found.octets // EXPORT_PART_BYTES)):
        yield b64decode(accounts.export_part(*whose, found.id, number=number))
