"""Once a second: what was left behind by a process that died, what waits for money, what waited too long."""

from collections.abc import Sequence

from sqlalchemy import Connection

from contracts.billing import FundsAdded
from kit.database import after_commit
from kit.loops import WakeHandle
from services.smpp_gateway import moving, repository, repository_parts
from services.smpp_gateway.charging import refused
from services.smpp_gateway.context import Backlog, Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.following import aged
from services.smpp_gateway.outcome import PART_FINAL
from services.smpp_gateway.work import Work


class Sweeping:
    def __init__(self, context: Context, ends: Ends) -> None:
        self._context, self._ends = context, ends

    def claim_accepted(self) -> bool:
        """Fetch accepted messages nobody works on, as many as memory has room for; whether there may be more."""
        return self._claim("accepted", self._context.to_charge, self._context.wakes.charge)

    def claim_charged(self) -> bool:
        return self._claim("charged", self._context.to_submit, self._context.wakes.submit)

    def _claim(self, state: str, backlog: Backlog, wake: WakeHandle) -> bool:
        context, now = self._context, self._context.clock.now()
        limit = min(context.limits.batch, backlog.room)
        if limit == 0:
            return False
        with context.db.begin() as connection:
            works = repository.claim(connection, state, now=now, lease_until=context.lease_end(now), limit=limit)
        if works:
            backlog.put(works)
            wake.set()
        return len(works) == limit

    def held_for_funds(self) -> bool:
        """Let messages go whose money has come; whether a full batch was looked at."""
        context, now = self._context, self._context.clock.now()
        limit = min(context.limits.batch, context.to_charge.room)
        if limit == 0:
            return False
        with context.db.begin() as connection:
            works = repository.claim(
                connection, "held", now=now, lease_until=now + context.limits.funds_look, limit=limit
            )
        if not works:
            return False
        late = {work.id for work in works if work.expires_at <= now}
        fundable = {work.id for work in self._fundable([work for work in works if work.id not in late])}
        pairs = []
        for work in works:
            if work.id in late:
                pairs.append((work, refused(work, "held_too_long", context)))
            elif work.id in fundable:
                pairs.append((work, work.moved(state="accepted", reason=None, due_at=context.lease_end(now))))
        with context.db.begin() as connection:
            moved = moving.write(context, connection, pairs, repository.CHARGING)
        context.to_charge.put(after for _, after in moved if after.state == "accepted")
        context.wakes.charge.set()
        return len(works) == limit

    def _fundable(self, works: Sequence[Work]) -> list[Work]:
        """In order, those that the balances pay for now, so that the rest does not ask billing in vain."""
        accounts = sorted({one for work in works for one in (work.advertiser_id, work.partner_id)})
        balances = {one.account_id: one for one in self._context.billing.balances(accounts)} if accounts else {}
        left = {key: 1 << 62 if one.postpaid else one.available for key, one in balances.items()}
        found = []
        for work in works:
            sell, buy = (work.sell_price or 0) * work.parts, (work.buy_price or 0) * work.parts
            if left[work.advertiser_id] >= sell and left[work.partner_id] >= buy:
                left[work.advertiser_id] -= sell
                left[work.partner_id] -= buy
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
        submitting, submitted = self._overdue("submitting"), self._overdue("submitted")
        return submitting or submitted

    def _overdue(self, state: str) -> bool:
        context, now = self._context, self._context.clock.now()
        limit, lease_end = context.limits.batch, context.lease_end(now)
        with context.db.begin() as connection:
            found = repository.claim(connection, state, now=now, lease_until=lease_end, limit=limit, light=True)
            works = {work.id: work for work in found}
            parts = repository_parts.of_messages(connection, works)
            changes = {
                part.key: (part.state, later)
                for own in parts.values()
                for part in own
                if (later := aged(part, context.limits, now)) is not None
            }
            changed = repository_parts.change(connection, changes, now, final=PART_FINAL)
            self._ends.follow(connection, works, changed, now, looked_at=True)
        return len(found) == limit
