"""The report of billing and tariffs for people."""

from collections.abc import Iterator
from typing import Any

_ACCOUNTS = {None: "", "shared": ", same accounts", "apart": ", accounts of their own"}


def table(document: dict[str, Any]) -> str:
    """The curve of the debit over the size of the ledger, then a line per measurement."""
    return "\n".join((*_curve(document), *_runs(document), *_end(document)))


def _curve(document: dict[str, Any]) -> Iterator[str]:
    advertisers = document["advertisers"]
    yield f"\nbilling.debit of {document['curve'][0]['items']} items over {advertisers} advertisers, called directly"
    yield (
        f"{'entries in the ledger':>22}{'in the database':>18}{'on a core':>16}{'commit':>8}{'whole':>16}{'on a core':>16}"
        f"{'PostgreSQL, CPU µs/item':>25}{'load':>6}"
    )
    yield f"{'':>22}{'p50 / p99, ms':>18}{'p50 / p99':>16}{'p50':>8}{'p50 / p99':>16}{'p50 / p99':>16}"
    for size in document["curve"]:
        yield (
            f"{size['rows']:>22,}{_pair(size['database_milliseconds']):>18}"
            f"{_pair(size['database_on_core_milliseconds']):>16}{size['commit_milliseconds']['p50']:>8.1f}"
            f"{_pair(size['milliseconds']):>16}{_pair(size['on_core_milliseconds']):>16}"
            f"{size['cpu_microseconds_per_item']['postgres']:>25.1f}{_load(size):>6.1f}"
        )
    statements = max(size["statements"] for size in document["curve"])
    yield f"statements of a batch: {statements}; on a core: processor time of this thread and its PostgreSQL process"


def _runs(document: dict[str, Any]) -> Iterator[str]:
    yield f"\nwith {document['rows']:,} entries, {document['plan_ranges']:,} ranges of numbers"
    yield (
        f"{'':<54}{'way':>7}{'items':>7}{'at once':>9}{'items/s':>10}{'p50 / p99, ms':>18}{'CPU µs/item':>13}"
        f"{'of PostgreSQL':>15}{'load':>7}"
    )
    for run in document["runs"]:
        cpu = run["cpu_microseconds_per_item"]
        yield (
            f"{run['what'] + _ACCOUNTS[run.get('accounts')]:<54}{run['way']:>7}{run['items']:>7,}{run['at_once']:>9}"
            f"{run['items_per_second']:>10,.0f}{_pair(run['milliseconds']):>18}{sum(cpu.values()):>13.1f}"
            f"{cpu['postgres']:>15.1f}{_load(run):>7.1f}"
        )


def _end(document: dict[str, Any]) -> Iterator[str]:
    loads = [load for run in (*document["curve"], *document["runs"]) for load in run["load_average"]]
    yield f"\nload average {min(loads):.1f} to {max(loads):.1f} on {document['cores']} cores, this program's own included"
    if document["audit"] is None:
        yield "audit: not made of so large a ledger"
    else:
        yield "audit: " + ("; ".join(document["audit"]) if document["audit"] else "nothing found")


def _pair(figures: dict[str, float]) -> str:
    return f"{figures['p50']:.1f} / {figures['p99']:.1f}"


def _load(run: dict[str, Any]) -> float:
    """At its end: the average of the last minute, most of which the measurement made."""
    return run["load_average"][1]
