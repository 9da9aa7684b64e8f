"""Once a second: what was left behind by a process that died, what waits for money, what waited too long."""

from collections.abc import Sequence

from sqlalchemy import Connection

from contracts.billing import FundsAdded
from kit.database import after_commit
from services.smpp_gateway import repository, repository_parts
from services.smpp_gateway.charging import refused
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.work import Work


class Sweeping:
    def __init__(self, context: Context, ends: Ends) -> None:
        self._context, self._ends = context, ends

    def claim_accepted(self) -> bool:
        """Fetch accepted messages nobody works on, as many as memory has room for; whether there may be more."""
        return self._claim("accepted", self._context.to_charge, self._context.wakes.charge)

    def claim_charged(self) -> bool:
        return self._claim("charged", self._context.to_submit, self._context.wakes.submit)

    def _claim(self, state: str, backlog, wake) -> bool:  # type: ignore[no-untyped-def]
        context, now = self._context, self._context.clock.now()
        limit = min(context.limits.batch, backlog.room)
        if limit == 0:
            return False
        with context.db.begin() as connection:
            works = repository.claim(connection, (state,), now=now, lease_until=context.lease_end(now), limit=limit)
        if works:
            backlog.put(works)
            wake.set()
        return len(works) == limit

    def held_for_funds(self) -> bool:
        """Let messages go whose money has come; whether a full batch was looked at."""
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            works = repository.claim(
                connection, ("held",), now=now, lease_until=now + context.limits.funds_look, limit=context.limits.batch
            )
        if not works:
            return False
        fundable = self._fundable(works)
        pairs = []
        for work in works:
            if work.expires_at <= now:
                pairs.append((work, refused(work, "held_too_long", context)))
            elif work in fundable:
                pairs.append((work, work.moved(state="accepted", reason=None, due_at=context.lease_end(now))))
        with context.db.begin() as connection:
            moved = self._ends.write(connection, pairs)
        context.to_charge.put(after for _, after in moved if after.state == "accepted")
        context.wakes.charge.set()
        return len(works) == context.limits.batch

    def _fundable(self, works: Sequence[Work]) -> list[Work]:
        """In order, those that the balances pay for now, so that the rest does not ask billing in vain."""
        accounts = sorted({str(one) for work in works for one in (work.advertiser_id, work.partner_id)})
        balances = {one.account_id: one for one in self._context.billing.balances(accounts)}
        left = {key: 1 << 62 if one.postpaid else one.available for key, one in balances.items()}
        found = []
        for work in sorted(works, key=lambda one: one.id):
            sell, buy = (work.sell_price or 0) * work.parts, (work.buy_price or 0) * work.parts
            owner, partner = str(work.advertiser_id), str(work.partner_id)
            if left[owner] >= sell and left[partner] >= buy:
                left[owner] -= sell
                left[partner] -= buy
                found.append(work)
        return found

    def funds_added(self, connection: Connection, payload: FundsAdded) -> None:
        """Look at the messages that waited for this money once the transaction has committed."""
        now = self._context.clock.now()
        repository.wake_held(connection, "funds", "advertiser_id", payload.advertiser_ids, now)
        repository.wake_held(connection, "partner_funds", "partner_id", payload.partner_ids, now)
        after_commit(connection, self._context.wakes.sweep.set)

    def overdue(self) -> bool:
        """Messages whose receipts or responses did not come in time; whether a full batch was there."""
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            works = repository.claim(
                connection,
                ("submitted", "submitting"),
                now=now,
                lease_until=context.lease_end(now),
                limit=context.limits.batch,
            )
            if not works:
                return False
            stuck = [work for work in works if work.state == "submitting"]
            late = [work for work in works if work.state == "submitted"]
            repository_parts.mark_all(connection, [work.id for work in stuck], was="submitting", state="unresolved")
            for was, state in (("submitted", "unknown"), ("unresolved", "lost")):
                repository_parts.mark_all(connection, [work.id for work in late], was=was, state=state, final_at=now)
            parts = repository_parts.of_messages(connection, [work.id for work in works])
            pairs = [
                (
                    work,
                    work.moved(
                        state="submitted", due_at=now + context.limits.unresolved, submitted_at=work.submitted_at or now
                    ),
                )
                for work in stuck
            ]
            for work in late:
                after = self._ends.final_of(work, [part.state for part in parts[work.id]], now)
                if after is not None:
                    pairs.append((work, after))
            self._ends.write(connection, pairs)
        context.wakes.settle.set()
        return len(works) == context.limits.batch
