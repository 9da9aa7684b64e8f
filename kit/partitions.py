"""Tables partitioned by month on a UUIDv7 key: the id carries the time, so keys stay unique over all partitions."""

from datetime import UTC, datetime

from sqlalchemy import Connection, text

from kit.ids import uuid7_floor


def month_after(moment: datetime, months: int = 1) -> datetime:
    """The first moment of the month that lies `months` after the month of `moment`, UTC."""
    index = moment.year * 12 + moment.month - 1 + months
    return datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)


def ensure_partitions(connection: Connection, table: str, now: datetime, months_ahead: int = 3) -> list[str]:
    """Make the partitions of last month up to `months_ahead` that lack, and a default one; the names made.

    Only a month whose rows the default partition does not hold yet can be made: this runs ahead of time.
    """
    made = []
    if not _exists(connection, f"{table}_default"):
        connection.execute(text(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT"))
    for offset in range(-1, months_ahead + 1):
        start = month_after(now, offset)
        name = f"{table}_{start:%Y_%m}"
        if _exists(connection, name):
            continue
        low, high = uuid7_floor(start), uuid7_floor(month_after(start))
        connection.execute(text(f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM ('{low}') TO ('{high}')"))
        made.append(name)
    return made


def _exists(connection: Connection, table: str) -> bool:
    return connection.execute(text("SELECT to_regclass(:name)"), {"name": table}).scalar() is not None
