"""kit on a real RabbitMQ, on its bad days too: alarms, lost connections, a killed broker, poison, crashes."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import eventlet
import pytest
from amqp.exceptions import NotFound
from kombu import Connection
from sqlalchemy import text

from contracts.accounts import CredentialsChanged
from contracts.billing import FundsAdded
from contracts.errors import Conflict, DeadlineExceeded, GolubError, Unavailable
from golub.local.rabbitmq import LocalRabbitMQ
from kit import events, health, launcher
from kit.database import Transactions, dispose_engine, engine_for
from kit.health import Health, bus_check
from kit.launcher import Process
from kit.outbox import OutboxWriter
from kit.rpc import DEAD_LETTERS
from kit.service import RpcTo, on_event
from tests.service.kit import toys
from tests.service.kit.toys import Accounts, Billing, BillingClient, Notify, Stats, due_now, effects, in_outbox
from tests.support.databases import DatabaseFactory
from tests.support.folders import open_folder
from tests.unit.kit.running import Answerer, AnswererClient, Asker, dead, replies_of, running, settings, until

STATS_QUEUE = "evt-billing-funds_added--stats.funds_added"
NOTIFY_QUEUE = "evt-billing-funds_added--notify.funds_added"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def node() -> Iterator[LocalRabbitMQ]:
    """A broker of this module's own, since it is maltreated."""
    with open_folder("bus") as folder, LocalRabbitMQ(folder) as started:
        yield started


@pytest.fixture(scope="module")
def kept_url(database_factory: DatabaseFactory) -> Iterator[str]:
    url = database_factory.create_empty()
    toys.prepare(Transactions(engine_for(url)))
    yield url
    dispose_engine(url)
    database_factory.drop(url)


@pytest.fixture
def transactions(kept_url: str) -> Transactions:
    """The toys' database, emptied."""
    found = Transactions(engine_for(kept_url))
    with found.begin() as connection:
        connection.execute(text("TRUNCATE outbox, inbox, effects"))
    return found


@pytest.fixture
def bus(node: LocalRabbitMQ, transactions: Transactions, kept_url: str) -> dict[str, Any]:
    """Keyword arguments of `running`: the broker with empty queues, the emptied database."""
    toys.forget()
    Answerer.begun.clear()
    Answerer.done.clear()
    for queue in ("rpc-answerer", DEAD_LETTERS, STATS_QUEUE, f"{STATS_QUEUE}.dead", NOTIFY_QUEUE):
        with Connection(node.uri) as connection, contextlib.suppress(NotFound):
            connection.default_channel.queue_purge(queue)
    return {"uri": node.uri, "database_url": kept_url}


@pytest.fixture
def no_queues(node: LocalRabbitMQ) -> None:
    """Nobody has ever listened on this broker."""
    with Connection(node.uri) as connection:
        for queue in ("rpc-answerer", STATS_QUEUE, NOTIFY_QUEUE):
            connection.default_channel.queue_delete(queue)


class BillingAsker:
    name = "billing_asker"
    billing = RpcTo(BillingClient)


def depth(node: LocalRabbitMQ, queue: str) -> int:
    """Messages that wait in a queue."""
    with Connection(node.uri) as connection:
        return int(connection.default_channel.queue_declare(queue, passive=True).message_count)


def publish(node: LocalRabbitMQ, queue: str, body: bytes | str, content_type: str = "application/json") -> None:
    """Put raw bytes into a queue."""
    with Connection(node.uri) as connection:
        producer = connection.Producer()
        producer.publish(body, routing_key=queue, content_type=content_type, content_encoding="utf-8")


def answers_again(client: AnswererClient, seconds: float = 15.0) -> Any:
    """Call until the service answers, as a caller would; how often it did not."""
    failures = 0
    give_up_at = time.monotonic() + seconds
    while True:
        try:
            client.call("echo", 1.0, value="again")
            return failures
        except Unavailable:
            failures += 1
            assert time.monotonic() < give_up_at, "the service does not answer any more"
            eventlet.sleep(0.2)


def test_queues_that_keep_something_are_quorum_queues_and_those_of_calls_and_answers_are_not(
    node: LocalRabbitMQ, bus: dict[str, Any]
) -> None:
    with running(Asker, Answerer, Notify, **bus):
        listed = node.ctl("list_queues", "-p", "golub", "name", "type", "--no-table-headers")
    kinds = dict(line.split("\t") for line in listed.splitlines())
    assert {kind for name, kind in kinds.items() if name.startswith(("rpc.reply-", "rpc-"))} == {"classic"}
    kept = {name: kind for name, kind in kinds.items() if name.startswith(("evt-billing", "golub."))}
    assert set(kept.values()) == {"quorum"}
    assert {NOTIFY_QUEUE, f"{NOTIFY_QUEUE}.dead", f"{NOTIFY_QUEUE}.retry-1s"} <= kept.keys()


def test_a_queue_of_calls_of_the_other_type_is_made_anew(node: LocalRabbitMQ, bus: dict[str, Any]) -> None:
    """As after an upgrade, or where an operator changes `GOLUB_RPC_QUEUES`."""
    for kind in ("quorum", "classic"):
        with running(Asker, Answerer, rpc_queues=kind, **bus) as process:
            assert process.client(AnswererClient).call("echo", value=kind) == kind
            listed = node.ctl("list_queues", "-p", "golub", "name", "type", "--no-table-headers")
        assert f"rpc-answerer\t{kind}" in listed.splitlines()


def test_a_queue_that_was_declared_otherwise_ends_the_start_in_time(
    node: LocalRabbitMQ, bus: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RabbitMQ never changes a queue in place; a process that waited for that would look healthy for ever."""
    monkeypatch.setattr(launcher, "START_SECONDS", 2)
    monkeypatch.setattr(launcher, "STOP_SECONDS", 1)

    class Misfit:
        name = "misfit"

        @on_event(FundsAdded)
        def funds_added(self, envelope: Any, payload: Any) -> None:
            raise AssertionError("nobody sends anything")

    with Connection(node.uri) as connection:
        connection.default_channel.queue_declare("evt-billing-funds_added--misfit.funds_added", durable=True)
    process = Process([Misfit], settings(**bus))
    with pytest.raises(TimeoutError, match="did not start in 2 seconds"):
        process.start()
    process.stop()


def test_answers_errors_and_deadlines_of_a_call(bus: dict[str, Any]) -> None:
    with running(Asker, Answerer, **bus) as process:
        client = process.client(AnswererClient)
        assert client.call("echo", value={"сумма": 12}) == {"сумма": 12}
        with pytest.raises(Conflict) as caught:
            client.call("refuse")
        assert caught.value.data == {"login": "ivan"}
        started = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            client.call("dawdle", 0.2, value="late", seconds=0.5)
        assert time.monotonic() - started < 5
        assert client.call("dawdle", value="mine", seconds=0.5) == "mine"
        assert replies_of(process).waiting == 0


@pytest.mark.usefixtures("no_queues")
def test_an_unknown_service_is_unavailable_at_once(bus: dict[str, Any]) -> None:
    with running(Asker, **bus) as process:
        started = time.monotonic()
        with pytest.raises(Unavailable, match="not there"):
            process.client(AnswererClient).call("echo")
        assert time.monotonic() - started < 5


def test_a_call_that_waited_in_the_queue_past_its_deadline_is_never_executed(bus: dict[str, Any]) -> None:
    with running(Asker, **bus) as asking:
        with running(Answerer, **bus):
            pass
        with pytest.raises(DeadlineExceeded):
            asking.client(AnswererClient).call("echo", 0.2, value="too late")
        with running(Answerer, **bus):
            assert asking.client(AnswererClient).call("echo", value="in time") == "in time"
    assert Answerer.done == ["in time"]


def test_what_is_no_exception_leaves_no_message_unacknowledged(node: LocalRabbitMQ, bus: dict[str, Any]) -> None:
    with running(Asker, Answerer, workers="2", **bus) as process:
        client = process.client(AnswererClient)
        for _ in range(5):
            with pytest.raises(GolubError):
                client.call("time_out")
        assert client.call("echo", value=1) == 1
        assert not dead(process)
    assert depth(node, "rpc-answerer") == 0


def test_undecodable_and_contract_breaking_messages_are_dead_lettered(
    node: LocalRabbitMQ, bus: dict[str, Any], transactions: Transactions
) -> None:
    with running(BillingAsker, Billing, Stats, Answerer, Asker, **bus) as process:
        for body, kind in (
            (b'{"cut', "application/json"),
            (b"a: 1", "application/x-yaml"),
            (b'{"id": 5}', "application/json"),
        ):
            publish(node, STATS_QUEUE, body, kind)
        for body in (b'{"cut', b'["no call"]'):
            publish(node, "rpc-answerer", body)
        until(lambda: depth(node, f"{STATS_QUEUE}.dead") == 3)
        until(lambda: depth(node, DEAD_LETTERS) == 2)
        process.client(BillingClient).add("good")
        until(lambda: effects(transactions) == ["good"])
        assert not dead(process)


def test_a_failing_handler_gets_its_event_again_later_and_others_are_not_disturbed(
    node: LocalRabbitMQ, bus: dict[str, Any], transactions: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "RETRY_DELAYS_SECONDS", (0.3, 0.6))
    monkeypatch.setattr(events, "MOST_ATTEMPTS", 4)
    Stats.failures = {"twice": 2, "always": 99}
    with running(BillingAsker, Billing, Stats, Notify, **bus) as process:
        started = time.monotonic()
        process.client(BillingClient).add("twice", "always", "never")
        until(lambda: effects(transactions) == ["never", "twice"])
        assert time.monotonic() - started > 0.9
        until(lambda: depth(node, f"{STATS_QUEUE}.dead") == 1)
        assert [Stats.seen.count(name) for name in ("never", "twice", "always")] == [1, 3, 4]
        assert sorted(Notify.seen) == ["always", "never", "twice"]
    assert depth(node, STATS_QUEUE) == 0


@pytest.mark.usefixtures("no_queues")
def test_an_event_that_reaches_no_queue_stays_and_a_hint_goes(bus: dict[str, Any], transactions: Transactions) -> None:
    with running(BillingAsker, Billing, Accounts, **bus) as process:
        with transactions.begin() as connection:
            OutboxWriter().put(connection, CredentialsChanged(advertiser_ids=["hint"]))
        process.client(BillingClient).add("a", "b")
        until(lambda: in_outbox(transactions) == ["a", "b"])
        with running(Stats, **bus):
            until(lambda: not due_now(transactions) and effects(transactions) == ["a", "b"])


def test_events_arrive_in_order_and_two_relays_share_them(bus: dict[str, Any], transactions: Transactions) -> None:
    names = [f"{number:03}" for number in range(250)]
    with running(Stats, workers="1", **bus), running(BillingAsker, Billing, **bus) as process:
        process.client(BillingClient).add(*names)
        until(lambda: len(Stats.seen) >= 250, 20)
        assert Stats.seen == names
        with running(Billing, **bus):
            process.client(BillingClient).add(*(f"x{name}" for name in names))
            until(lambda: len(effects(transactions)) == 500, 20)
            until(lambda: not in_outbox(transactions))
    assert len(Stats.seen) == 500


def test_a_graceful_stop_acknowledges_what_it_has_done(bus: dict[str, Any], transactions: Transactions) -> None:
    Stats.slow_seconds = 0.5
    with running(Asker, BillingAsker, Billing, **bus) as process:
        with running(Stats, Answerer, **bus) as working:
            process.client(BillingClient).add("a")
            until(lambda: Stats.seen)
            call = eventlet.spawn(process.client(AnswererClient).call, "dawdle", value="b", seconds=0.5)
            until(lambda: Answerer.begun)
            working.stop()
        assert call.wait() == "b"
        assert effects(transactions) == ["a"]
        with running(Stats, Answerer, **bus):
            eventlet.sleep(0.5)
    assert (Stats.seen, Answerer.begun) == (["a"], ["b"])


def test_a_publisher_that_dies_between_publish_and_delete_loses_nothing_and_effects_happen_once(
    node: LocalRabbitMQ, bus: dict[str, Any], transactions: Transactions, kept_url: str
) -> None:
    with running(Stats, **bus):
        with transactions.begin() as connection:
            OutboxWriter().put(connection, FundsAdded(advertiser_ids=["a"], partner_ids=[]))
        environment = {
            **os.environ,
            "AMQP_URI": node.uri,
            "DATABASE_URL": kept_url,
            "GOLUB_FAILPOINT": "relay.published",
        }
        ended = subprocess.run(
            [sys.executable, "-m", "tests.service.kit.relaying"], cwd=ROOT, env=environment, check=False, timeout=60
        )
        assert ended.returncode == 137
        until(lambda: effects(transactions) == ["a"])
        assert in_outbox(transactions) == ["a"]
        due_now(transactions)
        with running(Billing, **bus):
            until(lambda: not in_outbox(transactions))
            until(lambda: Stats.seen == ["a", "a"])
            eventlet.sleep(0.1)
    assert effects(transactions) == ["a"]


def test_a_reply_queue_that_vanished_comes_back(bus: dict[str, Any]) -> None:
    with running(Asker, Answerer, **bus) as process:
        client = process.client(AnswererClient)
        assert client.call("echo", value=1) == 1
        with Connection(bus["uri"]) as connection:
            connection.default_channel.queue_delete(replies_of(process).queue.name)
        answers_again(client)
        assert not dead(process)


def test_a_broker_alarm_holds_nobody_up_and_all_goes_on_afterwards(
    node: LocalRabbitMQ, bus: dict[str, Any], transactions: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(health, "CHECK_SECONDS", 1.0)
    checked = Health({"bus": bus_check(node.uri)})
    with running(Asker, Answerer, BillingAsker, Billing, Stats, **bus) as process:
        client = process.client(AnswererClient)
        assert client.call("echo", value=1) == 1
        assert checked.ready() == {}
        node.ctl("set_vm_memory_high_watermark", "0")
        try:
            for _ in range(2):
                started = time.monotonic()
                with pytest.raises(Unavailable):
                    client.call("echo", 1.0, value=2)
                assert time.monotonic() - started < 5
            with transactions.begin() as connection:
                OutboxWriter().put(connection, FundsAdded(advertiser_ids=["meanwhile"], partner_ids=[]))
            assert "bus" in checked.ready()
            assert effects(transactions) == []
        finally:
            node.ctl("set_vm_memory_high_watermark", "0.4")
        answers_again(client)
        until(lambda: effects(transactions) == ["meanwhile"], 30)
        until(lambda: checked.ready() == {})
        assert not dead(process)


def test_lost_connections_come_back_and_no_process_dies(
    node: LocalRabbitMQ, bus: dict[str, Any], transactions: Transactions
) -> None:
    with running(Asker, Answerer, BillingAsker, Billing, Stats, **bus) as process:
        client = process.client(AnswererClient)
        calls = [eventlet.spawn(answers_again, client) for _ in range(3)]
        process.client(BillingClient).add(*(str(number) for number in range(100, 130)))
        node.ctl("close_all_connections", "a test")
        for call in calls:
            call.wait()
        answers_again(client)
        until(lambda: len(effects(transactions)) == 30, 30)
        until(lambda: not in_outbox(transactions), 30)
        assert not dead(process)


def test_a_killed_broker_comes_back_and_nothing_is_lost(
    node: LocalRabbitMQ, bus: dict[str, Any], transactions: Transactions
) -> None:
    Stats.slow_seconds = 0.2
    others = running(Answerer, **bus), running(Asker, BillingAsker, Billing, Stats, Answerer, **bus)
    with others[0] as leaving, others[1] as process:
        client = process.client(AnswererClient)
        # RabbitMQ writes the name of a new quorum queue to disk only seconds later; one killed before starts it empty.
        eventlet.sleep(4)
        process.client(BillingClient).add(*(f"before {number}" for number in range(20)))
        waiting = eventlet.spawn(caught, client.call, "dawdle", 3.0, value=1, seconds=2.0)
        until(lambda: Stats.seen)
        node.kill()
        with transactions.begin() as connection:
            OutboxWriter().put(connection, FundsAdded(advertiser_ids=["while away"], partner_ids=[]))
        started = time.monotonic()
        with pytest.raises(Unavailable):
            client.call("echo", 2.0, value=2)
        assert time.monotonic() - started < 10
        assert isinstance(waiting.wait(), Unavailable)
        started = time.monotonic()
        leaving.stop()
        assert time.monotonic() - started < 20
        node.start()
        answers_again(client, 30)
        until(lambda: len(effects(transactions)) == 21, 40)
        until(lambda: not in_outbox(transactions), 40)
        assert not dead(process)
    assert effects(transactions) == sorted([*(f"before {number}" for number in range(20)), "while away"])


def caught(action: Any, *args: Any, **kwargs: Any) -> Any:
    """What the action raised, or its result."""
    try:
        return action(*args, **kwargs)
    except Unavailable as error:
        return error
