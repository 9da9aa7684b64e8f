"""RPC of senders about what holds for an advertiser, and for all of a partner's."""

from typing import Any

from sqlalchemy import Row

from contracts.accounts import TestModeEnded
from contracts.errors import NotFound
from contracts.events import Envelope
from contracts.senders import ModerationChanged
from contracts.senders_settings import UNREGISTERED, Policy, SenderSettings
from contracts.wire import to_wire
from kit.clock import maybe_rfc3339
from kit.outbox import first_time
from kit.service import on_event, rpc
from services.senders import repository, repository_states, repository_texts
from services.senders.asked import author_of, conflict, found_ids, malformed
from services.senders.judging import others_of
from services.senders.names import name_problem
from services.senders.service_rules import RulesRpc


class SettingsRpc(RulesRpc):
    @rpc
    def set_policy(
        self,
        partner_id: str,
        advertiser_id: str,
        any_sender: bool,
        automatic: bool,
        texts_automatic: bool | None = None,
        test_mode: bool | None = None,
    ) -> None:
        found_ids(partner_id, advertiser_id)
        values = {"any_sender": any_sender, "automatic": automatic}
        chosen = {"texts_automatic": texts_automatic, "test_mode": test_mode}
        values |= {name: value for name, value in chosen.items() if value is not None}
        with self.db.begin() as connection:
            before = repository.policy(connection, partner_id, advertiser_id)
            if not repository.put_policy(connection, partner_id, advertiser_id, values):
                raise NotFound("There is no such advertiser.")
            if texts_automatic and before is not None and not before.texts_automatic:
                waiting = repository_texts.waiting_of(connection, partner_id, advertiser_id)
                self._let_judge(connection, [row.id for row in waiting], others_of(advertiser_id.lower()))
            self.outbox.put(connection, ModerationChanged(advertiser_ids=[advertiser_id.lower()]))

    @on_event(TestModeEnded)
    def test_mode_ended(self, envelope: Envelope, payload: TestModeEnded) -> None:
        """From now on the advertisers' own names count; those without a policy have no test mode to leave."""
        with self.db.begin() as connection:
            if first_time(connection, "senders.test_mode_ended", envelope.id):
                repository.leave_test_mode(connection, payload.advertiser_ids)
                self.outbox.put(connection, ModerationChanged(advertiser_ids=payload.advertiser_ids))

    @rpc
    def policy(self, partner_id: str, advertiser_id: str) -> dict[str, Any] | None:
        found_ids(partner_id, advertiser_id)
        with self.db.begin() as connection:
            row = repository.policy(connection, partner_id, advertiser_id)
        return None if row is None else to_wire(_policy(row))

    @rpc
    def sender_settings(self, partner_id: str) -> dict[str, Any]:
        found_ids(partner_id)
        with self.db.begin() as connection:
            return to_wire(_settings(repository_states.settings(connection, partner_id)))

    @rpc
    def set_sender_settings(
        self, partner_id: str, test_sender: str, unregistered: str, version: int, author: str
    ) -> dict[str, Any]:
        found_ids(partner_id)
        by, name = author_of(author), test_sender.strip()
        if name and name_problem(name):
            raise malformed(("/test_sender", "name_invalid"))
        if unregistered not in UNREGISTERED:
            raise malformed(("/unregistered", "unregistered_invalid"))
        values: dict[str, Any] = {"partner_id": partner_id, "test_sender": name, "unregistered": unregistered}
        values |= {"version": version + 1, "changed_at": self.clock.now(), "changed_by": by}
        with self.db.begin() as connection:
            row = repository_states.put_settings(connection, values)
            if row is None:
                raise conflict("/version", "changed_meanwhile")
            self.outbox.put(connection, ModerationChanged(advertiser_ids=[]))
        return to_wire(_settings(row))


def _policy(row: Row) -> Policy:
    names = ("any_sender", "automatic", "texts_automatic", "test_mode", "test_sender")
    return Policy(**{name: getattr(row, name) for name in names})


def _settings(row: Row | None) -> SenderSettings:
    if row is None:
        return SenderSettings()
    return SenderSettings(
        test_sender=row.test_sender,
        unregistered=row.unregistered,
        version=row.version,
        changed_at=maybe_rfc3339(row.changed_at),
        changed_by=row.changed_by,
    )
