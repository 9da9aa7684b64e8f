"""Our link and our server against each other, with connections that break at random."""

import random
from collections import Counter
from collections.abc import Hashable, Sequence

import eventlet

from kit.clock import SystemClock
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link import Link
from services.smpp_gateway.server import ClientSubmit, Outgoing, SubmitAnswer
from tests.unit.smpp_sessions.conftest import StartServer
from tests.unit.smpp_sessions.peers import (
    RecordingPipeline,
    RecordingPlatform,
    link_settings,
    submissions,
    wait_until,
)

MESSAGES = 2_000


class UnsteadyPlatform(RecordingPlatform):
    """Takes its time, and fails now and then."""

    def submit(self, items: list[ClientSubmit]) -> Sequence[SubmitAnswer | None]:
        eventlet.sleep(random.uniform(0.0, 0.01))
        if random.random() < 0.05:
            raise ConnectionError("the database is away")
        return super().submit(items)

    def on_delivered(self, keys: list[Hashable]) -> None:
        eventlet.sleep(random.uniform(0.0, 0.005))
        super().on_delivered(keys)


class UnsteadyPipeline(RecordingPipeline):
    def on_receipts(self, pdus: list[p.DeliverSm]) -> None:
        eventlet.sleep(random.uniform(0.0, 0.005))
        if random.random() < 0.1:
            raise ConnectionError("the database is away")
        super().on_receipts(pdus)


def submit_all(link: Link, ending: eventlet.event.Event) -> None:
    waiting = submissions(MESSAGES)
    while waiting:
        taken = link.submit(waiting[: random.randint(1, 60)])
        del waiting[:taken]
        eventlet.sleep(0.002)
    ending.send()


def deliver_all(server: object, platform: RecordingPlatform) -> None:
    """As the pipeline does: what comes back undelivered goes out again."""
    waiting: list[int] = list(range(MESSAGES))
    while True:
        waiting += platform.undelivered  # type: ignore[arg-type]
        platform.undelivered.clear()
        items = [Outgoing(key, p.DeliverSm(0, esm_class=4, short_message=b"%d" % key)) for key in waiting[:50]]
        del waiting[: server.deliver("account", items)]  # type: ignore[attr-defined]
        eventlet.sleep(0.003)


def test_nothing_is_lost_or_answered_twice_while_connections_break(start_server: StartServer) -> None:
    platform, pipeline = UnsteadyPlatform(), UnsteadyPipeline()
    server = start_server()
    server.handler = platform
    link = Link(
        link_settings(server.address, system_id="client", window=100, reconnect_backoff_seconds_max=0.1),
        pipeline,
        SystemClock(),
    )
    link.start()
    submitted: eventlet.event.Event = eventlet.event.Event()
    eventlet.spawn(submit_all, link, submitted)
    delivering = eventlet.spawn(deliver_all, server, platform)
    while not submitted.ready():
        eventlet.sleep(random.uniform(0.1, 0.3))
        for client in list(server._sessions):
            client.session.close("cut by the test")
    wait_until(lambda: len(pipeline.responses) + len(pipeline.lost) == MESSAGES, 20.0)
    wait_until(lambda: len(platform.delivered) == MESSAGES, 30.0)
    delivering.kill()
    link.stop(2.0)

    came_back = Counter([response.key for response in pipeline.responses] + pipeline.lost)
    assert came_back == Counter(range(MESSAGES))
    stored = Counter(item.pdu.destination_addr for item in platform.submits)
    addresses = {item.key: item.pdu.destination_addr for item in submissions(MESSAGES)}
    accepted = [response.key for response in pipeline.responses if response.command_status == c.ESME_ROK]
    refused = [response.key for response in pipeline.responses if response.command_status != c.ESME_ROK]
    assert set(stored.values()) == {1}
    assert all(stored[addresses[key]] == 1 for key in accepted)
    assert not any(addresses[key] in stored for key in refused)
    assert sorted(platform.delivered) == list(range(MESSAGES))  # type: ignore[type-var]
    received = {int(pdu.short_message) for pdu in pipeline.receipts}
    assert received == set(range(MESSAGES))
    assert link.stats.connects > 1
