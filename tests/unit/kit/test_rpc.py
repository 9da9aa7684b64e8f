"""RPC on the in-process bus: deadlines on both sides, errors of the tree, nothing left behind."""

import time

import eventlet
import kombu.pools
import pytest
from kombu import Connection, Queue
from nameko.amqp.publish import Publisher
from nameko.rpc import get_rpc_exchange

from contracts.errors import Conflict, DeadlineExceeded, GolubError, Malformed, Unavailable
from kit import inproc
from kit.container import DEADLINE
from kit.service import RpcTo, rpc
from tests.unit.kit.running import Answerer, AnswererClient, Asker, dead, replies_of, running, until


def test_an_answer_comes_back(answerer: AnswererClient) -> None:
    assert answerer.call("echo", value={"сумма": 12}) == {"сумма": 12}


def test_a_call_past_its_deadline_raises_and_leaves_no_reply_entry() -> None:
    with running(Asker, Answerer) as process:
        started = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            process.client(AnswererClient).call("dawdle", 0.1, value=1, seconds=0.4)
        assert time.monotonic() - started < 5
        assert replies_of(process).waiting == 0


def test_a_late_answer_is_dropped_and_the_next_call_gets_its_own(answerer: AnswererClient) -> None:
    with pytest.raises(DeadlineExceeded):
        answerer.call("dawdle", 0.05, value="late", seconds=0.2)
    assert answerer.call("dawdle", value="mine", seconds=0.3) == "mine"
    assert Answerer.done == ["late", "mine"]


def test_a_request_that_arrives_after_its_deadline_is_not_executed() -> None:
    with running(Asker, Answerer) as process:
        Publisher(inproc.URI).publish(
            {"args": (), "kwargs": {"value": "too late"}},
            exchange=get_rpc_exchange({}),
            routing_key="answerer.echo",
            reply_to=replies_of(process).routing_key,
            correlation_id="1",
            headers={f"nameko.{DEADLINE}": time.time() - 1},
        )
        assert process.client(AnswererClient).call("echo", value="in time") == "in time"
    assert Answerer.done == ["in time"]


def test_a_request_that_waited_for_a_free_worker_past_its_deadline_is_not_executed() -> None:
    with running(Asker, Answerer, workers="1") as process:
        client = process.client(AnswererClient)
        slow = eventlet.spawn(client.call, "dawdle", value="slow", seconds=0.4)
        until(lambda: Answerer.begun)
        with pytest.raises(DeadlineExceeded):
            process.client(AnswererClient).call("echo", 0.1, value="gave up")
        assert slow.wait() == "slow"
        assert process.client(AnswererClient).call("echo", value="last") == "last"
    assert Answerer.done == ["slow", "last"]


def test_an_unknown_service_is_unavailable_at_once() -> None:
    with running(Asker) as process:
        started = time.monotonic()
        with pytest.raises(Unavailable, match="answerer is not there"):
            process.client(AnswererClient).call("echo")
        assert time.monotonic() - started < 5
        assert replies_of(process).waiting == 0


def test_an_error_of_the_tree_survives_the_bus_with_its_data(answerer: AnswererClient) -> None:
    with pytest.raises(Conflict) as caught:
        answerer.call("refuse")
    assert (caught.value.detail, caught.value.data) == ("The login is taken.", {"login": "ivan"})


def test_a_foreign_error_is_hidden(answerer: AnswererClient) -> None:
    with pytest.raises(GolubError) as caught:
        answerer.call("crash")
    assert type(caught.value) is GolubError
    assert "secret" not in str(caught.value)


def test_wrong_arguments_are_malformed(answerer: AnswererClient) -> None:
    with pytest.raises(Malformed, match="echo"):
        answerer.call("echo", nonsense=1)


def test_a_method_this_version_lacks_is_unavailable(answerer: AnswererClient) -> None:
    with pytest.raises(Unavailable, match="newer"):
        answerer.call("from_the_future")


def test_a_result_that_is_no_json_is_an_error_at_once(answerer: AnswererClient) -> None:
    started = time.monotonic()
    with pytest.raises(GolubError):
        answerer.call("answer_no_json")
    assert time.monotonic() - started < 5


def test_a_timeout_that_is_no_exception_is_answered_and_acknowledged() -> None:
    with running(Asker, Answerer, workers="2") as process:
        for _ in range(5):
            with pytest.raises(GolubError):
                process.client(AnswererClient).call("time_out")
        assert process.client(AnswererClient).call("echo", value=1) == 1
        assert not dead(process)


class Middle:
    """Asks another service while it answers."""

    name = "middle"
    answerer = RpcTo(AnswererClient)

    @rpc
    def through(self, value: int) -> int:
        return self.answerer._call("echo", value=value)

    @rpc
    def patience(self) -> float:
        return self.answerer.timeout_seconds


class MiddleClient(AnswererClient):
    service = "middle"


class OuterAsker:
    name = "outer"
    middle = RpcTo(MiddleClient)


def test_answers_arrive_when_every_worker_waits_for_one() -> None:
    with running(OuterAsker, Middle, Answerer, workers="2") as process:
        calls = [eventlet.spawn(process.client(MiddleClient).call, "through", 5, value=n) for n in range(8)]
        assert [one.wait() for one in calls] == list(range(8))


def test_a_nested_call_does_not_outlast_the_first_callers_deadline() -> None:
    with running(OuterAsker, Middle, Answerer) as process:
        assert 0 < process.client(MiddleClient).call("patience", 2) <= 2


def test_a_call_carries_its_deadline_and_no_growing_context() -> None:
    with running(Asker, workers="30") as process, Connection(inproc.URI) as connection:
        queue = Queue("rpc-answerer", get_rpc_exchange({}), "answerer.*")(connection.channel())
        queue.declare()
        with pytest.raises(DeadlineExceeded):
            process.client(AnswererClient).call("echo", 0.05, value="x" * 100_000)
        message = queue.get()
        assert kombu.pools.get_limit() >= 30
    assert list(message.headers) == [f"nameko.{DEADLINE}"]
    assert abs(message.headers[f"nameko.{DEADLINE}"] - time.time()) < 30
    # Milliseconds on the wire; kombu is told seconds.
    assert message.properties["expiration"] == "50"


class Silent:
    """Takes its time; says nothing about how its connection outlives its work."""

    name = "answerer"

    @rpc
    def echo(self, value: int) -> int:
        eventlet.sleep(0.3)
        return value


def test_a_graceful_stop_answers_what_is_at_work_and_is_quick() -> None:
    with running(Asker) as asking:
        with running(Silent, same_bus=True) as answering:
            call = eventlet.spawn(asking.client(AnswererClient).call, "echo", value=7)
            eventlet.sleep(0.1)
            started = time.monotonic()
            answering.stop()
            assert time.monotonic() - started < 5
        assert call.wait() == 7
