"""People's own account: the password, and the sessions that it has."""

from typing import Any

from contracts.accounts import CredentialsChanged
from contracts.accounts_own import SessionView
from contracts.errors import NotFound
from contracts.wire import many_to_wire
from kit.clock import to_rfc3339
from kit.service import rpc
from services.accounts import own_repository, passwords, sessions
from services.accounts import people_repository as staff
from services.accounts import repository as people
from services.accounts.own import OwnAccount
from services.accounts.problems import malformed

MOST_SESSIONS = 100


class OwnEntrypoints(OwnAccount):
    """A part of `AccountsService`, which gives it `outbox` too."""

    outbox: Any

    @rpc
    def change_own_password(self, host: str, token: str, old: str, new: str, address: str) -> None:
        code = passwords.password_problem(new)
        if code:
            raise malformed("/new_password", code)
        own = self.proven(host, token, old, address, "/old_password")
        password_hash = self.gate.passwords.hash(new)
        with self.db.begin() as connection:
            if self.whose(connection, host, token).password_hash != own.password_hash:
                raise malformed("/old_password", "own_password_wrong")
            people.set_user_password(connection, own.user_id, password_hash)
            staff.end_sessions(connection, own.user_id, self.clock.now(), sessions.token_hash(token))
            if own.advertiser_id:
                self.outbox.put(connection, CredentialsChanged(advertiser_ids=[own.advertiser_id]))

    @rpc
    def own_sessions(self, host: str, token: str) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            own = self.whose(connection, host, token)
            rows = own_repository.live_sessions(connection, own.user_id, MOST_SESSIONS, self.clock.now())
        return many_to_wire(
            SessionView(
                id=row.id,
                address=row.address,
                user_agent=row.user_agent,
                created_at=to_rfc3339(row.created_at),
                last_seen_at=to_rfc3339(row.last_seen_at),
                expires_at=to_rfc3339(row.expires_at),
                current=row.id == own.session_id,
            )
            for row in rows
        )

    @rpc
    def end_own_session(self, host: str, token: str, session_id: str) -> None:
        with self.db.begin() as connection:
            own = self.whose(connection, host, token)
            if not own_repository.end_session(connection, own.user_id, session_id, self.clock.now()):
                raise NotFound("There is no such session.")

    @rpc
    def end_other_sessions(self, host: str, token: str) -> int:
        with self.db.begin() as connection:
            own = self.whose(connection, host, token)
            return staff.end_sessions(connection, own.user_id, self.clock.now(), sessions.token_hash(token))
