"""The time zones that a partner offers its advertisers, and the one that is chosen for them first."""

from typing import Any

from sqlalchemy import Connection

from contracts.accounts_zones import ZoneSettings
from contracts.errors import PROBLEMS as COMMON
from contracts.errors import Conflict, NotFound
from contracts.wire import to_wire
from kit.clock import to_rfc3339
from kit.service import rpc
from services.accounts import fields, zones_repository
from services.accounts import repository as people
from services.accounts.problems import Problems

MOST_ZONES = 100
MOST_AUTHOR = 100


class ZoneEntrypoints:
    """A part of `AccountsService`, which gives it `db` and `clock`."""

    db: Any
    clock: Any

    @rpc
    def zone_settings(self, partner_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            return to_wire(_settings(connection, partner_id))

    @rpc
    def set_zone_settings(
        self, partner_id: str, offered: list[str], default_zone: str, version: int, author: str
    ) -> dict[str, Any]:
        wanted = list(dict.fromkeys(offered))
        _check(wanted, default_zone)
        row = {"offered": wanted, "default_zone": default_zone, "changed_at": self.clock.now()}
        row |= {"author": fields.storable(author, MOST_AUTHOR)}
        with self.db.begin() as connection:
            if not people.has_partner(connection, partner_id):
                raise NotFound("There is no such partner.")
            if not zones_repository.put(connection, partner_id, row, version):
                known = _settings(connection, partner_id)
                error = {"pointer": "/version", "code": "changed_meanwhile", "detail": COMMON["changed_meanwhile"]}
                who = {"author": known.author, "changed_at": known.changed_at}
                raise Conflict(COMMON["changed_meanwhile"], {"errors": [error], **who})
            return to_wire(_settings(connection, partner_id))


def _check(offered: list[str], default_zone: str) -> None:
    problems = Problems()
    if not offered:
        problems.add("/offered", "zones_empty")
    for zone in offered[:MOST_ZONES]:
        fields.check_zone(problems, "/offered", zone)
    if len(offered) > MOST_ZONES:
        problems.add("/offered", "too_long")
    if default_zone not in offered:
        problems.add("/default_zone", "zone_not_offered")
    problems.raise_if_any()


def _settings(connection: Connection, partner_id: str) -> ZoneSettings:
    if not people.has_partner(connection, partner_id):
        raise NotFound("There is no such partner.")
    row = zones_repository.zones_of(connection, partner_id)
    if row is None:
        return ZoneSettings(offered=[], default_zone="")
    return ZoneSettings(
        offered=list(row.offered),
        default_zone=row.default_zone,
        version=row.version,
        author=row.author,
        changed_at=to_rfc3339(row.changed_at),
    )
