"""A partner's people in an advertiser's cabinet: half an hour, with a reason, under their own session."""

from typing import Any

from contracts.accounts_own import CabinetSession, CabinetVisit
from contracts.errors import Forbidden, NotFound
from contracts.wire import many_to_wire, to_wire
from kit.clock import maybe_rfc3339, to_rfc3339
from kit.service import rpc
from services.accounts import answers, fields, impersonation, own_repository, registration, sessions
from services.accounts import credentials_repository as credentials
from services.accounts.own import OwnAccount
from services.accounts.problems import Problems, conflict

MOST_VISITS = 100


class CabinetEntrypoints(OwnAccount):
    """A part of `AccountsService`."""

    @rpc
    def enter_cabinet(
        self, host: str, token: str, advertiser_id: str, reason: str, password: str, address: str
    ) -> dict[str, Any]:
        problems, reason = Problems(), registration.one_line(reason)
        impersonation.check_reason(problems, reason)
        problems.raise_if_any()
        with self.db.begin() as connection:
            own = self.whose(connection, host, token)
            self._checked_subject(connection, own, advertiser_id)
        self.proven(host, token, password, address, "/password")
        now, session_hash = self.clock.now(), sessions.token_hash(token)
        with self.db.begin() as connection:
            # Once more: while the password was looked at, the session may have ended, or the advertiser been blocked.
            own = self.whose(connection, host, token)
            subject = self._checked_subject(connection, own, advertiser_id)
            place = fields.storable(address, fields.MOST_ADDRESS)
            row = impersonation.visit_row(own, subject.advertiser_id, session_hash, reason, place, now)
            if not own_repository.add_visit(connection, row):
                raise conflict("/form", "cabinet_not_here")
            return to_wire(_document(own_repository.visit(connection, row["id"])))

    def _checked_subject(self, connection: Any, own: Any, advertiser_id: str) -> Any:
        if not impersonation.may_enter(own.role, own.rights):
            raise Forbidden(impersonation.NOT_ALLOWED)
        subject = own_repository.advertisers_user(connection, own.partner_id, advertiser_id)
        if subject is None:
            raise NotFound("There is no such advertiser.")
        if not subject.may_act:
            raise conflict("/form", "cabinet_blocked")
        return subject

    @rpc
    def leave_cabinet(self, host: str, token: str) -> dict[str, Any] | None:
        with self.db.begin() as connection:
            self.whose(connection, host, token)
            left = own_repository.end_visit(connection, sessions.token_hash(token), self.clock.now())
            return None if left is None else to_wire(_document(own_repository.visit(connection, left)))

    @rpc
    def cabinet_session(self, host: str, token: str) -> dict[str, Any]:
        now, token_hash = self.clock.now(), sessions.token_hash(token)
        with self.db.begin() as connection:
            own = self.whose(connection, host, token)
            if own.last_seen_at <= now - sessions.TOUCH_INTERVAL:
                credentials.touch_session(connection, token_hash, now)
            visit = subject = None
            if impersonation.may_enter(own.role, own.rights):
                visit = own_repository.live_visit(connection, token_hash, now)
            if visit is not None:
                subject = own_repository.advertisers_user(connection, own.partner_id, visit.advertiser_id)
        who = answers.principal(own)
        if visit is None or subject is None or not subject.may_act:
            return to_wire(CabinetSession(principal=who, actor=None, visit=None))
        return to_wire(CabinetSession(principal=answers.principal(subject), actor=who, visit=_document(visit)))

    @rpc
    def cabinet_visits(self, partner_id: str, advertiser_id: str) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire(
                map(_document, own_repository.visits_of(connection, partner_id, advertiser_id, MOST_VISITS))
            )


def _document(row: Any) -> CabinetVisit:
    times = {
        "started_at": to_rfc3339(row.started_at),
        "expires_at": to_rfc3339(row.expires_at),
        "ended_at": maybe_rfc3339(row.ended_at),
    }
    return CabinetVisit(**answers.picked(row, CabinetVisit) | times)
