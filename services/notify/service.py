"""The notify service: entrypoints only."""

import re
from datetime import timedelta
from typing import Any

from eventlet import tpool
from sqlalchemy import Row

from contracts.accounts import AccountsClient, Advertiser, Partner
from contracts.billing import BalanceLevelCrossed, PartnerFundsEnded
from contracts.errors import Malformed, NotFound
from contracts.events import Envelope
from contracts.notify import Letter
from contracts.wire import many_to_wire
from kit.clock import maybe_rfc3339, to_rfc3339
from kit.outbox import first_time, forget_old
from kit.service import ClockProvider, Database, RpcTo, SettingsProvider, Wake, loop, on_event, rpc
from services.notify import repository, smtp
from services.notify.letters import funds_ended_rows, small_balance_row
from services.notify.service_webhooks import WebhookEntrypoints

SEND_BATCH = 50
LOOKUP_BATCH = 1_000
LETTERS_KEPT = timedelta(days=365)
NO_SERVER = "No mail server is configured: the letter waits for GOLUB_SMTP_URL."

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class NotifyService(WebhookEntrypoints):
    name = "notify"

    db = Database()
    clock = ClockProvider()
    settings = SettingsProvider()
    accounts = RpcTo(AccountsClient)
    letters_wake = Wake()

    @on_event(BalanceLevelCrossed)
    def balance_level_crossed(self, envelope: Envelope, payload: BalanceLevelCrossed) -> None:
        """A letter per crossing, in the transaction that remembers the event: never lost, never written twice."""
        known = self._advertisers({item.advertiser_id for item in payload.items})
        rows = [small_balance_row(item, known.get(item.advertiser_id), self.clock.now()) for item in payload.items]
        with self.db.begin() as connection:
            if first_time(connection, "notify.balance_level_crossed", envelope.id):
                repository.add(connection, rows)
        self.letters_wake.set()

    @on_event(PartnerFundsEnded)
    def partner_funds_ended(self, envelope: Envelope, payload: PartnerFundsEnded) -> None:
        """Letters to the partner and to the operator, as above."""
        known, operator_mail, now = self._partners(payload), self.settings.operator_mail, self.clock.now()
        rows = [
            row
            for item in payload.items
            for row in funds_ended_rows(item, known.get(item.partner_id), operator_mail, now)
        ]
        with self.db.begin() as connection:
            if first_time(connection, "notify.partner_funds_ended", envelope.id):
                repository.add(connection, rows)
        self.letters_wake.set()

    def _advertisers(self, ids: set[str]) -> dict[str, Advertiser]:
        return {one.id: one for batch in _batches(ids) for one in self.accounts.advertisers(batch)}

    def _partners(self, payload: PartnerFundsEnded) -> dict[str, Partner]:
        ids = {item.partner_id for item in payload.items}
        return {one.id: one for batch in _batches(ids) for one in self.accounts.partners(batch)}

    @loop(every_seconds=15.0, wake="letters_wake")
    def send_due(self) -> bool:
        """Send what is due; True while there may be more. No transaction stays open during the sending."""
        settings = self.settings
        try:
            server = smtp.server_of(settings.smtp_url) if settings.smtp_url else None
        except ValueError as error:
            return self._wait(str(error))
        if server is None:
            return self._wait(NO_SERVER)
        with self.db.begin() as connection:
            due = repository.claim(connection, self.clock.now(), SEND_BATCH)
        if not due:
            return False
        outcomes = tpool.execute(smtp.deliver, server, settings.mail_from, due)
        with self.db.begin() as connection:
            repository.record(connection, outcomes, self.clock.now())
        return len(due) == SEND_BATCH

    def _wait(self, error: str) -> bool:
        with self.db.begin() as connection:
            repository.explain_waiting(connection, error)
        return False

    @loop(every_seconds=3600.0)
    def tidy(self) -> bool:
        with self.db.begin() as connection:
            forget_old(connection)
            dropped = repository.drop_old(connection, self.clock.now() - LETTERS_KEPT)
        return dropped == repository.TIDY_ROWS

    @rpc
    def letters(self, partner_id: str, limit: int = 100) -> list[dict[str, Any]]:
        if not _UUID.fullmatch(partner_id):
            raise NotFound("There is no such partner.")
        if not 1 <= limit <= repository.MOST_LISTED:
            raise Malformed(f"The limit is 1 to {repository.MOST_LISTED}.")
        with self.db.begin() as connection:
            return many_to_wire(map(_letter, repository.newest(connection, partner_id, limit)))


def _batches(ids: set[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[start : start + LOOKUP_BATCH] for start in range(0, len(ordered), LOOKUP_BATCH)]


def _letter(row: Row) -> Letter:
    return Letter(
        id=row.id,
        partner_id=row.partner_id,
        advertiser_id=row.advertiser_id,
        kind=row.kind,
        recipient=row.recipient,
        subject=row.subject,
        state=row.state,
        attempts=row.attempts,
        error=row.error,
        created_at=to_rfc3339(row.created_at),
        sent_at=maybe_rfc3339(row.sent_at),
    )
