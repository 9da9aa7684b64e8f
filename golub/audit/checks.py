"""The checks that go across services. Each database has its own moment, so what looks wrong is looked at again."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import eventlet
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from golub.audit import queries
from golub.audit.rules import ChargeRow, MessageRow, disagreement, old_hold
from kit.audit import Finding, Told
from kit.ids import uuid7_floor
from services.accounts import audit as accounts
from services.billing import audit as billing
from services.smpp_gateway import audit as gateway

MOST_FINDINGS_PER_CHECK = 100
#: What each of these services proves of its own books.
_BOOKS: tuple[tuple[str, Callable[[Connection], Sequence[Told]]], ...] = (
    ("billing", billing.audit),
    ("smpp_gateway", gateway.audit),
    ("accounts", accounts.audit),
)
SECOND_LOOKS = 3
LOOK_SECONDS = 1.0
#: The validity of a message and the waits for its receipt, as `golub settings` has them without a choice, and a day.
HOLD_LIMIT = timedelta(days=6)
#: So long statistics may need to catch up before a difference counts.
CATCH_UP_SECONDS = 15.0
STUCK_EVENTS = timedelta(minutes=5)

Key = TypeVar("Key", bound=tuple)


@dataclass(slots=True)
class Report:
    """`notes` are no findings: what could not be compared now, and why."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    messages: int = 0
    charges: int = 0
    seconds: float = 0.0


class Databases:
    """A reading transaction in a service's database, each with one moment for all it reads."""

    def __init__(self, urls: dict[str, str]) -> None:
        self.services = tuple(urls)
        self._engines = {service: create_engine(url, poolclass=NullPool) for service, url in urls.items()}

    @contextmanager
    def reading(self, service: str) -> Iterator[Connection]:
        with self._engines[service].begin() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield connection


def examine(urls: dict[str, str], hold_limit: timedelta = HOLD_LIMIT) -> Report:
    """Every check, given the URL of each service's database. Money held for longer than `hold_limit` is explained."""
    started = time.monotonic()
    databases, report = Databases(urls), Report()
    for service, audit in _BOOKS:
        if service not in databases.services:
            continue
        with databases.reading(service) as connection:
            found = audit(connection)
        # Holds are looked at below, beside the messages that explain them.
        own = [one for one in found if (service, one.check) != ("billing", "old_hold")]
        report.findings += [Finding(f"{service}.{one.check}", one.subject, one.detail) for one in own]
    _charges(databases, report, hold_limit)
    _totals(databases, report)
    _outboxes(databases, report)
    report.seconds = time.monotonic() - started
    return report


def _charges(databases: Databases, report: Report, hold_limit: timedelta) -> None:
    """Every message beside its charge, both in the order of their ids."""
    suspects: dict[uuid.UUID, str] = {}
    now = datetime.now(UTC)
    holds = Holds(since=now - hold_limit)
    # The charges' moment comes first: a message exists before its charge does.
    with databases.reading("billing") as billing_db, databases.reading("smpp_gateway") as gateway_db:
        for message, charge in _merged(queries.messages(gateway_db), queries.charges(billing_db)):
            report.messages += message is not None
            report.charges += charge is not None
            holds.look(message, charge)
            wrong = disagreement(message, charge, now)
            if wrong and len(suspects) < 10 * MOST_FINDINGS_PER_CHECK:
                suspects[(message or charge).id] = wrong  # type: ignore[union-attr]
    holds.tell(report)
    for _ in range(SECOND_LOOKS):
        if suspects:
            eventlet.sleep(LOOK_SECONDS)
            suspects = _look_again(databases, list(suspects))
    for subject, wrong in list(suspects.items())[:MOST_FINDINGS_PER_CHECK]:
        report.findings.append(Finding("charge", str(subject), wrong))


@dataclass(slots=True)
class Holds:
    """Money that has been held since before `since`: why, for each message."""

    since: datetime
    explained: list[str] = field(default_factory=list)
    others: list[Finding] = field(default_factory=list)

    def look(self, message: MessageRow | None, charge: ChargeRow | None) -> None:
        told = old_hold(message, charge, self.since)
        if told is None or charge is None:
            return
        if told[1]:
            self.explained.append(f"{charge.id}: {told[0]}")
        else:
            self.others.append(Finding("hold", str(charge.id), told[0]))

    def tell(self, report: Report) -> None:
        """An explained hold is no finding, but told by name."""
        report.findings += self.others[:MOST_FINDINGS_PER_CHECK]
        report.notes += self.explained[:MOST_FINDINGS_PER_CHECK]
        if len(self.explained) > MOST_FINDINGS_PER_CHECK:
            report.notes.append(f"{len(self.explained)} holds in all are older than their limit")


def _merged(
    messages: Iterator[MessageRow], charges: Iterator[ChargeRow]
) -> Iterator[tuple[MessageRow | None, ChargeRow | None]]:
    message, charge = next(messages, None), next(charges, None)
    while message is not None or charge is not None:
        if charge is None or (message is not None and message.id < charge.id):
            yield message, None
            message = next(messages, None)
        elif message is None or charge.id < message.id:
            yield None, charge
            charge = next(charges, None)
        else:
            yield message, charge
            message, charge = next(messages, None), next(charges, None)


def _look_again(databases: Databases, ids: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Those that still disagree. Reading the message on both sides of its charge shows whether it moved meanwhile."""
    now = datetime.now(UTC)
    with databases.reading("smpp_gateway") as connection:
        before = queries.messages_of(connection, ids)
    with databases.reading("billing") as connection:
        charges = queries.charges_of(connection, ids)
    with databases.reading("smpp_gateway") as connection:
        after = queries.messages_of(connection, ids)
    still = [one for one in ids if before.get(one) == after.get(one)]
    found = {one: disagreement(after.get(one), charges.get(one), now) for one in still}
    return {one: wrong for one, wrong in found.items() if wrong}


def _totals(databases: Databases, report: Report) -> None:
    """Statistics and the ledger against the messages, while nothing moves."""
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while True:
        moment = _Moment.of(databases)
        findings = moment.findings()
        if not findings or time.monotonic() > deadline:
            break
        eventlet.sleep(LOOK_SECONDS)
    if findings and not moment.quiet:
        report.notes.append(f"statistics and ledger sums were not compared, as {moment.unrest}")
    else:
        report.findings += findings[:MOST_FINDINGS_PER_CHECK]


@dataclass(slots=True, frozen=True)
class _Moment:
    """Sums of three databases, and what was going on while they were read."""

    messages: dict[queries.TotalsKey, queries.Sums]
    counted: dict[queries.TotalsKey, queries.Sums]
    ledger: dict[tuple[str, str], tuple[int, int]]
    moved: bool
    moving: int
    events: int

    @classmethod
    def of(cls, databases: Databases) -> "_Moment":
        with databases.reading("smpp_gateway") as connection:
            messages = queries.message_totals(connection)
        with databases.reading("stats") as connection:
            counted = queries.counted_totals(connection)
        with databases.reading("billing") as connection:
            ledger = queries.charged_sums(connection)
        with databases.reading("smpp_gateway") as connection:
            moved = queries.message_totals(connection) != messages
            return cls(messages, counted, ledger, moved, queries.moving(connection), queries.waiting_events(connection))

    @property
    def quiet(self) -> bool:
        return not (self.moved or self.moving or self.events)

    @property
    def unrest(self) -> str:
        return f"{self.moving} messages are being worked on and {self.events} events wait"

    def findings(self) -> list[Finding]:
        paid: dict[tuple[str, str], tuple[int, int]] = {}
        for key, (_, _, charged, cost) in self.messages.items():
            before = paid.get((key[1], key[2]), (0, 0))
            paid[key[1], key[2]] = (before[0] + charged, before[1] + cost)
        return [
            *_differences("statistics", self.messages, self.counted, "messages, parts, charged, cost"),
            *_differences("ledger", paid, self.ledger, "charged, cost"),
        ]


def _differences(check: str, messages: dict[Key, tuple], others: dict[Key, tuple], what: str) -> list[Finding]:
    found = []
    for key in sorted(messages.keys() | others.keys()):
        ours, theirs = messages.get(key), others.get(key)
        if ours != theirs and any(ours or ()) | any(theirs or ()):
            found.append(Finding(check, "/".join(key), f"{what}: messages say {ours}, {check} {theirs}"))
    return found


def _outboxes(databases: Databases, report: Report) -> None:
    """Events that wait longer than any pause between two attempts of a relay that works."""
    before = uuid7_floor(datetime.now(UTC) - STUCK_EVENTS)
    for service in databases.services:
        with databases.reading(service) as connection:
            stuck = queries.waiting_events(connection, before)
        if stuck:
            detail = f"{stuck} events wait for more than {STUCK_EVENTS.seconds // 60} minutes"
            report.findings.append(Finding("outbox", service, detail))
