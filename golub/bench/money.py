"""`golub bench-money`: what billing and tariffs alone carry in one process with its PostgreSQL, and how that changes as
the ledger grows.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from contracts.billing import BillingClient
from contracts.tariffs import TariffsClient
from golub.bench.money_base import GROUPS, MoneyBase
from golub.bench.money_debit import WrongAnswerError, curve, others, service_debits, together, warm_up
from golub.bench.money_ledger import Ledger
from golub.bench.money_meter import StatementClock
from golub.bench.money_quote import Prices, quotes, service_quotes
from golub.bench.money_report import table
from golub.local.errors import LocalServerError
from kit.clock import SystemClock, to_rfc3339
from kit.settings import Settings
from services.billing.audit import audit

#: Asked for more, the audit would take longer than everything else.
MOST_ROWS_AUDITED = 1_000_000
DIRECT, BUS = "direct", "bus"


def run(settings: Settings, rows: int = 1_000_000, batches: int = 200, advertisers: int = 100) -> int:
    """Measure on ledgers of 10,000 entries up to `rows`, print the report and keep it in var/bench/money.json.

    `batches` per figure at most, each spread over so many `advertisers`. 0; 1 where it can't start, where a call does something else than was to be measured, or
    where the audit finds something afterwards.
    """
    try:
        with MoneyBase(advertisers) as base:
            document = _measure(base, rows, batches)
    except (LocalServerError, WrongAnswerError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    folder = Path(settings.var).absolute() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "money.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    print(table(document))
    print(f"The same is in {folder / 'money.json'}.")
    return 1 if document["audit"] else 0


def _measure(base: MoneyBase, rows: int, batches: int) -> dict[str, Any]:
    """The services alone and directly first, with nothing else in the process; then over the bus, with all that runs in a service process."""
    _say(f"a ledger of up to {rows:,} entries is being made in {base.folder}")
    document: dict[str, Any] = {
        "began": to_rfc3339(SystemClock().now()),
        "cores": os.cpu_count(),
        "advertisers": base.advertisers,
        "groups": GROUPS,
    }
    services = base.services
    ledger = Ledger(services)
    clock = StatementClock(services.db["billing"].engine)
    document["curve"] = list(map(_told, curve(base, ledger, clock, rows, batches)))
    ledger.catch_up()
    base.checkpoint()
    prices = Prices(services)
    document["plan_ranges"] = prices.ranges
    document["runs"] = [
        _told(service_debits(base, batches)),
        *map(_told, service_quotes(base, prices, batches)),
    ]
    document["runs"] += _all_runs(base, prices, DIRECT, services.billing, services.tariffs, batches)
    base.start_process()
    over_bus = base.over_bus(BillingClient), base.over_bus(TariffsClient)
    document["runs"] += _all_runs(base, prices, BUS, *over_bus, batches)
    document["rows"] = ledger.rows()
    document["audit"] = _audit(base) if rows <= MOST_ROWS_AUDITED else None
    return document


def _all_runs(
    base: MoneyBase, prices: Prices, way: str, billing: BillingClient, tariffs: TariffsClient, batches: int
) -> list[dict[str, Any]]:
    warm_up(base.services)
    return [
        *map(_told, together(base, billing, way, batches)),
        *map(_told, others(base, billing, way, batches)),
        *map(_told, quotes(base, prices, tariffs, way, batches)),
    ]


def _told(figures: dict[str, Any]) -> dict[str, Any]:
    """A line for whoever waits: the whole takes minutes."""
    what = figures.get("what") or f"billing.debit on {figures['rows']:,} entries"
    cpu = ", ".join(f"{name} {cost:.1f}" for name, cost in figures["cpu_microseconds_per_item"].items())
    times = {
        key: figures[key]["p50"]
        for key in ("milliseconds", "on_core_milliseconds", "database_milliseconds", "database_on_core_milliseconds")
        if key in figures
    }
    told = ", ".join(f"{name.removesuffix('milliseconds')} {value:.1f}" for name, value in times.items())
    _say(f"{what}: {figures['items_per_second']:,.0f} items/s, p50 in ms: {told}, CPU µs/item: {cpu}")
    return figures


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _audit(base: MoneyBase) -> list[str]:
    """What billing's own audit finds in the base, the made history included; nothing is what it should be."""
    with base.services.db["billing"].begin() as connection:
        return [f"{one.check} {one.subject}: {one.detail}" for one in audit(connection)]
