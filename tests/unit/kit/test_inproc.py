"""The in-process transport: what nameko relies on of a broker."""

import eventlet
import pytest
from kombu import Connection, Consumer, Exchange, Producer, Queue
from nameko.amqp.publish import UndeliverableMessage

from contracts.billing import FundsAdded
from contracts.events import envelope
from kit import inproc, relay
from kit.outbox import Due
from kit.service import on_event
from tests.unit.kit.running import Answerer, AnswererClient, Asker, running, until

EXCHANGE = Exchange("things", type="topic", durable=True)


@pytest.fixture
def connection() -> Connection:
    inproc.register()
    with Connection(inproc.URI) as opened:
        yield opened
    inproc.reset()


def consume(connection: Connection, queue: Queue, prefetch: int = 0) -> list:
    """Messages that arrived, none acknowledged."""
    taken: list = []
    consumer = Consumer(connection.default_channel, [queue], callbacks=[lambda body, message: taken.append(message)])
    consumer.qos(prefetch_count=prefetch)
    consumer.consume()
    return taken


def drain(connection: Connection) -> None:
    """Deliver all that can be delivered."""
    while True:
        try:
            connection.drain_events(timeout=0.05)
        except TimeoutError:
            return


def test_the_prefetch_holds_for_each_queue_alone(connection: Connection) -> None:
    first, second = Queue("first", EXCHANGE, "a"), Queue("second", EXCHANGE, "b")
    of_first, of_second = consume(connection, first, prefetch=2), consume(connection, second, prefetch=2)
    producer = Producer(connection.channel(), EXCHANGE)
    for _ in range(5):
        producer.publish("x", routing_key="a")
    producer.publish("y", routing_key="b")
    drain(connection)
    assert (len(of_first), len(of_second)) == (2, 1)
    of_first[0].ack()
    drain(connection)
    assert len(of_first) == 3


def test_a_message_for_two_queues_is_two_messages(connection: Connection) -> None:
    of_first = consume(connection, Queue("first", EXCHANGE, "a"), prefetch=1)
    of_second = consume(connection, Queue("second", EXCHANGE, "a"), prefetch=1)
    producer = Producer(connection.channel(), EXCHANGE)
    producer.publish("one", routing_key="a")
    producer.publish("two", routing_key="a")
    drain(connection)
    of_first[0].ack()
    drain(connection)
    assert [one.payload for one in of_first] == ["one", "two"]
    assert [one.payload for one in of_second] == ["one"]


def test_a_mandatory_message_without_a_queue_is_refused(connection: Connection) -> None:
    producer = Producer(connection.channel(), EXCHANGE)
    with pytest.raises(UndeliverableMessage):
        producer.publish("x", routing_key="nobody", mandatory=True)
    producer.publish("x", routing_key="nobody")


def test_a_requeued_message_returns_to_the_front_of_its_own_queue_alone(connection: Connection) -> None:
    of_first = consume(connection, Queue("first", EXCHANGE, "a"), prefetch=1)
    of_second = consume(connection, Queue("second", EXCHANGE, "a"))
    producer = Producer(connection.channel(), EXCHANGE)
    producer.publish("one", routing_key="a")
    producer.publish("two", routing_key="a")
    drain(connection)
    of_first[0].requeue()
    drain(connection)
    assert [one.payload for one in of_first] == ["one", "one"]
    assert len(of_second) == 2


def test_an_auto_deleted_queue_goes_with_its_last_consumer(connection: Connection) -> None:
    queue = Queue("brief", EXCHANGE, "a", auto_delete=True)
    consumer = Consumer(connection.default_channel, [queue], callbacks=[lambda *_: None])
    consumer.consume()
    assert "brief" in inproc.depths()
    consumer.cancel()
    Producer(connection.channel(), EXCHANGE).publish("x", routing_key="a")
    assert "brief" not in inproc.depths()


def test_a_waiting_consumer_is_woken_at_once() -> None:
    with running(Asker, Answerer) as process:
        client = process.client(AnswererClient)
        client.call("echo")
        with eventlet.Timeout(0.8, TimeoutError("the bus polls")):
            for _ in range(20):
                client.call("echo")


def test_a_late_copy_of_an_earlier_attempt_does_not_count_for_a_later_one(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "CONSUMER_SECONDS", 0.1)
    exchange = Exchange("billing.events", type="topic", durable=True)
    queues = [Queue(name, exchange, "funds_added")(connection.channel()) for name in ("stats", "notify")]
    for queue in queues:
        queue.declare()
    event = envelope("1", "2026-11-22T00:00:00Z", FundsAdded(advertiser_ids=[], partner_ids=[]))
    publisher = relay.InprocPublisher(inproc.URI)
    assert publisher.publish([Due("1", "billing", "funds_added", event, 1)]) == set()
    late = [queue.get().properties["message_id"] for queue in queues]
    second = eventlet.spawn(publisher.publish, [Due("1", "billing", "funds_added", event, 2)])
    eventlet.sleep(0.02)
    for message_id in late:
        inproc.settled(message_id, ok=True)
    assert second.wait() == set()
    third = eventlet.spawn(publisher.publish, [Due("1", "billing", "funds_added", event, 3)])
    eventlet.sleep(0.02)
    for queue in queues:
        queue.get()
        inproc.settled(queue.get().properties["message_id"], ok=True)
    assert third.wait() == {"1"}


class Slow:
    """Handles one event at a time, slowly."""

    name = "slow"
    at_work = 0
    most = 0

    @on_event(FundsAdded)
    def funds_added(self, envelope: object, payload: object) -> None:
        Slow.at_work += 1
        Slow.most = max(Slow.most, Slow.at_work)
        eventlet.sleep(0.02)
        Slow.at_work -= 1


def test_a_service_takes_no_more_events_than_it_has_workers() -> None:
    with running(Slow, workers="2"), Connection(inproc.URI) as connection:
        producer = Producer(connection.channel(), Exchange("billing.events", type="topic", durable=True))
        for number in range(10):
            document = envelope(str(number), "2026-11-22T00:00:00Z", FundsAdded(advertiser_ids=[], partner_ids=[]))
            producer.publish(document, routing_key="funds_added", serializer="json")
        queue = "evt-billing-funds_added--slow.funds_added"
        eventlet.sleep(0.03)
        assert inproc.depths()[queue] >= 4
        until(lambda: inproc.depths()[queue] == 0)
    assert Slow.most == 2
