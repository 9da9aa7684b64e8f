"""Parts charged in a month, the zones that months are counted in, individual prices. Nothing here commits.

Counters are read and raised under the locks of their accounts, so no two batches believe to be in the same place.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from contracts.accounts import AccountZone
from contracts.tariffs import Tier
from kit.prepared import later, prepared, together
from services.billing.arrays import array, array_of_ids, array_of_numbers, array_of_words
from services.billing.pricing import Counter, Direction

#: The months that it is somewhere in the world are asked for; whose month is which is known only with the answer.
COUNTERS = """
    SELECT json_build_array(account_id, month, mcc, mnc, sms_type, parts)
    FROM usage WHERE account_id = ANY (CAST(:counted AS uuid[])) AND month = ANY (CAST(:months AS date[]))
        AND mcc = ANY (CAST(:mccs AS text[]))
"""
READ_COUNTERS = together(COUNTERS)
_FURTHEST_ZONE = timedelta(hours=14)


def asked_counters(account_ids: Iterable[str], mccs: Collection[str], now: datetime) -> dict[str, str]:
    """The values of COUNTERS."""
    months = {(now + shift).astimezone(UTC).date().replace(day=1) for shift in (-_FURTHEST_ZONE, _FURTHEST_ZONE)}
    return {"counted": array(account_ids), "months": array(sorted(months)), "mccs": array_of_words(mccs)}


def counters(
    connection: Connection, months: Mapping[str, date], mccs: Collection[str], now: datetime
) -> dict[str, Counter]:
    """By account id, what was charged in its month to these countries."""
    if not months:
        return {}
    (rows,) = connection.execute(READ_COUNTERS, asked_counters(months, mccs, now)).one()
    return counters_of(rows, months)


def counters_of(rows: Iterable[Any], months: Mapping[str, date]) -> dict[str, Counter]:
    """From the rows of COUNTERS, those of each account's month."""
    found = {id: Counter() for id in months}
    written = {id: month.isoformat() for id, month in months.items()}
    for account_id, month, mcc, mnc, sms_type, parts in rows:
        if month == written[account_id]:
            found[account_id].add((mcc, mnc, sms_type), parts)
    return found


RAISE_COUNTERS = prepared("""
    INSERT INTO usage (account_id, month, mcc, mnc, sms_type, parts)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:months AS date[]), CAST(:mccs AS text[]), CAST(:mncs AS text[]),
        CAST(:types AS text[]), CAST(:parts AS bigint[]))
    ON CONFLICT (account_id, month, mcc, mnc, sms_type) DO UPDATE SET parts = usage.parts + excluded.parts
""")


def raise_counters(
    connection: Connection, used: Mapping[tuple[str, Direction], int], months: Mapping[str, date]
) -> None:
    """Add the parts of a batch, by account id and direction."""
    if not used:
        return
    columns = {
        "ids": array_of_ids([id for id, _ in used]),
        "months": array([months[id] for id, _ in used]),
        "mccs": array_of_words([mcc for _, (mcc, _, _) in used]),
        "mncs": array_of_words([mnc for _, (_, mnc, _) in used]),
        "types": array_of_words([sms_type for _, (_, _, sms_type) in used]),
        "parts": array_of_numbers(list(used.values())),
    }
    later(connection, RAISE_COUNTERS, columns)


PRICES = text("""
    SELECT CAST(package_id AS text), mcc, mnc, sms_type, from_nth, by_delivered, price
    FROM package_price WHERE package_id = ANY (CAST(:ids AS uuid[])) AND mcc = ANY (CAST(:mccs AS text[]))
""")


def individual_prices(
    connection: Connection, package_ids: Collection[str], mccs: Collection[str]
) -> dict[str, list[Tier]]:
    """By package id, those of these countries."""
    found: dict[str, list[Tier]] = {}
    rows = connection.execute(PRICES, {"ids": array(package_ids), "mccs": array_of_words(mccs)})
    for row in rows.mappings():
        values: dict[str, Any] = dict(row)
        found.setdefault(values.pop("package_id"), []).append(Tier(**values))
    return found


# Those that `batch_repository.POCKETS` leaves out: they are many after years, and of no use to nearly every batch.
EXHAUSTED_PRICES = text("""
    SELECT CAST(advertiser_id AS text) AS account_id, CAST(package_id AS text), mcc, mnc, sms_type, from_nth,
        by_delivered, price
    FROM package JOIN package_price ON package_id = package.id
    WHERE advertiser_id = ANY (CAST(:ids AS uuid[])) AND individual AND deleted_at IS NULL
        AND starts_at <= :now AND ends_at > :now AND NOT postpaid AND spent + held + expired >= credited + credit
        AND mcc = ANY (CAST(:mccs AS text[]))
""")


def exhausted_prices(
    connection: Connection, account_ids: Collection[str], mccs: Collection[str], now: datetime
) -> dict[tuple[str, str], list[Tier]]:
    """By (account id, package id), the individual prices of packages that have only no money; of these countries."""
    found: dict[tuple[str, str], list[Tier]] = {}
    asked = {"ids": array(account_ids), "mccs": array_of_words(mccs), "now": now}
    for row in connection.execute(EXHAUSTED_PRICES, asked).mappings():
        values: dict[str, Any] = dict(row)
        found.setdefault((values.pop("account_id"), values.pop("package_id")), []).append(Tier(**values))
    return found


SAVE_ZONES = text("""
    INSERT INTO account_zone (account_id, zone, changed_at)
    SELECT account_id, zone, :changed_at FROM unnest(CAST(:ids AS uuid[]), CAST(:zones AS text[]))
        AS told (account_id, zone) ORDER BY account_id
    ON CONFLICT (account_id) DO UPDATE SET zone = excluded.zone, changed_at = excluded.changed_at
    WHERE account_zone.changed_at <= excluded.changed_at
""")


def save_zones(connection: Connection, zones: Iterable[AccountZone], changed_at: datetime) -> None:
    """Keep them, except over what was told later; sorted, as two of these may come at once."""
    by_account = {one.account_id: one.zone for one in zones}
    columns = {"ids": list(by_account), "zones": list(by_account.values()), "changed_at": changed_at}
    connection.execute(SAVE_ZONES, columns)
