"""The links as this process last read them, with their passwords opened; read again when one has changed."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from contracts.errors import GolubError
from kit.vault import Vault
from services.smpp_gateway import repository_links
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_spec import LinkSpec
from services.smpp_gateway.link_values import stored_settings
from services.smpp_gateway.links import GIVEN, MAIN, StoredLink, settings_document, with_given

log = logging.getLogger(__name__)

BY_ENVIRONMENT = "SMSC_URL"


class LinkBook:
    """`given`: the link `main` of the environment. `vault` opens passwords; `Unavailable` without a secret."""

    def __init__(self, vault: Callable[[], Vault], given: LinkSettings | None = None) -> None:
        self._vault, self._given = vault, given
        self.specs: dict[str, LinkSpec] = {}
        self._versions: dict[str, int] = {}
        self._told = False

    def refresh(self, connection: Connection, now: datetime) -> bool:
        """Read what has changed; whether anything has."""
        if not self._told:
            self._tell_given(connection, now)
        versions = repository_links.versions(connection)
        if versions == self._versions:
            return False
        self.specs = {one.name: self.spec_of(one) for one in repository_links.all_links(connection)}
        self._versions = {name: spec.stored.version for name, spec in self.specs.items()}
        return True

    def confirmed(self) -> None:
        """The transaction of `refresh` was committed: the environment need not be told again."""
        self._told = True

    def forget(self) -> None:
        """Read all at the next look."""
        self._versions = {}

    def spec_of(self, stored: StoredLink) -> LinkSpec:
        try:
            settings = stored_settings(stored.settings, self._password(stored))
        except GolubError as error:
            log.error("link %s can't be used: %s", stored.name, error)
            return LinkSpec(stored, None, str(error))
        if stored.given:
            if self._given is None:
                return LinkSpec(stored, None, "SMSC_URL, which gives this link, is not set for this process.")
            settings = with_given(settings, self._given)
        return LinkSpec(stored, settings)

    def _password(self, stored: StoredLink) -> str:
        if stored.given or stored.password is None:
            return ""
        return self._vault().open(stored.name, stored.password)["password"]

    def _tell_given(self, connection: Connection, now: datetime) -> None:
        """The link `main` as `SMSC_URL` gives it. Its password stays in the environment; without `SMSC_URL` it is anybody's."""
        given, stored = self._given, repository_links.lock(connection, MAIN)
        if given is None:
            if stored is not None and stored.given:
                # Without its password it can't be used before somebody has seen to it.
                changed = replace(stored, given=False, enabled=False, author=BY_ENVIRONMENT, changed_at=now)
                repository_links.write(connection, changed)
            return
        document = settings_document(given)
        if stored is None:
            repository_links.write(connection, new_link(MAIN, document, now, BY_ENVIRONMENT, given=True))
            return
        settings = stored.settings | {name: document[name] for name in GIVEN if name in document}
        if not stored.given or settings != stored.settings:
            changed = replace(
                stored, given=True, settings=settings, password=None, author=BY_ENVIRONMENT, changed_at=now
            )
            repository_links.write(connection, changed)


def new_link(name: str, settings: dict[str, object], now: datetime, author: str, *, given: bool = False) -> StoredLink:
    return StoredLink(
        name=name,
        title="",
        enabled=True,
        draining=False,
        given=given,
        binds=1,
        failover_after_seconds=5,
        unresolved_seconds=None,
        receipt_timeout_seconds=None,
        settings=settings,
        password=None,
        reconnects=0,
        version=0,
        author=author,
        changed_at=now,
    )
