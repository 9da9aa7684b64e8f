"""Forgotten passwords: a request, a link to whoever it is for, and the new password."""

from typing import Any

from sqlalchemy import Connection, Row

from contracts.accounts import CredentialsChanged, LettersAsked
from contracts.accounts_recovery import PersonalLetter, Recovery
from contracts.errors import NotFound
from contracts.wire import to_wire
from kit.clock import to_rfc3339
from kit.service import Wake, loop, rpc
from kit.vault import letters_vault
from services.accounts import fields, recovery, sessions
from services.accounts import people_repository as staff
from services.accounts import recovery_repository as stored
from services.accounts import repository as people
from services.accounts.limits import key_of
from services.accounts.problems import PROBLEMS, Problems

#: To one mailbox, whichever accounts it is of.
MOST_TO_A_MAILBOX = 8


class RecoveryEntrypoints:
    """A part of `AccountsService`, which gives it the first ones."""

    db: Any
    outbox: Any
    clock: Any
    gate: Any
    settings: Any
    recovery_wake = Wake()

    @rpc
    def ask_recovery(self, host: str, wanted: str, address: str) -> None:
        """The request is only noted: who it is for, and whether there is anybody, is looked up once the answer has gone."""
        now, asked = self.clock.now(), fields.storable(wanted.strip(), recovery.MOST_WANTED)
        self.gate.limits.recovery(address, now)
        with self.db.begin() as connection:
            owner = people.host_owner(connection, fields.host_key(host))
            if owner is None or owner.partner_id is None:
                raise NotFound("There is no such partner.")
            row = recovery.request_row(owner.partner_id, fields.host_key(host), asked, now)
            stored.ask(connection, row, recovery.MOST_WAITING)
        self.recovery_wake.set()

    @loop(every_seconds=5.0, wake="recovery_wake")
    def send_recoveries(self) -> bool:
        """Links for those who asked; the requests go in the same transaction."""
        with self.db.begin() as connection:
            asked = stored.take(connection, recovery.BATCH)
            letters = [letter for one in asked for letter in self._links(connection, one)]
            if letters:
                self.outbox.put(connection, LettersAsked(items=letters))
        return len(asked) == recovery.BATCH

    def _links(self, connection: Connection, asked: Row) -> list[PersonalLetter]:
        login_key = fields.login_key(asked.wanted)
        found = stored.people(connection, asked.partner_id, login_key, asked.wanted, recovery.MOST_ACCOUNTS)
        made = [self._link(connection, asked, person) for person in found if person.email]
        return [letter for letter in made if letter is not None]

    def _link(self, connection: Connection, asked: Row, person: Row) -> PersonalLetter | None:
        """None where the person, or the mailbox, has got enough of them lately."""
        now, mailbox = self.clock.now(), key_of("mailbox", person.partner_id, person.email.lower())
        own, there = stored.sent_since(connection, person.id, mailbox, now - recovery.HOUR)
        if not recovery.may_send(own, now) or there >= MOST_TO_A_MAILBOX:
            return None
        token, ends = sessions.new_token(), now + recovery.LIFETIME
        row = {"token_hash": sessions.token_hash(token), "user_id": person.id, "partner_id": person.partner_id}
        row |= {"host": asked.host, "mailbox": mailbox, "password_key": recovery.password_key(person.password_hash)}
        stored.add(connection, row | {"made_at": now, "expires_at": ends})
        secrets = {"FORGET": recovery.link_of(self.settings, asked.host, token)}
        return recovery.letter_of("recovery", person, letters_vault(self.settings), secrets, now, ends)

    @rpc
    def recovery(self, host: str, token: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            found = self._live(connection, host, token)
        return to_wire(Recovery(login=found.login, expires_at=to_rfc3339(found.expires_at)))

    @rpc
    def recover(self, host: str, token: str, password: str) -> None:
        """Nobody without a link that works makes the process hash anything; nothing is locked while it does."""
        problems = Problems()
        fields.check_password(problems, password)
        with self.db.begin() as connection:
            self._live(connection, host, token)
        problems.raise_if_any()
        password_hash = self.gate.passwords.hash(password)
        now = self.clock.now()
        with self.db.begin() as connection:
            found = self._live(connection, host, token, lock=True)
            people.set_user_password(connection, found.user_id, password_hash)
            staff.end_sessions(connection, found.user_id, now)
            stored.use_all(connection, found.user_id, now)
            told = recovery.letter_of("password_changed", stored.person(connection, found.user_id), None, {}, now)
            self.outbox.put(connection, LettersAsked(items=[told]))
            if found.advertiser_id:
                self.outbox.put(connection, CredentialsChanged(advertiser_ids=[found.advertiser_id]))

    def _live(self, connection: Connection, host: str, token: str, *, lock: bool = False) -> Row:
        found = stored.live(connection, fields.host_key(host), sessions.token_hash(token), self.clock.now(), lock=lock)
        if found is None or found.password_key != recovery.password_key(found.password_hash):
            raise NotFound(PROBLEMS["recovery_ended"])
        return found

    @loop(every_seconds=3600.0)
    def purge_recoveries(self) -> bool:
        with self.db.begin() as connection:
            return stored.purge(connection, self.clock.now() - recovery.KEPT) == stored.PURGE_BATCH
