"""The outbox and inbox in PostgreSQL: leases, order, back-off, and effects that happen once."""

from datetime import UTC, datetime

import eventlet
import pytest
from sqlalchemy import text

from contracts.billing import FundsAdded
from kit import outbox
from kit.clock import FixedClock
from kit.database import Transactions
from kit.ids import uuid7
from kit.outbox import OutboxWriter, first_time, forget_old
from tests.service.kit.toys import due_now, in_outbox, roll_back


def put(transactions: Transactions, *names: str) -> None:
    with transactions.begin() as connection:
        OutboxWriter().put(connection, *(FundsAdded(advertiser_ids=[name], partner_ids=[]) for name in names))


def lease(transactions: Transactions, limit: int = outbox.BATCH) -> list[outbox.Due]:
    with transactions.begin() as connection:
        return outbox.lease(connection, limit)


def names(rows: list[outbox.Due]) -> list[str]:
    return [row.envelope["data"]["advertiser_ids"][0] for row in rows]


def test_an_event_is_a_row_of_its_transaction(transactions: Transactions) -> None:
    woken: list[int] = []
    writer = OutboxWriter(wake=lambda: woken.append(1), clock=FixedClock(datetime(2026, 11, 22, 9, 15, tzinfo=UTC)))
    event = FundsAdded(advertiser_ids=["a"], partner_ids=[])
    roll_back(transactions, lambda connection: writer.put(connection, event))
    assert (in_outbox(transactions), woken) == ([], [])
    with transactions.begin() as connection:
        writer.put(connection, event)
        writer.put(connection, event)
        assert woken == []
    assert woken == [1]
    (row, _) = lease(transactions)
    assert (row.source, row.name) == ("billing", "funds_added")
    assert row.envelope == {
        "id": str(row.id),
        "name": "funds_added",
        "version": 1,
        "occurred_at": "2026-11-22T09:15:00Z",
        "data": {"advertiser_ids": ["a"], "partner_ids": []},
    }


def test_events_are_leased_in_the_order_they_were_written_and_not_twice(transactions: Transactions) -> None:
    written = [f"{number:03}" for number in range(30)]
    for name in written:
        put(transactions, name)
    first, second = lease(transactions, 20), lease(transactions, 20)
    assert names(first) + names(second) == written
    assert lease(transactions) == []


def test_a_row_that_commits_late_is_not_skipped(transactions: Transactions) -> None:
    with transactions.begin() as connection:
        OutboxWriter().put(connection, FundsAdded(advertiser_ids=["late"], partner_ids=[]))
        put(transactions, "early commit, greater id")
        assert names(lease(transactions)) == ["early commit, greater id"]
    assert names(lease(transactions)) == ["late"]


def test_two_relays_never_lease_the_same_row_and_do_not_wait_for_each_other(transactions: Transactions) -> None:
    put(transactions, *(str(number) for number in range(40)))
    limit = eventlet.Timeout(2, TimeoutError("a relay waits for the other one's locks"))
    with limit, transactions.begin() as one, transactions.begin() as other:
        first, second = outbox.lease(one, 25), outbox.lease(other, 25)
    assert (len(first), len(second)) == (25, 15)
    assert not set(names(first)) & set(names(second))


def test_a_lease_ends_so_that_a_dead_relay_s_rows_go_on(
    transactions: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LEASE_SECONDS", 0.2)
    put(transactions, "a")
    assert names(lease(transactions)) == ["a"]
    assert lease(transactions) == []
    eventlet.sleep(0.25)
    (again,) = lease(transactions)
    assert again.attempts == 2


def test_a_refused_event_comes_back_later_and_later_but_within_a_bound(transactions: Transactions) -> None:
    put(transactions, "a")
    delays = []
    for _ in range(12):
        due_now(transactions)
        rows = lease(transactions)
        with transactions.begin() as connection:
            outbox.postpone(connection, rows)
            seconds = "SELECT round(extract(epoch FROM available_at - now())) FROM outbox"
            delays.append(int(connection.execute(text(seconds)).scalar_one()))
    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_only_what_was_published_is_deleted(transactions: Transactions) -> None:
    put(transactions, "a", "b")
    rows = lease(transactions)
    with transactions.begin() as connection:
        outbox.published(connection, [])
        outbox.published(connection, [rows[0].id])
    assert in_outbox(transactions) == ["b"]


def test_an_event_counts_once_for_each_consumer(transactions: Transactions) -> None:
    event_id = str(uuid7())
    with transactions.begin() as connection:
        assert first_time(connection, "stats", event_id)
        assert first_time(connection, "notify", event_id)
        assert not first_time(connection, "stats", event_id)
    with transactions.begin() as connection:
        assert not first_time(connection, "stats", event_id)


def test_an_effect_that_rolled_back_is_not_remembered(transactions: Transactions) -> None:
    event_id = str(uuid7())
    roll_back(transactions, lambda connection: first_time(connection, "stats", event_id))
    with transactions.begin() as connection:
        assert first_time(connection, "stats", event_id)


def test_of_two_deliveries_at_once_the_second_waits_and_does_nothing(transactions: Transactions) -> None:
    event_id, told = str(uuid7()), []

    def second() -> None:
        with transactions.begin() as connection:
            told.append(first_time(connection, "stats", event_id))

    with transactions.begin() as connection:
        assert first_time(connection, "stats", event_id)
        thread = eventlet.spawn(second)
        eventlet.sleep(0.1)
        assert told == []
    thread.wait()
    assert told == [False]


def test_the_inbox_forgets_only_what_can_t_come_again(transactions: Transactions) -> None:
    with transactions.begin() as connection:
        for days in (0, 13, 15):
            first_time(connection, "stats", str(uuid7()))
            newest = (
                "UPDATE inbox SET seen_at = now() - make_interval(days => :days) WHERE seen_at > now() - interval '1s'"
            )
            connection.execute(text(newest), {"days": days})
    with transactions.begin() as connection:
        assert forget_old(connection) == 1
