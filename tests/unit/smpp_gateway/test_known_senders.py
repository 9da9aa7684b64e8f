"""A yes to a sender is believed for a time, a no never."""

from datetime import timedelta

import pytest

from contracts.errors import Unavailable
from contracts.senders import CheckItem, CheckResult
from kit.clock import FixedClock
from services.smpp_gateway import known_senders
from services.smpp_gateway.known_senders import FREE, KnownSenders, Standing
from tests.unit.smpp_gateway.samples import NOW

GOOD, BAD = ("a", "GOLUB"), ("b", "EAGLE")
BELIEVED = timedelta(seconds=5)


class Asked:
    def __init__(self) -> None:
        self.calls: list[list[tuple[str, str]]] = []
        self.away = False

    def check(self, items: list[CheckItem]) -> list[CheckResult]:
        self.calls.append([(one.advertiser_id, one.sender) for one in items])
        if self.away:
            raise Unavailable("senders is away")
        return [
            CheckResult(
                advertiser_id=one.advertiser_id,
                sender=one.sender,
                refusal=None if one.sender == "GOLUB" else "sender_unknown",
            )
            for one in items
        ]


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def test_a_yes_is_asked_for_again_when_it_is_too_old(asked: Asked, clock: FixedClock) -> None:
    known = KnownSenders(asked.check, clock)
    for seconds in (0, 4.9, 0.1, 4.9):
        clock.advance(seconds)
        assert known.standings({GOOD}, BELIEVED) == {GOOD: FREE}
    assert asked.calls == [[GOOD], [GOOD]]


def test_a_no_is_asked_for_each_time_and_only_what_is_not_known_is_asked(asked: Asked, clock: FixedClock) -> None:
    known = KnownSenders(asked.check, clock)
    known.standings({GOOD}, BELIEVED)
    for _ in range(2):
        assert known.standings({GOOD, BAD}, BELIEVED) == {GOOD: FREE, BAD: Standing("sender_unknown")}
    assert asked.calls == [[GOOD], [BAD], [BAD]]


def test_a_changed_mind_is_asked_for_at_once(asked: Asked, clock: FixedClock) -> None:
    known = KnownSenders(asked.check, clock)
    known.standings({GOOD}, BELIEVED)
    known.forget(["b"])
    known.standings({GOOD}, BELIEVED)
    known.forget(["a"])
    known.standings({GOOD}, BELIEVED)
    assert len(asked.calls) == 2


def test_what_cannot_be_asked_is_not_answered(asked: Asked, clock: FixedClock) -> None:
    asked.away = True
    with pytest.raises(Unavailable):
        KnownSenders(asked.check, clock).standings({GOOD}, BELIEVED)


def test_it_remembers_so_many_and_no_more(asked: Asked, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_senders, "MOST_KEPT", 3)
    known = KnownSenders(asked.check, clock)
    for number in range(10):
        known.standings({(str(number), "GOLUB")}, BELIEVED)
        assert len(known._since) <= 3
