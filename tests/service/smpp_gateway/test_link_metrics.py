"""What Prometheus is told of links, by link and bind."""

from types import SimpleNamespace

import pytest
from prometheus_client import REGISTRY

from services.smpp_gateway import link_metrics
from services.smpp_gateway.fleet_measures import measure_links
from services.smpp_gateway.lease import BindKey
from services.smpp_gateway.link import LinkStats
from services.smpp_gateway.link_types import LinkState, Response
from tests.service.smpp_gateway.desk import Desk, charged, numbers
from tests.service.smpp_gateway.rooms import Room

#: Metrics are the process's: no other test has a link of this name.
NAME = "measured"


@pytest.fixture
def desk(room: Room, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A link of two binds; the first is bound with 25 of its 100 unanswered."""
    one = Desk(room, monkeypatch)
    one.put(NAME, binds=2)
    one.pass_seconds(2)
    stats = LinkStats(submitted=70, throttled=3, connects=2)
    state = LinkState("bound", "", room.clock.now())
    one.fleet.runners[BindKey(NAME, 1)].link = SimpleNamespace(stats=stats, state=state, in_flight=25, free_window=0)  # type: ignore[assignment]
    return one


def told(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"golub_link_{name}", {"link": NAME, **labels})


def test_each_bind_is_told_by_its_number(desk: Desk) -> None:
    measure_links(desk.room.context, desk.fleet)
    names = ("bound", "window_fill", "submits", "connects", "throttled")
    assert [told(name, bind="1") for name in names] == [1, 0.25, 70, 2, 3]
    assert [told(name, bind="2") for name in names[:3]] == [0, 0, 0]
    assert told("binds_up") == 2


def test_what_waits_for_a_link_is_told_with_the_age_of_its_oldest(desk: Desk) -> None:
    charged(desk, *numbers(1, 3))
    desk.room.clock.advance(40)
    measure_links(desk.room.context, desk.fleet)
    assert (told("queue_messages"), told("queue_age_seconds")) == (3, 40)


def test_answers_are_counted_by_their_status(desk: Desk) -> None:
    before = told("responses_total", bind="2", status="0x00000058") or 0
    link_metrics.answered(
        BindKey(NAME, 2), [Response("a", 0x58, None), Response("b", 0, "1"), Response("c", 0x58, None)]
    )
    assert told("responses_total", bind="2", status="0x00000058") == before + 2


def test_a_bind_that_waits_for_answers_and_gets_none_is_told_by_its_silence(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(link_metrics, "time", SimpleNamespace(monotonic=lambda: now[0]))
    link_metrics.answered(BindKey(NAME, 1), [])
    measure_links(desk.room.context, desk.fleet)
    now[0] += 30
    measure_links(desk.room.context, desk.fleet)
    assert (told("response_age_seconds", bind="1"), told("response_age_seconds", bind="2")) == (30, 0)
    link_metrics.answered(BindKey(NAME, 1), [])
    measure_links(desk.room.context, desk.fleet)
    assert told("response_age_seconds", bind="1") == 0


def test_what_goes_to_another_link_is_counted_at_the_one_it_leaves(desk: Desk) -> None:
    before = told("failed_over_total") or 0
    charged(desk, *numbers(1, 4))
    desk.put("other")
    desk.client.enable_operator_link(NAME, False, author="operator")
    desk.pass_seconds(2)
    for _ in range(10):
        # What charging has taken out of the queue comes back to it by and by.
        desk.failover.run_once()
        desk.room.clock.advance(1)
    assert told("failed_over_total") == before + 4


def test_a_link_that_is_gone_is_told_of_no_more(desk: Desk) -> None:
    measure_links(desk.room.context, desk.fleet)
    desk.client.delete_operator_link(NAME, author="operator")
    desk.pass_seconds(1)
    for thread in list(desk.fleet._leaving.values()):
        thread.wait()
    assert (told("bound", bind="1"), told("binds_up"), told("queue_messages")) == (None, None, None)
