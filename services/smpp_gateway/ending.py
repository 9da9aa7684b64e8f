"""How messages end: receipts find their parts, messages follow from parts (`following.py`)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import Connection

from kit.database import after_commit
from kit.failpoints import failpoint
from kit.ids import uuid7, uuid7_floor
from services.smpp_gateway import metrics, moving, repository, repository_parts, repository_waiting
from services.smpp_gateway.context import Context, Limits
from services.smpp_gateway.ended import Ended
from services.smpp_gateway.following import follow, given_up
from services.smpp_gateway.link_pairs import Origin
from services.smpp_gateway.link_settings import LinkSettings, ReceiptFormat
from services.smpp_gateway.outcome import PART_FINAL, outcomes
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.receipt import Receipt, normalise_message_id, parse_receipt, receipt_message_id
from services.smpp_gateway.receiving import Receiving
from services.smpp_gateway.recipient import normalise
from services.smpp_gateway.repository_parts import Ending, OpenPart
from services.smpp_gateway.work import FINAL, PartKey, PartRow, Work

#: Clocks of processes differ, and an id is made a moment before its message is stored.
_MARGIN = timedelta(hours=1)


class Ends:
    def __init__(
        self,
        context: Context,
        link_name: str,
        id_base: str = "as_is",
        *,
        receipt_format: ReceiptFormat = "either",
        receipt_zone: tzinfo = UTC,
    ) -> None:
        self._context, self._name, self._id_base = context, link_name, id_base
        #: The link whose parts the receipts are of: another one where this is a receiver that brings them (`link_pairs.py`).
        self._origin = link_name
        self._receiving = Receiving(context)
        self._form, self._zone = receipt_format, receipt_zone
        self._patience: dict[str, timedelta] = {}
        self._again = False

    def go_by(self, settings: LinkSettings, origin: Origin) -> None:
        """From now on the link's SMSC writes receipts as its settings say, and these are of the messages of `origin`."""
        self._form, self._zone = settings.receipt_format, settings.receipt_zone
        self._origin, self._id_base = origin.link, origin.id_base
        self._patience, self._again = dict(origin.patience), origin.again

    @property
    def limits(self) -> Limits:
        """How long parts on this link wait."""
        limits = self._context.limits
        if not self._patience and not self._again:
            return limits
        unresolved = self._patience.get("unresolved", limits.unresolved)
        return replace(
            limits,
            unresolved=unresolved,
            receipt_timeout=self._patience.get("receipt_timeout", limits.receipt_timeout),
            resend_unresolved=self._again,
        )

    def stored_id(self, smsc_message_id: str | None) -> str | None:
        """The form in which a submit_sm_resp's message id is stored, by the link's id base."""
        return smsc_message_id and normalise_message_id(smsc_message_id, self._id_base)

    def on_receipts(self, pdus: Sequence[DeliverSm]) -> None:
        """Store final receipts, one that matches nothing yet until its part is known, and what people wrote."""
        now = self._context.clock.now()
        read = [(pdu, parse_receipt(pdu, self._zone, self._form)) for pdu in pdus]
        endings = [self._ending(pdu, receipt, now) for pdu, receipt in read if receipt is not None and receipt.is_final]
        messages = [pdu for pdu, receipt in read if receipt is None]
        if not endings and not messages:
            return

        def stored(connection: Connection) -> int:
            if messages:
                self._receiving.store(connection, self._name, messages, now)
            known = self._match(connection, [one.smsc_message_id for one in endings], now) if endings else {}
            matched = [(key, one) for one in endings for key in known.get(one.smsc_message_id, ())]
            self._end_parts(connection, matched, now)
            rest = [one for one in endings if one.smsc_message_id not in known]
            repository_waiting.store_early(connection, rest)
            return len(rest)

        kept = self._context.db.expecting(stored)
        failpoint("receipts.committed")
        metrics.receipts.labels("at once").inc(len(endings) - kept)
        metrics.receipts.labels("kept").inc(kept)

    def _ending(self, pdu: DeliverSm, receipt: Receipt, now: datetime) -> Ending:
        return Ending(
            id=str(uuid7(now)),
            link=self._origin,
            smsc_message_id=self._read_id(receipt.smsc_message_id),
            recipient=pdu.source_addr.removeprefix("+"),
            state=receipt.state,
            error_code=receipt.error_code,
            done_at=receipt.done_at or now,
            received_at=now,
        )

    def _read_id(self, smsc_message_id: str) -> str:
        return receipt_message_id(smsc_message_id, self._id_base)

    def _match(self, connection: Connection, smsc_ids: Sequence[str], now: datetime) -> dict[str, list[PartKey]]:
        limits = self.limits
        since = str(uuid7_floor(now - limits.receipt_timeout - limits.validity - _MARGIN))
        return repository_parts.match(connection, self._origin, smsc_ids, since, repository.id_bounds(now)["oldest"])

    def _end_parts(self, connection: Connection, ended: Sequence[tuple[PartKey, Ending]], now: datetime) -> None:
        """Write the ends of parts, of several receipts of one part the first, and what they make of their messages."""
        if not ended:
            return
        works, changed = repository_parts.lock_and_end(connection, dict(reversed(ended)), now)
        self._time(connection, changed, now)
        self.follow(connection, works, changed, now)

    def end(self, connection: Connection, endings: Mapping[PartKey, Ending], now: datetime) -> list[PartRow]:
        """Write the ends of parts whose messages are locked; those that had not ended before."""
        changed = repository_parts.end(connection, endings, now)
        self._time(connection, changed, now)
        return changed

    def _time(self, connection: Connection, changed: Sequence[PartRow], now: datetime) -> None:
        seconds = [(now - part.submitted_at).total_seconds() for part in changed if part.submitted_at is not None]
        after_commit(connection, lambda: metrics.observe(metrics.submit_to_receipt.labels(self._origin), seconds))

    def follow(
        self,
        connection: Connection,
        works: Mapping[str, Work],
        changed: Collection[PartRow],
        now: datetime,
        *,
        looked_at: bool = False,
    ) -> None:
        """Let locked messages follow from their parts, of which these changed; all of a longer one are read.

        `looked_at`: their time had come, so each needs a new one even if no part changed.
        """
        parts: dict[str, list[PartRow]] = {part.message_id: [part] for part in changed}
        asked = works if looked_at else parts
        whole = [key for key in asked if key in works and (works[key].parts > 1 or key not in parts)]
        parts.update(repository_parts.of_messages(connection, whole))
        pairs, errors = [], {}
        for key in asked:
            work = works.get(key)
            after = work and follow(work, parts.get(key, ()), self.limits, now, looked_at=looked_at)
            if work and after:
                pairs.append((work, after))
                if after.receipts or after.advertiser_id in self._context.watchers:
                    errors[key] = _error_of(parts[key])
        kept = self._keep([after for _, after in pairs], parts, now)
        moved = {after.id for _, after in moving.write(self._context, connection, pairs, repository.FOLLOWING, errors)}
        self._hand_on([one for one in kept if one.work.id in moved], connection)

    def _keep(self, works: Sequence[Work], parts: Mapping[str, Sequence[PartRow]], now: datetime) -> list[Ended]:
        """Give those of these whose money is to be settled a lease, as far as memory has room for them."""
        context, kept = self._context, []
        due = [work for work in works if work.state in FINAL and work.due_at == now]
        for work in due[: context.to_settle.room]:
            work.due_at = context.lease_end(now)
            states = {part.number: part.state for part in parts.get(work.id, ())}
            kept.append(Ended(work, outcomes(states, work.parts)))
        return kept

    def _hand_on(self, kept: Sequence[Ended], connection: Connection) -> None:
        if not kept:
            return

        def committed() -> None:
            self._context.to_settle.put(kept)
            self._context.wakes.settle.set()

        after_commit(connection, committed)

    def give_up(self, connection: Connection, ids: set[str], now: datetime) -> None:
        """Of these charged messages, whose validity is over: what was never submitted expires; of the others the parts that wait to be submitted again do."""
        works = {key: work for key, work in repository.lock(connection, ids).items() if work.state == "charged"}
        parts = repository_parts.of_messages(connection, works)
        untouched = [(work, given_up(work, now)) for key, work in works.items() if not parts[key]]
        moving.write(self._context, connection, untouched, repository.FOLLOWING)
        waiting = {part.key: ("waiting", "unsent") for own in parts.values() for part in own if part.state == "waiting"}
        changed = repository_parts.change(connection, waiting, now, final=PART_FINAL)
        self.follow(connection, works, changed, now)

    def match_early(self) -> None:
        """Receipts that came before their response was stored, or whose response never came (matched by recipient).

        What a receiver brought before it was said whose receipts it brings is kept under its own name.
        """
        for kept_under in dict.fromkeys((self._origin, self._name)):
            self._match_early(kept_under)

    def _match_early(self, kept_under: str) -> None:
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            claimed = repository_waiting.claim_early(connection, kept_under, now, context.limits.batch)
            if not claimed:
                return
            stored = [replace(one, smsc_message_id=self._read_id(one.smsc_message_id)) for one in claimed]
            known = self._match(connection, [one.smsc_message_id for one in stored], now)
            matched = [(key, one) for one in stored for key in known.get(one.smsc_message_id, ())]
            patience = timedelta(seconds=context.limits.early_match_after_seconds)
            orphans = [one for one in stored if one.smsc_message_id not in known and one.received_at + patience <= now]
            open_parts = repository_parts.without_response(
                connection, self._origin, {name for one in orphans for name in _spellings(one.recipient)}
            )
            by_recipient = _by_recipient(orphans, open_parts)
            self._end_parts(connection, [*matched, *by_recipient], now)
            repository_waiting.drop_early(connection, [one.id for _, one in [*matched, *by_recipient]])
        metrics.receipts.labels("later").inc(len(matched))
        metrics.receipts.labels("by recipient").inc(len(by_recipient))


def _spellings(recipient: str) -> set[str]:
    """The number as the SMSC wrote it and as ours are stored."""
    return {recipient, normalise(recipient) or recipient}


def _by_recipient(endings: Sequence[Ending], parts: Mapping[str, list[OpenPart]]) -> list[tuple[PartKey, Ending]]:
    """Give each receipt of an unknown id to the oldest unresolved part of its recipient that it can belong to.

    It must have come after the part was given to the link, and repetitions of it end no second part. While another part of the recipient that went out before the
    receipt still waits for its response, the receipt may be that one's: it waits too.
    """
    matched: list[tuple[PartKey, Ending]] = []
    taken: set[PartKey] = set()
    given: dict[str, PartKey] = {}
    for ending in endings:
        if ending.smsc_message_id in given:
            matched.append((given[ending.smsc_message_id], ending))
            continue
        own = {part.key: part for name in _spellings(ending.recipient) for part in parts.get(name, ())}
        before = [part for part in own.values() if part.since is None or part.since <= ending.received_at]
        if any(part.state == "submitting" for part in before):
            continue
        free = sorted(part.key for part in before if part.key not in taken)
        if free:
            taken.add(free[0])
            given[ending.smsc_message_id] = free[0]
            matched.append((free[0], ending))
    return matched


def _error_of(parts: Sequence[PartRow]) -> str:
    """The operator's number of what went wrong with the first part that has one."""
    codes = [part.error_code for part in parts if part.state != "delivered" and part.error_code]
    return next((code for code in codes if code.isascii() and code.isdigit()), "")
