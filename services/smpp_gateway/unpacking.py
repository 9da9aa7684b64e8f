"""Making messages of the large orders in the log: when nothing large is being accepted, and at once of what is asked for.

An order leaves the log in the transaction that stores its messages, so each becomes messages once, whatever dies when, and
is found from the moment its acceptance was answered: whoever reads or changes messages of an advertiser brings out of the
log what may be among them first (`of_ids`, `of_terms`, `newest`), in its own transaction.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence

import eventlet
from sqlalchemy import Connection

from contracts.errors import Unavailable
from kit.database import after_commit
from kit.failpoints import failpoint
from services.smpp_gateway import metrics, repository_orders, storing
from services.smpp_gateway.context import Context
from services.smpp_gateway.order_log import LargeOrder
from services.smpp_gateway.order_pace import LULL_SECONDS, Seen
from services.smpp_gateway.work import Work

log = logging.getLogger(__name__)


class Unpacking:
    """`monotonic`: seconds by a clock that only goes forward."""

    def __init__(self, context: Context, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._context, self._monotonic = context, monotonic

    def run_once(self) -> bool:
        """Make messages of one order, unless this is to wait; whether there is more to do now."""
        context, pace = self._context, self._context.order_pace
        with context.db.begin() as connection:
            waiting = repository_orders.seen(connection)
        if pace.stands_back(self._monotonic(), context.clock.now(), waiting):
            self._look_again()
            return False
        offered = pace.offered(self._monotonic(), waiting)
        return bool(offered) and self._one_of(offered, waiting)

    def _look_again(self) -> None:
        """Once, after a lull, however many orders come until then."""
        pace = self._context.order_pace

        def look() -> None:
            pace.looks_again = False
            self._context.wakes.unpack.set()

        if not pace.looks_again:
            pace.looks_again = True
            eventlet.spawn_after(LULL_SECONDS, look)

    def _one_of(self, offered: Sequence[Seen], waiting: Sequence[Seen]) -> bool:
        pace, order = self._context.order_pace, None
        try:
            with self._context.db.begin() as connection:
                order = repository_orders.take_one(connection, [one.id for one in offered])
                if order is not None:
                    _store(self._context, connection, [order])
                    failpoint("unpack.stored")
        except Unavailable:
            raise
        except Exception:
            # The others are not held up by one that can't be stored; the audit tells of it when it grows old.
            log.exception("a large order could not be made messages of")
            pace.leave(self._monotonic(), order.first_id if order else offered[0].id)
            return True
        failpoint("unpack.committed")
        if order is None:
            return False
        pace.took(order.advertiser_id, waiting)
        return True

    def measure(self, connection: Connection) -> None:
        """Set the gauges."""
        waiting = repository_orders.seen(connection)
        ages = [(self._context.clock.now() - one.accepted_at).total_seconds() for one in waiting[:1]]
        metrics.order_log.set(sum(one.messages for one in waiting))
        metrics.order_log_oldest.set(max(0.0, *ages) if ages else 0.0)


def of_ids(context: Context, connection: Connection, advertiser_id: str, ids: Collection[str]) -> None:
    """From here on `connection` finds the advertiser's messages of these ids that were in the log."""
    _store(context, connection, repository_orders.take_of_ids(connection, advertiser_id, ids))


def of_terms(context: Context, connection: Connection, advertiser_id: str, terms: Collection[str]) -> None:
    """The same of all whose recipient or client_ref is one of these."""
    _store(context, connection, repository_orders.take_of_terms(connection, advertiser_id, terms))


def of_ids_and_terms(
    context: Context, connection: Connection, advertiser_id: str, ids: Collection[str], terms: Collection[str]
) -> None:
    """Both at once, for whoever needs both in one transaction: one after the other, two of them could wait in a circle."""
    _store(context, connection, repository_orders.take_of_ids_and_terms(connection, advertiser_id, ids, terms))


def newest(
    context: Context,
    connection: Connection,
    advertiser_id: str,
    before: str | None,
    most: int,
    terms: Collection[str] = (),
) -> None:
    """The same of the advertiser's `most` newest messages, of those before that id; and of these terms."""
    if terms:
        orders = repository_orders.take_newest_and_of_terms(connection, advertiser_id, before, most, terms)
    else:
        orders = repository_orders.take_newest(connection, advertiser_id, before, most)
    _store(context, connection, orders)


def _store(context: Context, connection: Connection, orders: Sequence[LargeOrder]) -> None:
    """One order after the other: only what is handed on is kept of their messages."""
    leased: list[Work] = []
    states: Counter[tuple[str, str | None]] = Counter()
    now = context.clock.now()
    for order in orders:
        works = order.works()
        storing.store(context, connection, works, now, before=len(leased))
        leased += storing.kept(works)
        states.update((work.state, work.reason) for work in works)

    def committed() -> None:
        metrics.count_states(states.elements())
        storing.keep(context, leased)

    if orders:
        after_commit(connection, committed)
