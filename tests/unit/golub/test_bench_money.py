"""The parts of `golub bench-money` that need no server."""

from collections.abc import Sequence
from typing import Any

import pytest

from golub.bench import money_meter
from golub.bench.money_base import Group
from golub.bench.money_debit import batch, sizes
from golub.bench.money_meter import measure
from golub.bench.money_quote import NUMBERS_PER_CODE, plan_lines
from golub.bench.money_report import table
from kit.ids import uuid7
from services.tariffs.open_data import parse

TIMES = {"least": 20.0, "p50": 30.04, "p99": 55.0}
FIGURES: dict[str, Any] = {
    "calls": 200,
    "items": 500,
    "at_once": 2,
    "items_per_second": 12_345.6,
    "milliseconds": TIMES,
    "cpu_microseconds_per_item": {"python": 40.0, "postgres": 51.5},
    "load_average": [0.5, 1.5],
}
SIZE = FIGURES | {
    "rows": 10_000,
    "statements": 8,
    "commit_milliseconds": TIMES,
    "database_milliseconds": TIMES,
    "database_on_core_milliseconds": TIMES | {"p50": 20.0},
    "on_core_milliseconds": TIMES,
}
RUN = FIGURES | {"what": "billing.debit", "way": "bus", "accounts": "apart"}
DOCUMENT: dict[str, Any] = {
    "curve": [SIZE, SIZE | {"rows": 1_000_000, "load_average": [2.0, 3.25]}],
    "runs": [RUN, FIGURES | {"what": "tariffs.quote, flat", "way": "direct"}],
    "advertisers": 100,
    "rows": 1_200_000,
    "plan_ranges": 16_600,
    "cores": 2,
    "audit": [],
}


class Still:
    """A base whose processes use no processor time."""

    def cpu_seconds(self) -> dict[str, float]:
        return {"python": 1.0, "postgres": 2.0}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (2_000, [2_000]),
        (10_000, [10_000]),
        (30_000, [10_000, 30_000]),
        (10_000_000, [10_000, 100_000, 1_000_000, 10_000_000]),
    ],
)
def test_the_ledger_grows_tenfold_up_to_the_rows_asked_for(rows: int, expected: list[int]) -> None:
    assert sizes(rows) == expected


def test_a_batch_is_of_500_new_messages_over_all_advertisers_of_one_partner() -> None:
    group = Group(str(uuid7()), [str(uuid7()) for _ in range(100)], [])
    items = batch(group)
    assert len({one.message_id for one in items}) == 500
    assert {one.advertiser_id for one in items} == set(group.advertiser_ids)
    assert {one.partner_id for one in items} == {group.partner_id}


def test_the_plan_is_as_large_as_the_published_one_and_holds_every_mobile_number() -> None:
    plan = parse(plan_lines())
    assert len(plan.ranges) == 16_600
    assert sum(one.last - one.first + 1 for one in plan.ranges) == 100 * NUMBERS_PER_CODE
    assert (plan.unknown_operators, plan.unknown_regions) == ({}, set())


def test_every_call_is_made_once_and_its_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1_000))
    monkeypatch.setattr(money_meter.time, "perf_counter", lambda: next(ticks))
    made: list[int] = []
    found = measure(Still(), _calls(made, 10), 50)  # type: ignore[arg-type]
    assert made == list(range(10))
    # Each call lasts from one tick to the next; ten of them, and the whole, are looked at twice.
    assert found["milliseconds"] == {"least": 1_000, "p50": 1_000, "p99": 1_000}
    assert found["items_per_second"] == 10 * 50 / 21
    assert found["cpu_microseconds_per_item"] == {"python": 0, "postgres": 0}


def _calls(made: list[int], count: int) -> Sequence[Any]:
    return [lambda number=number: made.append(number) for number in range(count)]


def test_the_report_shows_the_curve_and_every_measurement_with_its_load() -> None:
    lines = table(DOCUMENT).splitlines()
    assert lines[1] == "billing.debit of 500 items over 100 advertisers, called directly"
    figures = "10,000 30.0 / 55.0 20.0 / 55.0 30.0 30.0 / 55.0 30.0 / 55.0 51.5 1.5"
    assert " ".join(lines[4].split()) == figures
    assert lines[5].split()[0] == "1,000,000"
    assert lines[5].split()[-1] == "3.2"
    assert lines[6].startswith("statements of a batch: 8")
    assert lines[8] == "with 1,200,000 entries, 16,600 ranges of numbers"
    told = "billing.debit, accounts of their own bus 500 2 12,346 30.0 / 55.0 91.5 51.5 1.5"
    assert " ".join(lines[10].split()) == told
    assert lines[11].split()[:3] == ["tariffs.quote,", "flat", "direct"]
    assert lines[-2:] == ["load average 0.5 to 3.2 on 2 cores, this program's own included", "audit: nothing found"]


@pytest.mark.parametrize(("audit", "told"), [(["a", "b"], "a; b"), (None, "not made of so large a ledger")])
def test_the_report_tells_what_the_audit_found_or_that_there_was_none(audit: list[str] | None, told: str) -> None:
    assert table(DOCUMENT | {"audit": audit}).splitlines()[-1] == f"audit: {told}"
