"""What was written down ahead, and how fast a bind is held to be."""

from datetime import UTC, datetime

from services.smpp_gateway.link_pace import Speed
from services.smpp_gateway.link_types import Submission
from services.smpp_gateway.pdu import SubmitSm
from services.smpp_gateway.stock import Prepared, Stock
from services.smpp_gateway.work import PRIORITY_ADVERTISING, PRIORITY_URGENT, PartKey, Work

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _prepared(ordinal: int, priority: int = PRIORITY_ADVERTISING, since: float = 0.0) -> Prepared:
    work = Work(
        str(ordinal), "", "", "", "", "", "submitting", None, 1, 1, 1, 0, 0, 0, 0, 0, None, NOW, NOW, None, None,
        priority=priority,
    )  # fmt: skip
    pdu = SubmitSm(1, "", 0, 0, "", 0, 0, "", 0, 0)
    return Prepared(Submission(PartKey(str(ordinal), 1, 1), pdu), ordinal, work, since)


def _ordinals(stock: Stock) -> list[int]:
    return [one.ordinal for one in stock.first(100)]


def test_what_was_not_taken_goes_first_again() -> None:
    stock = Stock()
    stock.put(map(_prepared, range(1, 6)))
    chunk = stock.first(3)
    stock.drop(3)
    stock.put_back(chunk[1:])
    assert _ordinals(stock) == [2, 3, 4, 5]
    assert [one.ordinal for one in stock.take(lambda one: one.ordinal % 2 == 0)] == [2, 4]
    assert _ordinals(stock) == [3, 5]


def test_only_what_is_more_urgent_than_what_waits_long_overtakes_it() -> None:
    stock = Stock()
    assert not stock.overtaken_by(PRIORITY_URGENT, 1.0)
    stock.put([_prepared(1)])
    assert stock.overtaken_by(PRIORITY_URGENT, 1.0)
    assert not stock.overtaken_by(PRIORITY_URGENT, -1.0)
    assert not stock.overtaken_by(PRIORITY_ADVERTISING, 1.0)
    assert not stock.overtaken_by(None, 1.0)


def test_a_bind_is_as_fast_as_it_was_in_the_last_second_or_two() -> None:
    seconds = [0.0]
    speed = Speed(lambda: seconds[0])
    speed.note(100)
    assert speed.per_second == 0, "too early to tell"
    seconds[0] = 0.5
    assert speed.per_second == 200
    seconds[0] = 1.0
    assert speed.per_second == 100
    speed.note(50)
    seconds[0] = 1.5
    assert speed.per_second == 100
    seconds[0] = 2.0
    assert speed.per_second == 50
    seconds[0] = 9.0
    assert speed.per_second == 0
