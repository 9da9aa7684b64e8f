"""Changes of links by the platform's operator: checked, stored as the next version, and followed by every process."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from contracts.errors import PROBLEMS, Conflict, Malformed, NotFound
from contracts.smpp_links import LinkChange
from kit.vault import Sealed, Vault
from services.smpp_gateway import repository_links
from services.smpp_gateway.context import Context
from services.smpp_gateway.link_book import new_link
from services.smpp_gateway.link_pairs import named_by, problems_of_pairs
from services.smpp_gateway.link_values import NAMES, Problem, problems_of, settings_of
from services.smpp_gateway.links import GIVEN, MOST_BINDS, NAME, StoredLink, settings_document

log = logging.getLogger(__name__)

#: More links than that are a mistake, and each costs every process a look.
MOST_LINKS = 200
MOST_TITLE = 100
_HOLDS = (("failover_after_seconds", 0, 86_400), ("binds", 1, MOST_BINDS))
_PATIENCE = ("unresolved_seconds", "receipt_timeout_seconds")
_MOST_PATIENCE = 30 * 86_400


class LinkChanging:
    """`vault` seals passwords; `Unavailable` where the process has no secret."""

    def __init__(self, context: Context, vault: Callable[[], Vault]) -> None:
        self._context, self._vault = context, vault

    def put(self, change: LinkChange, author: str) -> StoredLink:
        """`Malformed`, `Conflict` for another version than was read."""
        now = self._context.clock.now()
        with self._context.db.begin() as connection:
            # With the one it is to bring receipts of, so that nobody deletes that one meanwhile.
            stored = repository_links.lock_some(connection, _named(change)).get(change.name)
            if stored is None and change.version == 0:
                if len(repository_links.versions(connection)) >= MOST_LINKS:
                    _refuse([_problem("/name", "too_many", f"There can be {MOST_LINKS} links.")])
                base = new_link(change.name, {}, now, author)
            elif stored is not None and change.version == stored.version:
                base = stored
            else:
                told = PROBLEMS["changed_meanwhile"]
                raise Conflict(told, {"errors": [_problem("", "changed_meanwhile", told)]})
            link = replace(self._changed(base, change), author=author, changed_at=now)
            problems = problems_of_pairs(link.name, link.settings, repository_links.all_links(connection))
            if problems:
                _refuse(problems)
            repository_links.write(connection, link)
        return self.find(change.name)

    def switch(
        self, name: str, author: str, *, enabled: bool | None = None, draining: bool | None = None
    ) -> StoredLink:
        """Enable, disable, drain or not, or (with neither) connect anew."""
        with self._context.db.begin() as connection:
            link = repository_links.lock(connection, name) or _unknown()
            changed = replace(
                link,
                enabled=link.enabled if enabled is None else enabled,
                draining=link.draining if draining is None else draining,
                reconnects=link.reconnects + (enabled is None and draining is None),
                author=author,
                changed_at=self._context.clock.now(),
            )
            repository_links.write(connection, changed)
        return self.find(name)

    def delete(self, name: str, author: str) -> None:
        """Only what nothing waits for: neither to be submitted, nor for a receipt."""
        with self._context.db.begin() as connection:
            link = repository_links.lock(connection, name) or _unknown()
            if link.given:
                raise Conflict("This link is given by SMSC_URL: take that out of the environment first.")
            bringing = named_by(name, repository_links.all_links(connection))
            if bringing:
                raise Conflict(f"The link {bringing[0]} brings its receipts: change or delete that one first.")
            if repository_links.waiting(connection, name, 1):
                raise Conflict(
                    "Messages wait for this link: disable it, and delete it when they went over other links."
                )
            if repository_links.open_messages(connection, name, 1):
                raise Conflict("Messages wait for their receipts from this link: delete it when they have come.")
            repository_links.delete(connection, name)
        log.warning("link %s was deleted by %s", name, author)

    def find(self, name: str) -> StoredLink:
        with self._context.db.begin() as connection:
            return repository_links.find(connection, name) or _unknown()

    def all(self) -> list[StoredLink]:
        with self._context.db.begin() as connection:
            return repository_links.all_links(connection)

    def _changed(self, stored: StoredLink, change: LinkChange) -> StoredLink:
        settings = dict(change.settings)
        if stored.given:
            settings |= {name: stored.settings[name] for name in GIVEN if name in stored.settings}
        problems = _problems(stored, change, settings)
        if problems:
            _refuse(problems)
        document = settings_document(settings_of({k: v for k, v in settings.items() if k in NAMES}, ""))
        return replace(
            stored,
            title=change.title.strip(),
            enabled=change.enabled,
            binds=change.binds,
            failover_after_seconds=change.failover_after_seconds,
            unresolved_seconds=change.unresolved_seconds,
            receipt_timeout_seconds=change.receipt_timeout_seconds,
            settings=document,
            password=self._sealed(stored, change.password),
        )

    def _sealed(self, stored: StoredLink, password: str | None) -> Sealed | None:
        if password is None or stored.given:
            return stored.password
        return self._vault().seal(stored.name, {"password": password})


def _named(change: LinkChange) -> set[str]:
    of = change.settings.get("receipts_of")
    return {change.name, of} if isinstance(of, str) and NAME.fullmatch(of) else {change.name}


def _problems(stored: StoredLink, change: LinkChange, settings: dict[str, object]) -> list[Problem]:
    problems: list[Problem] = []
    if not NAME.fullmatch(change.name):
        sentence = "The name has 1 to 32 of a-z and 0-9, and hyphens between them."
        problems.append(_problem("/name", "characters", sentence))
    if len(change.title) > MOST_TITLE or "\0" in change.title:
        problems.append(_problem("/title", "too_long", f"The title has at most {MOST_TITLE} characters."))
    for name, least, most in _HOLDS:
        if not least <= getattr(change, name) <= most:
            problems.append(_problem(f"/{name}", "range", f"{name} is a whole number from {least} to {most}."))
    for name in _PATIENCE:
        value = getattr(change, name)
        if value is not None and not 1 <= value <= _MOST_PATIENCE:
            problems.append(_problem(f"/{name}", "range", f"{name} is from 1 to {_MOST_PATIENCE}, or empty."))
    if change.password is not None and stored.given:
        problems.append(_problem("/password", "given", "The password of this link is given by SMSC_URL."))
    if change.password is None and stored.password is None and not stored.given:
        problems.append(_problem("/password", "missing", "Give the password."))
    return problems + problems_of(settings, "" if stored.given else change.password or "")


def _problem(pointer: str, code: str, detail: str) -> Problem:
    return {"pointer": pointer, "code": code, "detail": detail}


def _refuse(problems: list[Problem]) -> NoReturn:
    raise Malformed(problems[0]["detail"], {"errors": problems})


def _unknown() -> NoReturn:
    raise NotFound("There is no such link.")
