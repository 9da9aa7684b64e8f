"""The notify service: entrypoints only."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from contracts.accounts import AccountsClient, Advertiser, CertificateExpiryNeared, LettersAsked, Partner
from contracts.accounts_domains import ExpiringCertificate
from contracts.billing import BalanceLevelCrossed, PartnerFunds, PartnerFundsEnded
from contracts.errors import Malformed, NotFound
from contracts.events import Envelope
from contracts.notify import Letter
from contracts.wire import many_to_wire
from kit.clock import maybe_rfc3339, to_rfc3339
from kit.outbox import first_time, forget_old
from kit.service import ClockProvider, Database, RpcTo, SettingsProvider, Wake, loop, on_event, rpc
from services.notify import repository, repository_settings
from services.notify.certificate_letters import certificate_rows
from services.notify.letters import Template, funds_ended_rows, small_balance_row
from services.notify.letters_own import BUILT_IN, template_of
from services.notify.letters_personal import PASSWORD_CHANGED, personal_row
from services.notify.service_fates import FateEntrypoints
from services.notify.service_sending import SendingEntrypoints
from services.notify.service_settings import SettingsEntrypoints
from services.notify.service_webhooks import WebhookEntrypoints

LOOKUP_BATCH = 1_000
LETTERS_KEPT = timedelta(days=365)

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class NotifyService(FateEntrypoints, SendingEntrypoints, SettingsEntrypoints, WebhookEntrypoints):
    name = "notify"

    db = Database()
    clock = ClockProvider()
    settings = SettingsProvider()
    accounts = RpcTo(AccountsClient)
    letters_wake = Wake()
    own_letters_wake = Wake()

    @on_event(BalanceLevelCrossed)
    def balance_level_crossed(self, envelope: Envelope, payload: BalanceLevelCrossed) -> None:
        """A letter per crossing, in the transaction that remembers the event: never lost, never written twice."""
        known = self._advertisers({item.advertiser_id for item in payload.items})
        with self.db.begin() as connection:
            if first_time(connection, "notify.balance_level_crossed", envelope.id):
                repository.add(connection, self._small_balance_rows(connection, payload, known))
        self.wake_letters()

    def _small_balance_rows(
        self, connection: Connection, payload: BalanceLevelCrossed, known: dict[str, Advertiser]
    ) -> list[dict[str, Any]]:
        """By the texts of their partners, to where the advertisers want them; none for who has switched them off."""
        wishes = repository_settings.notice_rows(connection, {item.advertiser_id for item in payload.items})
        kinds = {"small_balance"}
        texts = repository_settings.texts(connection, {item.partner_id for item in payload.items}, kinds)
        rows = []
        for item in payload.items:
            wish = wishes.get(item.advertiser_id)
            if wish is not None and not wish.by_email:
                continue
            template = _template(texts.get((item.partner_id, "small_balance")), "small_balance")
            owner = known.get(item.advertiser_id)
            rows.append(small_balance_row(item, owner, self.clock.now(), template, wish.email if wish else ""))
        return rows

    @on_event(LettersAsked)
    def letters_asked(self, envelope: Envelope, payload: LettersAsked) -> None:
        """Letters that accounts asks for: sign-in data, links to a new password, and that one was changed."""
        kinds, now = {item.kind for item in payload.items}, self.clock.now()
        with self.db.begin() as connection:
            if first_time(connection, "notify.letters_asked", envelope.id):
                texts = repository_settings.texts(connection, {item.partner_id for item in payload.items}, kinds)
                templates = [_template(texts.get((item.partner_id, item.kind)), item.kind) for item in payload.items]
                pairs = zip(payload.items, templates, strict=True)
                repository.add(connection, [personal_row(item, template, now) for item, template in pairs])
        self.wake_letters()

    def wake_letters(self) -> None:
        self.letters_wake.set()
        self.own_letters_wake.set()

    @on_event(PartnerFundsEnded)
    def partner_funds_ended(self, envelope: Envelope, payload: PartnerFundsEnded) -> None:
        """Letters to the partner and to the operator, as above."""
        known, operator_mail, now = self._partners(payload.items), self.settings.operator_mail, self.clock.now()
        rows = [
            row
            for item in payload.items
            for row in funds_ended_rows(item, known.get(item.partner_id), operator_mail, now)
        ]
        with self.db.begin() as connection:
            if first_time(connection, "notify.partner_funds_ended", envelope.id):
                repository.add(connection, rows)
        self.wake_letters()

    @on_event(CertificateExpiryNeared)
    def certificate_expiry_neared(self, envelope: Envelope, payload: CertificateExpiryNeared) -> None:
        """Letters to the partner and to the operator, as above."""
        known, operator_mail, now = self._partners(payload.items), self.settings.operator_mail, self.clock.now()
        rows = [
            row
            for item in payload.items
            for row in certificate_rows(item, known.get(item.partner_id), operator_mail, now)
        ]
        with self.db.begin() as connection:
            if first_time(connection, "notify.certificate_expiry_neared", envelope.id):
                repository.add(connection, rows)
        self.wake_letters()

    def _advertisers(self, ids: set[str]) -> dict[str, Advertiser]:
        return {one.id: one for batch in _batches(ids) for one in self.accounts.advertisers(batch)}

    def _partners(self, items: Sequence[PartnerFunds | ExpiringCertificate]) -> dict[str, Partner]:
        ids = {item.partner_id for item in items}
        return {one.id: one for batch in _batches(ids) for one in self.accounts.partners(batch)}

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


def _template(row: Row | None, kind: str) -> Template:
    """The partner's own letter, or the built-in one."""
    if kind not in BUILT_IN:
        return PASSWORD_CHANGED
    return template_of(kind, row.subject if row else "", row.text if row else "")


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
