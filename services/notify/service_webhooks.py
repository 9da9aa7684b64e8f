"""notify: the entrypoints of what goes to advertisers' webhooks and addresses."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from contracts.accounts import Advertiser
from contracts.errors import Conflict, Malformed, NotFound
from contracts.events import Envelope
from contracts.notify import PROBLEMS, Destination, DestinationChange, WebhookFate
from contracts.smpp_gateway import EndedMessage, IncomingReceived, MessagesEnded
from contracts.smpp_incoming import IncomingItem
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.clock import from_rfc3339
from kit.outbox import first_time
from kit.service import Wake, loop, on_event, rpc
from services.notify import repository, repository_webhooks, secrets
from services.notify.addresses import url_problem
from services.notify.incoming_letters import incoming_row
from services.notify.mail import ascii_address
from services.notify.webhook_sending import WebhookSender
from services.notify.webhooks import KEPT, Kept, new_secret

INCOMING = "incoming.received"
ENDED = "message.ended"
MOST_FATES = 500
MOST_AUTHOR = 100
SEALED_AT_ONCE = 500
LONGEST_EMAIL = 254
EVENTS_KEPT = timedelta(days=30)
TOO_OLD = "Nobody took it for three days"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class WebhookEntrypoints:
    """Part of `NotifyService`, whose dependencies the first ones are."""

    db: Any
    clock: Any
    settings: Any
    wake_letters: Callable[[], None]
    _advertisers: Callable[[set[str]], dict[str, Advertiser]]
    webhooks = WebhookSender()
    webhooks_wake = Wake()

    @on_event(IncomingReceived)
    def incoming_received(self, envelope: Envelope, payload: IncomingReceived) -> None:
        """An event per message for whoever has a webhook, a letter per advertiser for whoever has an address."""
        with self.db.begin() as connection:
            known = repository_webhooks.destinations(connection, {one.advertiser_id for one in payload.items})
        by_mail: dict[str, list[IncomingItem]] = defaultdict(list)
        events = []
        for one in payload.items:
            place = known.get(one.advertiser_id)
            if place is not None and place.url:
                events.append((one.id, one.advertiser_id, json.dumps(_data_of(one)), from_rfc3339(one.received_at)))
            if place is not None and place.email:
                by_mail[one.advertiser_id].append(one)
        owners = self._advertisers(set(by_mail)) if by_mail else {}
        letters = [
            incoming_row(own, known[owner].email, known[owner].partner_id, owners.get(owner), self.clock.now())
            for owner, own in by_mail.items()
        ]
        with self.db.begin() as connection:
            if first_time(connection, "notify.incoming_received", envelope.id):
                repository_webhooks.add_events(connection, INCOMING, events)
                repository.add(connection, letters)
        self.webhooks_wake.set()
        if letters:
            self.wake_letters()

    @on_event(MessagesEnded)
    def messages_ended(self, envelope: Envelope, payload: MessagesEnded) -> None:
        """An event per message, for whoever wants it and has a webhook."""
        with self.db.begin() as connection:
            known = repository_webhooks.destinations(connection, {one.advertiser_id for one in payload.items})
            wanted = {owner for owner, place in known.items() if place.states and place.url}
            events = [
                (one.id, one.advertiser_id, json.dumps(_data_of(one)), from_rfc3339(one.final_at))
                for one in payload.items
                if one.advertiser_id in wanted
            ]
            if events and first_time(connection, "notify.messages_ended", envelope.id):
                repository_webhooks.add_events(connection, ENDED, events)
        self.webhooks_wake.set()

    @loop(every_seconds=1.0, wake="webhooks_wake")
    def send_webhooks(self) -> bool:
        return self.webhooks.send_due(self.db)

    @loop(every_seconds=60.0)
    def seal_secrets(self) -> bool:
        """Those of a time before they were sealed; once they are, this finds none by an index that is empty."""
        with self.db.begin() as connection:
            found = repository_webhooks.open_secrets(connection, SEALED_AT_ONCE)
            vault = secrets.vault_of(self.settings) if found else None
            done = [(owner, secrets.sealed(vault, owner, secret)) for owner, secret in found if vault]
            rows = [{"advertiser": owner, "key_id": one.key_id, "sealed": one.ciphertext} for owner, one in done]
            repository_webhooks.seal(connection, rows)
        return len(found) == SEALED_AT_ONCE

    @loop(every_seconds=60.0)
    def look_after_webhooks(self) -> bool:
        """What nobody took in time has failed; what ended long ago goes."""
        now = self.clock.now()
        with self.db.begin() as connection:
            expired = repository_webhooks.expire(connection, now - KEPT, now, TOO_OLD)
            dropped = repository_webhooks.drop_old(connection, now - EVENTS_KEPT)
        self.webhooks.measure(self.db)
        return repository_webhooks.TIDY_ROWS in (expired, dropped)

    @rpc
    def destination(self, partner_id: str, advertiser_id: str) -> dict[str, Any] | None:
        _check_ids(partner_id, advertiser_id)
        with self.db.begin() as connection:
            row = repository_webhooks.destination(connection, partner_id, advertiser_id)
        return None if row is None else to_wire(self._destination(row))

    @rpc
    def set_destination(
        self, partner_id: str, advertiser_id: str, change: dict[str, Any], author: str
    ) -> dict[str, Any]:
        _check_ids(partner_id, advertiser_id)
        wanted = _checked(from_wire(DestinationChange, change))
        values = {"partner": partner_id, "advertiser": advertiser_id, "now": self.clock.now()}
        values |= self._new_secret(advertiser_id)
        values |= {"url": wanted.url, "email": wanted.email, "states": wanted.states, "author": author[:MOST_AUTHOR]}
        with self.db.begin() as connection:
            if not repository_webhooks.put_destination(connection, values):
                raise NotFound("There is no such advertiser.")
            row = repository_webhooks.destination(connection, partner_id, advertiser_id)
        self.webhooks_wake.set()
        return to_wire(self._destination(row))

    @rpc
    def new_webhook_secret(self, partner_id: str, advertiser_id: str, author: str) -> dict[str, Any]:
        _check_ids(partner_id, advertiser_id)
        values = {"partner": partner_id, "advertiser": advertiser_id, "now": self.clock.now()}
        values |= self._new_secret(advertiser_id)
        with self.db.begin() as connection:
            if not repository_webhooks.put_secret(connection, values | {"author": author[:MOST_AUTHOR]}):
                raise NotFound("There is no such object.")
            row = repository_webhooks.destination(connection, partner_id, advertiser_id)
        return to_wire(self._destination(row))

    @rpc
    def webhook_fates(self, advertiser_id: str, ids: list[str]) -> list[dict[str, Any]]:
        _check_ids(advertiser_id, *ids)
        if len(ids) > MOST_FATES:
            raise Malformed(f"At most {MOST_FATES} ids at once.")
        with self.db.begin() as connection:
            rows = repository_webhooks.fates(connection, advertiser_id, ids)
        return many_to_wire(WebhookFate(id=row[0], state=row[1], attempts=row[2], error=row[3]) for row in rows)

    def _new_secret(self, advertiser_id: str) -> dict[str, str]:
        made = secrets.sealed(secrets.vault_of(self.settings), advertiser_id, new_secret())
        return {"key_id": made.key_id, "sealed": made.ciphertext}

    def _destination(self, row: Row | None) -> Destination:
        """With an empty secret, and the reason, where it can't be read any more."""
        if row is None:
            raise NotFound("There is no such object.")
        kept, secret, error = Kept(row.secret, row.key_id, row.sealed), "", row.error
        try:
            secret = secrets.opened(secrets.vault_of(self.settings), row.advertiser_id, kept)
        except Conflict as lost:
            error = lost.detail
        return Destination(
            url=row.url, secret=secret, email=row.email, states=row.states, failures=row.failures, error=error
        )


def _data_of(item: IncomingItem | EndedMessage) -> dict[str, Any]:
    """What a program of the advertiser gets to know: all but whose it is, which it knows."""
    return {name: value for name, value in to_wire(item).items() if name not in ("id", "advertiser_id")}


def _checked(change: DestinationChange) -> DestinationChange:
    problem = url_problem(change.url) if change.url else None
    if problem:
        raise _malformed("/url", problem)
    if change.email:
        try:
            ascii_address(change.email)
        except ValueError:
            raise _malformed("/email", "email_invalid") from None
        if len(change.email) > LONGEST_EMAIL:
            raise _malformed("/email", "email_invalid")
    if change.states and not change.url:
        raise _malformed("/states", "states_without_url")
    return change


def _malformed(pointer: str, code: str) -> Malformed:
    return Malformed(PROBLEMS[code], {"errors": [{"pointer": pointer, "code": code, "detail": PROBLEMS[code]}]})


def _check_ids(*ids: str) -> None:
    """What is no UUID belongs to nobody."""
    if not all(_UUID.fullmatch(one) for one in ids):
        raise NotFound("There is no such object.")
