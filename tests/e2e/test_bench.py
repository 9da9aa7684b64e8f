"""`golub bench` and its parts."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from golub.bench.cpu import cpu_seconds
from golub.bench.generator import PREFIXES, recipient
from golub.bench.money_base import MoneyServices
from golub.bench.money_debit import warm_up
from golub.bench.money_ledger import CYCLE_ENTRIES, DAYS_BACK, Ledger
from golub.bench.report import table
from golub.simulator.fates import Fate, fate_of
from services.billing.audit import audit
from tests.e2e.platform import ROOT


def test_each_recipient_is_another_and_is_delivered_to() -> None:
    made = [recipient(number) for number in range(20_000)]
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {11}
    assert {one[:4] for one in made} == set(PREFIXES)
    assert {fate_of(one) for one in made} == {Fate.DELIVERED}


def test_processor_time_counts_children_that_have_ended() -> None:
    before = cpu_seconds({"us": os.getpid()})["us"]
    subprocess.run([sys.executable, "-S", "-c", "for _ in range(6_000_000): pass"], check=True)
    assert cpu_seconds({"us": os.getpid(), "nobody": 2**22 + 1})["us"] - before > 0.05


def test_the_report_shows_both_runs_and_every_process() -> None:
    run = {
        "messages": 30_000,
        "delivered": 30_000,
        "messages_per_second": 912.3,
        "accepted_per_second": 4_000.0,
        "accept_to_submit_seconds": {"p50": 1.5, "p99": 2.5},
        "accept_to_final_seconds": {"p50": 2.5, "p99": 3.5},
        "request_seconds": {"p50": 0.1, "p99": 0.2},
        "cpu_cores_busy": 1.75,
        "cpu_milliseconds_per_message": {"billing": 0.1, "smpp_gateway": 0.7},
    }
    told = table({"load": run, "paced": run, "duplicates": 0, "restarts": {"billing": 1}, "audit": ["one finding"]})
    lines = told.splitlines()
    assert "messages/s, receipts included                      912                 912" in lines
    # The dearest process comes first.
    assert [line.split()[0] for line in lines if line.startswith("  ")][:3] == ["as", "smpp_gateway", "billing"]
    assert lines[-3:] == ["duplicates at the SMSC: 0", "restarts: {'billing': 1}", "audit: one finding"]


@pytest.mark.long
def test_a_short_measurement_ends_with_everything_delivered_once(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "GOLUB_VAR": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-m", "golub", "bench", "--messages", "3000"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads((tmp_path / "bench" / "report.json").read_text())
    assert (report["load"]["delivered"], report["duplicates"], report["audit"]) == (3_000, 0, [])
    assert report["load"]["cpu_milliseconds_per_message"].keys() >= {
        "smpp_gateway",
        "postgres",
        "rabbitmq",
        "generator",
    }


def test_a_made_ledger_grows_to_the_size_asked_for_and_is_one_that_the_audit_believes(
    service_database: Callable[[str], str],
) -> None:
    services = MoneyServices({name: service_database(name) for name in ("billing", "tariffs")}, advertisers=2)
    try:
        ledger = Ledger(services)
        for rows in (1_000, 6_000):
            ledger.fill(rows)
            # What is there already counts too: credits, and what the batches before have left.
            assert rows - CYCLE_ENTRIES < ledger.rows() <= rows
            warm_up(services)
        ledger.catch_up()
        with services.db["billing"].begin() as connection:
            assert audit(connection) == []
            holds = connection.execute(text("SELECT count(*) FROM ledger_entry WHERE kind = 'hold'")).scalar_one()
            days = connection.execute(text("SELECT count(DISTINCT day) FROM ledger_day")).scalar_one()
        assert holds > 0
        assert days >= DAYS_BACK
    finally:
        services.close()


@pytest.mark.long
def test_money_is_measured_on_a_ledger_that_the_audit_believes(tmp_path: Path) -> None:
    """Every answer of a call is looked at by the command itself: it ends with 1 where one is not what was asked for."""
    environment = {"PATH": os.environ["PATH"], "GOLUB_VAR": str(tmp_path)}
    small = ["--rows", "20000", "--batches", "1", "--advertisers", "5"]
    command = [sys.executable, "-W", "ignore", "-m", "golub", "bench-money", *small]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads((tmp_path / "bench" / "money.json").read_text())
    assert report["audit"] == []
    first, second = report["curve"]
    # To each size the three batches are added that warm up; a batch of 500 leaves two entries of each message.
    assert 10_000 + 3_000 - 10 <= first["rows"] <= 10_000 + 3_000
    assert 20_000 + 3_000 - 10 <= second["rows"] <= 20_000 + 3_000
    assert first["rows_after"] == first["rows"] + 1_000
    assert 0 < first["database_milliseconds"]["p50"] < first["milliseconds"]["p50"]
    made = {(run["what"], run["way"]) for run in report["runs"]}
    assert {what for what, way in made if way == "service"} == {
        "billing.debit",
        "tariffs.quote, flat",
        "tariffs.quote, tiers",
    }
    assert {one for one in made if one[1] != "service"} == {
        (what, way)
        for way in ("direct", "bus")
        for what in (
            "billing.debit",
            "billing.debit, tiers",
            "billing.debit, by delivered",
            "billing.settle",
            "billing.estimate",
            "tariffs.quote, flat",
            "tariffs.quote, tiers",
        )
    }
