"""`golub bench` and its parts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from golub.bench.cpu import cpu_seconds
from golub.bench.generator import PREFIXES, recipient
from golub.bench.report import table
from golub.simulator.fates import Fate, fate_of
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
