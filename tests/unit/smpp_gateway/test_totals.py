import itertools
from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway.totals import Totals
from tests.unit.smpp_gateway.samples import NOW, work

STATES = ("accepted", "held", "charged", "submitted", "delivered", "refused")


def _sums(*events: object) -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for event in events:
        for item in event.items if event else ():  # type: ignore[attr-defined]
            for name in ("messages", "parts", "charged", "cost"):
                sums[item.state, name] += getattr(item, name)
    return Counter({key: value for key, value in sums.items() if value})


def test_nothing_changed_is_no_event() -> None:
    totals = Totals()
    totals.moved([(work(), work())])
    assert totals.event() is None


def test_a_new_message_counts_under_its_state() -> None:
    totals = Totals()
    totals.added([work(state="accepted", parts=3, charged=0, cost=0)])
    assert _sums(totals.event()) == {("accepted", "messages"): 1, ("accepted", "parts"): 3}


def test_a_message_that_got_its_price_leaves_the_empty_direction() -> None:
    totals = Totals()
    totals.moved([(work(state="accepted", direction=""), work(state="charged", direction="Beeline"))])
    event = totals.event()
    assert event is not None
    assert [(one.direction, one.state, one.messages) for one in event.items] == [
        ("", "accepted", -1),
        ("Beeline", "charged", 1),
    ]


def test_the_day_is_that_of_the_acceptance_in_utc() -> None:
    totals = Totals()
    totals.moved([(work(), work(state="delivered", final_at=NOW + timedelta(days=2)))])
    event = totals.event()
    assert event is not None
    assert {one.day for one in event.items} == {"2026-11-22"}


@given(st.lists(st.tuples(st.sampled_from(STATES), st.integers(0, 9_000)), min_size=2, max_size=8), st.data())
def test_the_differences_of_a_way_add_up_to_its_end_in_any_order(steps: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    way = [work(state=state, charged=charged, cost=charged // 2) for state, charged in steps]
    events = []
    first = Totals()
    first.added(way[:1])
    events.append(first.event())
    for before, after in itertools.pairwise(way):
        totals = Totals()
        totals.moved([(before, after)])
        events.append(totals.event())
    end = way[-1]
    expected = {"messages": 1, "parts": end.parts, "charged": end.charged, "cost": end.cost}
    shuffled = data.draw(st.permutations(events))
    assert _sums(*shuffled) == {(end.state, name): value for name, value in expected.items() if value}
