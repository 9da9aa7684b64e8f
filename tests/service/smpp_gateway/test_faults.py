"""The database fails at each transaction of the way in turn, before it, in it, or at its end without saying so."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from contracts.errors import Unavailable
from kit.database import Transactions
from tests.service.smpp_gateway.rooms import PRICE, Room

#: Transactions of a message's way: accept, charge, submit, response, receipt, and two of the settlement.
TRANSACTIONS = 7


class Failing:
    """Transactions whose n-th fails once."""

    def __init__(self, inner: Transactions, at: int, kind: str) -> None:
        self.inner, self.left, self.kind = inner, at, kind

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        self.left -= 1
        fails = self.left == 0
        if fails and self.kind == "before":
            raise Unavailable("no connection")
        with self.inner.begin() as connection:
            yield connection
            if fails and self.kind == "in":
                raise Unavailable("statement timeout")
        if fails and self.kind == "after":
            raise Unavailable("the connection broke during the commit")

    at_once = begin
    expecting = Transactions.expecting


@pytest.mark.parametrize("kind", ["before", "in", "after"])
@pytest.mark.parametrize("at", range(1, TRANSACTIONS + 1))
def test_a_message_ends_once_whichever_transaction_fails(room: Room, at: int, kind: str) -> None:
    good, room.tariffs.by_delivered = room.db, True
    failing = Failing(good, at, kind)
    room.context.db = room.db = failing  # type: ignore[assignment]
    told: list[str] = []
    for _ in range(2):
        if not told:
            told = _tried(lambda: room.accept("79030000001", key="order")) or []
    assert told
    for _ in range(3):
        for step in (room.sweeping.claim_accepted, room.charging.run_once, lambda: room.sweeping.claim_charged("main")):
            _tried(step)
        _tried(room.submitting.run_once)
        if room.link.sent:
            for _ in range(2):
                _tried(room.respond)
                _tried(lambda: room.ends.on_receipts([room.receipt("smsc0")]))
        for step in (room.ends.match_early, lambda: room.sweeping.overdue("main"), room.settling.run_once):
            _tried(step)
        room.clock.advance(160)
    room.context.db = room.db = good
    work = room.work(told[0])
    assert len(room.link.sent) <= 1
    assert room.count("message") == len(room.billing.charges) == 1
    assert work.due_at is None or work.state == "submitted"
    if room.link.sent:
        assert (work.state, work.charged) == ("delivered", PRICE)


def _tried(step):  # type: ignore[no-untyped-def]
    try:
        return step()
    except Unavailable:
        return None
