"""Events on the in-process bus: the outbox row goes only when every consumer has handled the event."""

import time

import eventlet
from sqlalchemy import text

from contracts.accounts import CredentialsChanged
from kit.database import Transactions
from kit.outbox import OutboxWriter
from tests.service.kit.toys import (
    Accounts,
    Asker,
    Billing,
    BillingClient,
    Notify,
    Stats,
    due_now,
    effects,
    in_outbox,
)
from tests.unit.kit.running import dead, running, until


def test_every_consumer_gets_the_event_and_then_the_row_goes(url: str, transactions: Transactions) -> None:
    with running(Asker, Billing, Stats, Notify, database_url=url) as process:
        process.client(BillingClient).add("a", "b", "c")
        until(lambda: not in_outbox(transactions))
        assert effects(transactions) == ["a", "b", "c"]
        assert sorted(Notify.seen) == ["a", "b", "c"]


def test_a_row_stays_while_a_consumer_is_at_work(url: str, transactions: Transactions) -> None:
    Stats.slow_seconds = 0.4
    with running(Asker, Billing, Stats, Notify, database_url=url) as process:
        process.client(BillingClient).add("a")
        until(lambda: Stats.seen)
        assert in_outbox(transactions) == ["a"]
        until(lambda: not in_outbox(transactions))


def test_a_failing_consumer_gets_it_again_and_the_others_effects_happen_once(
    url: str, transactions: Transactions
) -> None:
    Notify.time_outs = 1
    with running(Asker, Billing, Stats, Notify, database_url=url) as process:
        process.client(BillingClient).add("a")
        until(lambda: Notify.seen == ["a", "a"])
        until(lambda: not in_outbox(transactions))
        assert effects(transactions) == ["a"]
        assert not dead(process)


def test_an_event_without_a_consumer_waits_and_a_hint_does_not(url: str, transactions: Transactions) -> None:
    with running(Asker, Billing, Accounts, database_url=url) as process:
        process.client(BillingClient).add("nobody listens")
        with transactions.begin() as connection:
            OutboxWriter().put(connection, CredentialsChanged(advertiser_ids=["hint"]))
        until(lambda: in_outbox(transactions) == ["nobody listens"])
        eventlet.sleep(0.3)
        assert in_outbox(transactions) == ["nobody listens"]
    due_now(transactions)
    with running(Billing, Stats, database_url=url):
        until(lambda: effects(transactions) == ["nobody listens"])


def test_a_stop_is_quick_although_a_consumer_is_not_done_and_the_event_goes_on_afterwards(
    url: str, transactions: Transactions
) -> None:
    with running(Asker, Billing, Stats, database_url=url) as process:
        Stats.failures = {"a": 1}
        Stats.slow_seconds = 0.5
        process.client(BillingClient).add("a")
        until(lambda: Stats.seen)
        started = time.monotonic()
        process.stop()
        assert time.monotonic() - started < 10
    assert in_outbox(transactions) == ["a"]
    due_now(transactions)
    with running(Billing, Stats, database_url=url):
        until(lambda: effects(transactions) == ["a"])


def test_an_event_that_breaks_its_contract_is_kept(url: str, transactions: Transactions) -> None:
    with running(Asker, Billing, Stats, database_url=url) as process:
        process.client(BillingClient).add("good")
        until(lambda: not in_outbox(transactions))
        with transactions.begin() as connection:
            broken = (
                "INSERT INTO outbox (id, source, name, envelope) VALUES "
                "(gen_random_uuid(), 'billing', 'funds_added', '{\"data\": {\"advertiser_ids\": [\"broken\"]}}')"
            )
            connection.execute(text(broken))
        eventlet.sleep(1.3)
        assert in_outbox(transactions) == ["broken"]
        assert Stats.seen == ["good"]
        assert not dead(process)
