"""notify: the loops that send letters, by the platform's mail server and by those of partners."""

import logging
from collections import defaultdict
from datetime import datetime
from typing import Any

import eventlet
from eventlet import tpool

from contracts.errors import Conflict
from kit.service import loop
from kit.vault import letter_owner, letters_vault
from services.notify import repository, repository_settings, smtp
from services.notify.hours import Hours
from services.notify.letters_personal import filled
from services.notify.mail import Letter
from services.notify.own_server import NotUsable, server_of_row
from services.notify.smtp import FAILED, RETRY, UNTRIED, Outcome

log = logging.getLogger(__name__)

SEND_BATCH = 50
NO_SERVER = "No mail server is configured: the letter waits for GOLUB_SMTP_URL."
TOO_LATE = "Too late: nobody needs the letter any more"
UNREADABLE = "What the letter says can't be read: the secret key of the platform was changed"


class SendingEntrypoints:
    """Part of `NotifyService`, which gives it these."""

    db: Any
    clock: Any
    settings: Any
    mail_desk: Any

    @loop(every_seconds=15.0, wake="letters_wake")
    def send_due(self) -> bool:
        """Send what is due by the platform's server; True while there may be more. No transaction is open meanwhile."""
        settings = self.settings
        try:
            server = smtp.server_of(settings.smtp_url) if settings.smtp_url else None
        except ValueError as error:
            return self._wait(str(error))
        if server is None:
            return self._wait(NO_SERVER)
        with self.db.begin() as connection:
            due = repository.claim(connection, self.clock.now(), SEND_BATCH)
            partners = {letter.partner_id for letter in due}
            hours = repository_settings.hours_of(connection, partners)
            senders = repository_settings.senders_of(connection, partners)
        if not due:
            return False
        ready, outcomes = self._sorted_out(due, hours)
        if ready:
            addressed = [one._replace(reply_to=senders.get(one.partner_id, "")) for one in ready]
            outcomes += tpool.execute(smtp.deliver, server, settings.mail_from, addressed)
        self._record(outcomes)
        return len(due) == SEND_BATCH

    @loop(every_seconds=15.0, wake="own_letters_wake")
    def send_own(self) -> bool:
        """As `send_due`, by the servers of partners, each of which makes nobody wait but its own partner's letters."""
        with self.db.begin() as connection:
            due = repository.claim_own(connection, self.clock.now())
            partners = {letter.partner_id for letter in due}
            hours = repository_settings.hours_of(connection, partners)
            servers = repository_settings.servers_of(connection, partners)
        ready, outcomes = self._sorted_out(due, hours)
        by_partner: dict[str, list[Letter]] = defaultdict(list)
        for letter in ready:
            by_partner[letter.partner_id].append(letter)
        pool = eventlet.GreenPool(repository.OWN_SERVERS)
        for partner_id, theirs in by_partner.items():
            pool.spawn(self._send_by, servers.get(partner_id), theirs)
        self._record(outcomes)
        pool.waitall()
        return bool(due)

    def _send_by(self, row: Any, letters: list[Letter]) -> None:
        """What goes wrong here is repaired by the end of the lease: the letters are sent again."""
        try:
            self._record(self._by_own(row, letters))
        except Exception:
            log.exception("letters of %s: what became of them is unknown", letters[0].partner_id)

    def _by_own(self, row: Any, letters: list[Letter]) -> list[Outcome]:
        if row is None:
            return [Outcome(letter, UNTRIED) for letter in letters]
        try:
            server = server_of_row(row, self.settings, self.mail_desk.resolve)
        except NotUsable as trouble:
            return [Outcome(letter, RETRY, trouble.words) for letter in letters]
        outcomes: list[Outcome] = tpool.execute(smtp.deliver, server, row.sender, letters)
        return outcomes

    def _sorted_out(self, due: list[Letter], hours: dict[str, Hours]) -> tuple[list[Letter], list[Outcome]]:
        """(letters to be sent now, with their secrets in them; what became of the others)."""
        ready, outcomes, now = [], [], self.clock.now()
        for letter in due:
            settled = _settled(letter, hours.get(letter.partner_id), now)
            if settled is not None:
                outcomes.append(settled)
                continue
            try:
                ready.append(self._opened(letter))
            except Conflict:
                outcomes.append(Outcome(letter, FAILED, UNREADABLE))
        return ready, outcomes

    def _opened(self, letter: Letter) -> Letter:
        if letter.secret is None:
            return letter
        secrets = letters_vault(self.settings).open(letter_owner(letter.id), letter.secret)
        return letter._replace(body=filled(letter.body, secrets))

    def _record(self, outcomes: list[Outcome]) -> None:
        if outcomes:
            with self.db.begin() as connection:
                repository.record(connection, outcomes, self.clock.now())

    def _wait(self, error: str) -> bool:
        with self.db.begin() as connection:
            repository.explain_waiting(connection, error)
        return False

    @loop(every_seconds=60.0)
    def expire_letters(self) -> bool:
        """Links that work no more and the like; what was secret in them goes."""
        with self.db.begin() as connection:
            return repository.expire(connection, self.clock.now(), TOO_LATE) == repository.TIDY_ROWS


def _settled(letter: Letter, hours: Hours | None, now: datetime) -> Outcome | None:
    """What becomes of a letter that is not sent now."""
    if letter.useless_at is not None and letter.useless_at <= now:
        return Outcome(letter, FAILED, TOO_LATE)
    if hours is not None and not letter.urgent and not hours.include(now):
        return Outcome(letter, UNTRIED, at=hours.next(now))
    return None
