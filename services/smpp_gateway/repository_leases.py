"""Queries on the leases of binds. Moments are the database's own, or the caller's where it gives one (`now`)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from services.smpp_gateway.arrays import plain, quoted
from services.smpp_gateway.lease import LEASE, Bind, BindKey, Standing

_NOW = "coalesce(CAST(:now AS timestamptz), clock_timestamp())"
_KEYS = "unnest(CAST(:links AS text[]), CAST(:numbers AS smallint[]))"
_MOMENT = text(f"SELECT {_NOW}, (SELECT count(*) FROM replica WHERE lease_until > {_NOW} AND id <> :owner)")
_BINDS = text(
    "SELECT link, number, owner, lease_until, state, since, in_flight, reason, bound_at, per_minute FROM link_bind "
    "ORDER BY link, number"
)
_RENEW = text(
    f"WITH moment AS MATERIALIZED (SELECT {_NOW} AS now, {_NOW} + :lease AS until), "
    "alive AS (INSERT INTO replica (id, lease_until) SELECT :owner, until FROM moment "
    "ON CONFLICT (id) DO UPDATE SET lease_until = EXCLUDED.lease_until) "
    "UPDATE link_bind b SET lease_until = moment.until, state = u.state, in_flight = u.in_flight, reason = u.reason, "
    "since = CASE WHEN b.state = u.state THEN b.since ELSE moment.now END, per_minute = u.per_minute, "
    "bound_at = CASE WHEN u.state = 'bound' THEN moment.now ELSE b.bound_at END "
    "FROM moment, unnest(CAST(:links AS text[]), CAST(:numbers AS smallint[]), CAST(:states AS text[]), "
    "CAST(:in_flight AS integer[]), CAST(:reasons AS text[]), CAST(:per_minute AS integer[])) "
    "AS u (link, number, state, in_flight, reason, per_minute) "
    "WHERE b.link = u.link AND b.number = u.number AND b.owner = :owner AND b.lease_until > moment.now "
    "RETURNING b.link, b.number"
)
_TAKE = text(
    f"UPDATE link_bind b SET owner = :owner, lease_until = {_NOW} + :lease, state = 'down', since = {_NOW}, in_flight = 0, "
    f"reason = '', per_minute = 0 FROM {_KEYS} AS u (link, number) "
    f"WHERE b.link = u.link AND b.number = u.number AND b.lease_until <= {_NOW} RETURNING b.link, b.number"
)
_RELEASE = text(
    f"UPDATE link_bind b SET owner = '', lease_until = {_NOW}, state = 'down', since = {_NOW}, in_flight = 0, per_minute = 0, "
    f"reason = :reason FROM {_KEYS} AS u (link, number) "
    "WHERE b.link = u.link AND b.number = u.number AND b.owner = :owner RETURNING b.link, b.number"
)
_LEAVE = text("DELETE FROM replica WHERE id = :owner")
_FORGET = text(f"DELETE FROM replica WHERE lease_until < {_NOW} - interval '1 hour'")
_FIT = text(
    "WITH gone AS (DELETE FROM link_bind b USING link l WHERE b.link = l.name AND b.number > l.binds "
    f"AND b.lease_until <= {_NOW}) "
    f"INSERT INTO link_bind (link, number, lease_until, since) SELECT l.name, n, {_NOW}, {_NOW} "
    "FROM link l CROSS JOIN LATERAL generate_series(1, l.binds) AS n ON CONFLICT DO NOTHING"
)


@dataclass(slots=True, frozen=True)
class Report:
    """What the owner of a bind tells of it."""

    state: str
    in_flight: int
    reason: str
    per_minute: int


class Leases:
    """The leases of one process, whose name is `owner`. `now`: the moment for the next queries, None for the database's."""

    def __init__(self, owner: str) -> None:
        self.owner = owner

    def standing(self, connection: Connection, now: datetime | None = None) -> Standing:
        moment, others = connection.execute(_MOMENT, {"now": now, "owner": self.owner}).one()
        return Standing(moment, others + 1, [Bind(*row) for row in connection.execute(_BINDS)])

    def renew(
        self, connection: Connection, reports: Mapping[BindKey, Report], now: datetime | None = None
    ) -> set[BindKey]:
        """Tell that this process is alive, and renew its binds; those that it still has."""
        values = {
            **_keys(reports),
            "states": plain(one.state for one in reports.values()),
            "in_flight": plain(one.in_flight for one in reports.values()),
            "reasons": quoted(one.reason.replace("\0", "") for one in reports.values()),
            "per_minute": plain(one.per_minute for one in reports.values()),
        }
        return _found(connection.execute(_RENEW, values | self._values(now)).all())

    def take(self, connection: Connection, keys: Collection[BindKey], now: datetime | None = None) -> set[BindKey]:
        """Those of these free binds that are this process's now."""
        if not keys:
            return set()
        return _found(connection.execute(_TAKE, _keys(keys) | self._values(now)).all())

    def release(
        self, connection: Connection, keys: Collection[BindKey], reason: str = "", now: datetime | None = None
    ) -> set[BindKey]:
        """Let anybody take these now, where they still are this process's."""
        if not keys:
            return set()
        values = _keys(keys) | {"owner": self.owner, "now": now, "reason": reason}
        return _found(connection.execute(_RELEASE, values).all())

    def leave(self, connection: Connection) -> None:
        """This process ends, and counts no longer where binds are spread."""
        connection.execute(_LEAVE, {"owner": self.owner})

    def _values(self, now: datetime | None) -> dict[str, object]:
        return {"owner": self.owner, "now": now, "lease": LEASE}


def fit(connection: Connection, now: datetime | None = None) -> None:
    """As many rows of each link as it has binds; a row too many goes when its lease has ended."""
    connection.execute(_FIT, {"now": now})
    connection.execute(_FORGET, {"now": now})


def _keys(keys: Collection[BindKey]) -> dict[str, str]:
    return {"links": quoted(key.link for key in keys), "numbers": plain(key.number for key in keys)}


def _found(rows: Sequence[object]) -> set[BindKey]:
    return {BindKey(*row) for row in rows}  # type: ignore[misc]
