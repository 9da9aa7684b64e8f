"""A yes to a text is believed for a time; what waits or is refused is asked about each time."""

from datetime import timedelta

import pytest

from contracts.senders_texts import TextItem, TextVerdict
from kit.clock import FixedClock
from services.smpp_gateway import known_texts
from services.smpp_gateway.known_texts import KnownTexts
from tests.unit.smpp_gateway.samples import NOW

GOOD, BAD = ("a", "GOLUB", "привет"), ("a", "GOLUB", "казино")
BELIEVED = timedelta(seconds=5)


class Asked:
    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def judge(self, items: list[TextItem]) -> list[TextVerdict]:
        self.calls.append([one.text for one in items])
        held = TextVerdict(verdict="hold", item_id="1")
        return [TextVerdict(verdict="pass") if one.text == "привет" else held for one in items]


def test_only_what_is_not_known_to_pass_is_asked_about_in_one_call() -> None:
    asked, clock = Asked(), FixedClock(NOW)
    known = KnownTexts(asked.judge, clock)
    assert known.objections([GOOD], BELIEVED) == {}
    assert set(known.objections([GOOD, BAD, BAD], BELIEVED)) == {BAD}
    assert set(known.objections([GOOD, BAD], BELIEVED)) == {BAD}
    clock.advance(5)
    assert known.objections([GOOD], BELIEVED) == {}
    assert asked.calls == [["привет"], ["казино"], ["казино"], ["привет"]]


def test_other_rules_are_asked_for_at_once() -> None:
    asked = Asked()
    known = KnownTexts(asked.judge, FixedClock(NOW))
    known.objections([GOOD], BELIEVED)
    known.forget(["b"])
    known.objections([GOOD], BELIEVED)
    known.forget()
    known.objections([GOOD], BELIEVED)
    assert len(asked.calls) == 2


def test_it_remembers_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_texts, "MOST_KEPT", 3)
    known = KnownTexts(Asked().judge, FixedClock(NOW))
    for number in range(10):
        known.objections([(str(number), "GOLUB", "привет")], BELIEVED)
        assert len(known._passed) <= 3
