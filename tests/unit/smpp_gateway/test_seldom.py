"""How often a stage that is woken again and again looks for what only time brings about."""

import pytest

from services.smpp_gateway.seldom import EVERY_SECONDS, Seldom


class Looks:
    """Each look finds what is next in `found`."""

    def __init__(self, *found: bool | Exception) -> None:
        self.now, self.found = 100.0, list(found)
        self.seldom = Seldom(self.look, lambda: self.now)

    def look(self) -> bool:
        found = self.found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def test_the_first_call_looks_and_the_next_one_after_a_while() -> None:
    looks = Looks(False, False)
    assert [looks.seldom() for _ in range(3)] == [False] * 3
    assert len(looks.found) == 1
    looks.now += EVERY_SECONDS
    looks.seldom()
    assert looks.found == []


def test_where_there_may_be_more_the_next_call_looks_at_once() -> None:
    looks = Looks(True, True, False)
    assert [looks.seldom() for _ in range(5)] == [True, True, False, False, False]


def test_a_look_that_failed_is_made_up_for() -> None:
    looks = Looks(ValueError(), False)
    with pytest.raises(ValueError):
        looks.seldom()
    looks.seldom()
    assert looks.found == []
