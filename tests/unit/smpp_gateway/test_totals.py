import itertools
from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.smpp_gateway import TotalsChange
from services.smpp_gateway.totals import Totals
from tests.unit.smpp_gateway.samples import NOW, work

STATES = ("accepted", "held", "charged", "submitted", "delivered", "refused")


def _sums(*batches: list[TotalsChange]) -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for batch in batches:
        for item in batch:
            for name in ("messages", "parts", "charged", "cost"):
                sums[item.state, name] += getattr(item, name)
    return Counter({key: value for key, value in sums.items() if value})


def test_what_changed_nothing_is_not_told() -> None:
    totals = Totals()
    totals.moved([(work(), work())])
    assert totals.changes() == []


def test_a_new_message_counts_under_its_state() -> None:
    totals = Totals()
    totals.added([work(state="accepted", parts=3, charged=0, cost=0)])
    assert _sums(totals.changes()) == {("accepted", "messages"): 1, ("accepted", "parts"): 3}


def test_a_message_that_got_its_price_leaves_the_empty_direction() -> None:
    totals = Totals()
    totals.moved([(work(state="accepted", direction=""), work(state="charged", direction="Beeline"))])
    assert [(one.direction, one.state, one.messages) for one in totals.changes()] == [
        ("", "accepted", -1),
        ("Beeline", "charged", 1),
    ]


def test_the_day_is_that_of_the_acceptance_in_utc() -> None:
    totals = Totals()
    totals.moved([(work(), work(state="delivered", final_at=NOW + timedelta(days=2)))])
    assert {one.day for one in totals.changes()} == {"2026-11-22"}


@given(st.lists(st.tuples(st.sampled_from(STATES), st.integers(0, 9_000)), min_size=2, max_size=8), st.data())
def test_the_differences_of_a_way_add_up_to_its_end_in_any_order(steps: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    way = [work(state=state, charged=charged, cost=charged // 2) for state, charged in steps]
    batches = []
    first = Totals()
    first.added(way[:1])
    batches.append(first.changes())
    for before, after in itertools.pairwise(way):
        totals = Totals()
        totals.moved([(before, after)])
        batches.append(totals.changes())
    end = way[-1]
    expected = {"messages": 1, "parts": end.parts, "charged": end.charged, "cost": end.cost}
    shuffled = data.draw(st.permutations(batches))
    assert _sums(*shuffled) == {(end.state, name): value for name, value in expected.items() if value}
