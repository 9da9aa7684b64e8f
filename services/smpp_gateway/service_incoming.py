"""smpp_gateway: the entrypoints of what people write to our numbers, and of the stop list."""

from datetime import timedelta
from typing import Any

from contracts.errors import Malformed, NotFound
from contracts.smpp_incoming import Forwarding, IncomingPage, IncomingView, StopEntry, StopPage, StopWords
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.clock import to_rfc3339
from kit.ids import uuid7_floor
from kit.service import loop, rpc
from services.smpp_gateway import (
    numbering,
    repository_forward,
    repository_incoming,
    repository_numbers,
    repository_stop,
)
from services.smpp_gateway.admission import canonical
from services.smpp_gateway.incoming import Incoming

MOST_LISTED = 200
MOST_SEARCH = 20
#: A client that does not bind for so long misses messages of people; they stay in its list.
FORWARDS_KEPT = timedelta(days=7)
INCOMING_KEPT = timedelta(days=400)
PARTS_KEPT = timedelta(days=1)
TIDY_ROWS = 5_000
MANUAL = "manual"


class IncomingEntrypoints:
    """Part of `SmppGatewayService`, whose dependencies these are."""

    db: Any
    clock: Any
    accounts: Any
    gateway: Any

    @rpc
    def incoming(self, advertiser_id: str, cursor: str | None, limit: int, search: str) -> dict[str, Any]:
        return self._incoming(canonical(advertiser_id), cursor, limit, search)

    @rpc
    def incoming_of_nobody(self, cursor: str | None, limit: int, search: str) -> dict[str, Any]:
        return self._incoming(None, cursor, limit, search)

    def _incoming(self, owner: str | None, cursor: str | None, limit: int, search: str) -> dict[str, Any]:
        limit, before = _bounded(limit), cursor and canonical(cursor)
        with self.db.begin() as connection:
            found = repository_incoming.page(connection, owner, before=before, piece=_digits(search), limit=limit + 1)
            fates = repository_forward.fates(connection, [one.id for one in found])
        views = [_view(one, fates.get(one.id, ("", 0))[0]) for one in found[:limit]]
        return to_wire(IncomingPage(items=views, next_cursor=views[-1].id if len(found) > limit else None))

    @rpc
    def incoming_numbers(self, partner_id: str | None) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire(numbering.listed(connection, partner_id and canonical(partner_id)))

    @rpc
    def put_incoming_number(self, number: str, partner_id: str | None, author: str) -> dict[str, Any]:
        number, owner, now = numbering.checked_number(number), partner_id and canonical(partner_id), self.clock.now()
        if owner and not self.accounts.partners([owner]):
            raise NotFound("There is no such partner.")
        with self.db.begin() as connection:
            return to_wire(numbering.give_number(connection, number, owner or None, author, now))

    @rpc
    def drop_incoming_number(self, number: str) -> None:
        with self.db.begin() as connection:
            if not repository_numbers.drop(connection, numbering.checked_number(number)):
                raise NotFound("There is no such object.")

    @rpc
    def set_incoming_owner(
        self, partner_id: str, number: str, keyword: str, advertiser_id: str | None, author: str
    ) -> dict[str, Any]:
        partner_id, number = canonical(partner_id), numbering.checked_number(number)
        keyword, now = numbering.checked_keyword(keyword), self.clock.now()
        owner = advertiser_id and numbering.own_advertiser(self.accounts, partner_id, advertiser_id)
        with self.db.begin() as connection:
            known = numbering.one(connection, number)
            if known.partner_id != partner_id:
                raise NotFound("There is no such object.")
            numbering.set_owner(connection, known, keyword, owner or None, author, now)
            return to_wire(numbering.one(connection, number))

    @rpc
    def forwarding(self, advertiser_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            smpp, states = repository_forward.settings(connection, canonical(advertiser_id))
        return to_wire(Forwarding(smpp=smpp, states=states))

    @rpc
    def set_forwarding(self, partner_id: str, advertiser_id: str, change: dict[str, Any]) -> None:
        owner, wanted = (
            numbering.own_advertiser(self.accounts, partner_id, advertiser_id),
            from_wire(Forwarding, change),
        )
        with self.db.begin() as connection:
            repository_forward.put_setting(connection, owner, wanted.smpp, wanted.states)
        self.look_for_watchers()

    @loop(every_seconds=5.0)
    def look_for_watchers(self) -> None:
        """Who wants to be told how its messages ended: looked up beforehand, as every message that ends asks."""
        with self.db.begin() as connection:
            self.gateway.context.watchers = repository_forward.watchers(connection)

    @rpc
    def stop_list(self, advertiser_id: str, cursor: str | None, limit: int, search: str) -> dict[str, Any]:
        owner, limit = canonical(advertiser_id), _bounded(limit)
        after = (cursor or "")[:MOST_SEARCH].replace("\x00", "")
        with self.db.begin() as connection:
            rows = repository_stop.page(connection, owner, after=after, piece=_digits(search), limit=limit + 1)
        items = [
            StopEntry(recipient=one.recipient, reason=one.reason, author=one.author, at=to_rfc3339(one.at))
            for one in rows[:limit]
        ]
        return to_wire(StopPage(items=items, next_cursor=items[-1].recipient if len(rows) > limit else None))

    @rpc
    def stop_add(self, advertiser_id: str, recipients: list[str], author: str) -> int:
        pairs = {(canonical(advertiser_id), one) for one in numbering.checked_recipients(recipients)}
        with self.db.begin() as connection:
            by = author[: numbering.MOST_AUTHOR].replace("\x00", "")
            return repository_stop.add(connection, pairs, MANUAL, by, self.clock.now())

    @rpc
    def stop_remove(self, advertiser_id: str, recipients: list[str]) -> int:
        pairs = {(canonical(advertiser_id), one) for one in numbering.checked_recipients(recipients)}
        with self.db.begin() as connection:
            return repository_stop.remove(connection, pairs)

    @rpc
    def stop_words(self) -> dict[str, Any]:
        with self.db.begin() as connection:
            return to_wire(numbering.words(connection))

    @rpc
    def set_stop_words(self, words: dict[str, Any]) -> dict[str, Any]:
        given = numbering.checked_words(from_wire(StopWords, words))
        with self.db.begin() as connection:
            repository_stop.put_words(connection, given)
            return to_wire(numbering.words(connection))

    @loop(every_seconds=60.0)
    def look_after_incoming(self) -> bool:
        """Hand on long messages that will never be whole; let go of what nobody comes for, and of what is old."""
        now = self.clock.now()
        more = self.gateway.receiving.forward_incomplete()
        with self.db.begin() as connection:
            expired = repository_forward.expire(connection, str(uuid7_floor(now - FORWARDS_KEPT)), now, TIDY_ROWS)
            dropped = repository_incoming.drop_old(connection, str(uuid7_floor(now - INCOMING_KEPT)), TIDY_ROWS)
            repository_incoming.drop_parts(connection, now - PARTS_KEPT)
        self.gateway.client_messages.count("expired", expired)
        return more or TIDY_ROWS in (expired, dropped)


def _view(one: Incoming, smpp: str) -> IncomingView:
    return IncomingView(
        id=one.id,
        advertiser_id=one.advertiser_id,
        number=one.number,
        sender=one.sender,
        text=one.text,
        keyword=one.keyword,
        kind=one.kind,
        parts=one.parts,
        parts_total=one.parts_total,
        received_at=to_rfc3339(one.received_at),
        repeat_of=one.repeat_of,
        smpp=smpp,
    )


def _bounded(limit: int) -> int:
    if not 1 <= limit <= MOST_LISTED:
        raise Malformed(f"The limit is 1 to {MOST_LISTED}.")
    return limit


def _digits(search: str) -> str:
    """A piece of a number as people write it; what is no number is found nowhere."""
    kept = "".join(one for one in search[:MOST_SEARCH] if one.isascii() and one.isdigit())
    return kept if kept or not search.strip() else "x"
