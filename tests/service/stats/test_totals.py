"""Totals on a real database: any order, any repetition, any number of consumers give the same sums."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa
from nameko.testing.services import worker_factory

from contracts.errors import Malformed
from contracts.events import Envelope, envelope, open_envelope
from contracts.smpp_gateway import MessageTotalsChanged, TotalsChange
from contracts.stats import GROUPS, StatsClient, TotalsRow
from kit.clock import FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from kit.ids import uuid7
from services.stats import audit
from services.stats.service import StatsService

NOW = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
PARTNER, OTHER_PARTNER = str(uuid7(NOW)), str(uuid7(NOW))
ADVERTISERS = [str(uuid7(NOW)) for _ in range(3)]
PRICE, COST = 8_000, 5_000
Event = tuple[Envelope, MessageTotalsChanged]


@pytest.fixture
def db(service_database: Callable[[str], str]) -> Any:
    url = service_database("stats")
    yield Transactions(engine_for(url))
    dispose_engine(url)


@pytest.fixture
def service(db: Transactions) -> StatsService:
    return worker_factory(StatsService, db=db, clock=FixedClock(NOW))


@pytest.fixture
def client(service: StatsService) -> StatsClient:
    return StatsClient(lambda _service, method, arguments, _timeout: getattr(service, method)(**arguments))


def change(state: str, messages: int = 1, **changes: Any) -> TotalsChange:
    values = {
        "day": "2026-11-22",
        "partner_id": PARTNER,
        "advertiser_id": ADVERTISERS[0],
        "direction": "Beeline",
        "sender": "GOLUB",
        "state": state,
        "messages": messages,
        "parts": 2 * messages,
        "charged": 0,
        "cost": 0,
    }
    return TotalsChange(**{**values, **changes})


def event(items: Iterable[TotalsChange]) -> Event:
    return open_envelope(
        MessageTotalsChanged,
        envelope(str(uuid7()), "2026-11-22T09:15:00Z", MessageTotalsChanged(items=list(items))),
    )


def story(number: int) -> list[TotalsChange]:
    """The differences that one message makes from its acceptance to its end."""
    key: dict[str, Any] = {
        "day": f"2026-11-{20 + number % 3}",
        "advertiser_id": ADVERTISERS[number % 3],
        "direction": random.choice(("Beeline", "MTS", "Kazakhstan")),
        "sender": random.choice(("GOLUB", "79030000001")),
    }
    end = random.choice(("delivered", "undelivered", "expired"))
    states = ["accepted", "charged", "submitting", "submitted", end]
    changes = [change("accepted", **key)]
    for before, after in itertools.pairwise(states):
        changes += [change(before, -1, **key), change(after, **key)]
    changes[-1].charged, changes[-1].cost = 2 * PRICE, 2 * COST
    return changes


def stories(messages: int) -> list[Event]:
    """Events of 1 to 20 differences each, as they happened in time."""
    changes = [one for number in range(messages) for one in story(number)]
    events = []
    while changes:
        size = random.randint(1, 20)
        events.append(event(changes[:size]))
        changes = changes[size:]
    return events


def expected(events: Iterable[Event], group_by: str) -> dict[str, tuple[int, int, int, int, int]]:
    """A plain sum, as a model of the service."""
    sums: dict[str, Counter[str]] = {}
    for _, payload in events:
        for one in payload.items:
            found = sums.setdefault(getattr(one, group_by), Counter())
            for name in ("messages", "parts", "charged", "cost"):
                found[name] += getattr(one, name)
            found["delivered"] += one.messages if one.state == "delivered" else 0
    fields = ("messages", "parts", "delivered", "charged", "cost")
    rows = {key: tuple(found[name] for name in fields) for key, found in sums.items()}
    return {key: row for key, row in rows.items() if any(row)}  # type: ignore[misc]


def asked(client: StatsClient, group_by: str = "state", **changes: Any) -> list[TotalsRow]:
    period = {"date_from": "2026-11-01", "date_to": "2026-11-30"}
    return client.totals(PARTNER, group_by=group_by, **{**period, **changes})


def as_sums(rows: Iterable[TotalsRow]) -> dict[str, tuple[int, int, int, int, int]]:
    return {one.key: (one.messages, one.parts, one.delivered, one.charged, one.cost) for one in rows}


def consume(service: StatsService, events: Iterable[Event]) -> None:
    for document, payload in events:
        service.message_totals_changed(document, payload)


def test_a_message_is_counted_in_its_last_state_alone(service: StatsService, client: StatsClient) -> None:
    consume(service, [event([change("accepted")]), event([change("accepted", -1), change("refused")])])
    assert asked(client) == [TotalsRow(key="refused", messages=1, parts=2, delivered=0, charged=0, cost=0)]


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_repetition_of_events_gives_the_same_totals(
    service: StatsService, client: StatsClient, seed: int
) -> None:
    events = stories(40)
    shuffled = events + random.sample(events, len(events) // 2)
    random.Random(seed).shuffle(shuffled)
    consume(service, shuffled)
    for group_by in GROUPS:
        assert as_sums(asked(client, group_by)) == expected(events, group_by)


def test_concurrent_consumers_lose_nothing_and_do_not_deadlock(
    service: StatsService, client: StatsClient, db: Transactions
) -> None:
    """Every event goes to two consumers at once, each event touches the same rows as the others in another order."""
    events = stories(60)
    pool = eventlet.GreenPool(10)
    handlers = [pool.spawn(consume, service, [one]) for one in random.sample(events * 2, 2 * len(events))]
    [one.wait() for one in handlers]
    assert as_sums(asked(client, "direction")) == expected(events, "direction")
    with db.begin() as connection:
        found = audit.sums(connection)
    assert found == {
        (PARTNER, advertiser): (row[0], row[1], row[3], row[4])
        for advertiser, row in expected(events, "advertiser_id").items()
    }


def test_one_event_is_one_statement_whatever_its_size(service: StatsService, db: Transactions) -> None:
    statements: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    consume(service, [event(one for number in range(100) for one in story(number))])
    assert [one.split()[2] for one in statements] == ["inbox", "totals"]


def test_an_event_that_failed_half_way_is_counted_when_it_comes_again(
    service: StatsService, client: StatsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = event([change("delivered")])
    with monkeypatch.context() as broken:
        broken.setattr("services.stats.repository.add", _fail)
        with pytest.raises(RuntimeError):
            consume(service, [again])
    consume(service, [again])
    assert asked(client)[0].messages == 1


def _fail(*_: Any) -> None:
    raise RuntimeError("the database went away")


def test_an_empty_event_changes_nothing(service: StatsService, client: StatsClient) -> None:
    consume(service, [event([])])
    assert asked(client) == []


def test_only_the_days_and_the_advertiser_asked_for_are_counted(service: StatsService, client: StatsClient) -> None:
    days = ("2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23")
    consume(service, [event(change("delivered", day=day, advertiser_id=ADVERTISERS[1]) for day in days)])
    consume(service, [event([change("delivered")])])
    rows = asked(client, "day", date_from="2026-11-21", date_to="2026-11-22")
    assert [(one.key, one.messages) for one in rows] == [("2026-11-21", 1), ("2026-11-22", 2)]
    rows = asked(client, "day", advertiser_id=ADVERTISERS[0])
    assert [(one.key, one.messages, one.delivered) for one in rows] == [("2026-11-22", 1, 1)]


def test_a_partner_never_sees_another_partners_totals(service: StatsService, client: StatsClient) -> None:
    consume(service, [event([change("delivered", partner_id=OTHER_PARTNER)])])
    assert asked(client) == []
    assert asked(client, advertiser_id=ADVERTISERS[0]) == []


def test_at_most_a_thousand_rows_are_shown(service: StatsService, client: StatsClient) -> None:
    consume(service, [event(change("delivered", sender=f"s{number:04d}") for number in range(1_100))])
    rows = asked(client, "sender")
    assert len(rows) == 1_000
    assert rows[0].key == "s0000"


def test_a_wrong_question_is_malformed(client: StatsClient) -> None:
    with pytest.raises(Malformed):
        asked(client, "colour")


def test_rows_at_zero_are_dropped_once_they_are_old_and_may_come_back(
    service: StatsService, client: StatsClient, db: Transactions
) -> None:
    old = str((NOW - timedelta(days=8)).date())
    empty = [change(state, sign, day=day) for day in (old, "2026-11-22") for state in ("held",) for sign in (1, -1)]
    consume(service, [event([*empty, change("delivered", day=old)])])
    assert not service.tidy()
    with db.begin() as connection:
        left = connection.execute(sa.text("SELECT CAST(day AS text), state FROM totals ORDER BY day")).all()
    assert [tuple(row) for row in left] == [(old, "delivered"), ("2026-11-22", "held")]
    consume(service, [event([change("held", day=old)])])
    assert as_sums(asked(client))["held"][0] == 1
