"""`golub bench` and its parts."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import eventlet
import pytest
from eventlet import wsgi
from sqlalchemy import text

from golub.bench import peers
from golub.bench.cpu import cpu_seconds
from golub.bench.generator import PREFIXES, recipient
from golub.bench.load import SMPP_GENERATOR, Figure, generate
from golub.bench.money_base import MoneyServices
from golub.bench.money_debit import warm_up
from golub.bench.money_ledger import CYCLE_ENTRIES, DAYS_BACK, Ledger
from golub.bench.peer_generator import Order as PeerOrder
from golub.bench.peers import GENERATOR as PEER_GENERATOR
from golub.bench.profile import stacks
from golub.bench.report import table
from golub.bench.run import PARTS
from golub.bench.scaling import scaling
from golub.bench.smpp_generator import Order as SmppOrder
from golub.simulator import Simulator
from golub.simulator.fates import Fate, fate_of
from golub.simulator.scenario_file import read
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


def test_the_report_shows_each_part_with_how_it_was_measured_and_every_process() -> None:
    part = {
        "how": "Sent and counted.",
        "figures": [Figure("messages/s", "912", "1,500"), Figure("cores busy", "1.75")],
        "cpu_milliseconds_per_message": {"billing": 0.1, "smpp_gateway": 0.7},
    }
    told = table(
        {
            "parts": {"end_to_end": part, "scaling": {"how": "Computed.", "figures": []}},
            "duplicates": 0,
            "restarts": {"billing": 1},
            "audit": ["one finding"],
        }
    )
    lines = [" ".join(line.split()) for line in told.splitlines() if line]
    assert lines == [
        "end_to_end",
        "Sent and counted.",
        "messages/s 912 (asked: 1,500)",
        "cores busy 1.75",
        "scaling",
        "Computed.",
        "CPU milliseconds per message end_to_end",
        # The dearest process comes first.
        "smpp_gateway 0.700",
        "billing 0.100",
        "together 0.800",
        "duplicates at the SMSC: 0",
        "restarts: {'billing': 1}",
        "audit: one finding",
    ]


def test_gateways_scale_with_their_number_and_what_is_shared_needs_cores() -> None:
    found = scaling(
        {"smpp_gateway": 0.2, "postgres": 0.4, "rabbitmq": 0.05, "billing": 0.1, "simulator": 9, "generator": 9}
    )
    one, two, *_ = found["rows"]
    assert (one["messages_per_second"], two["messages_per_second"]) == (5_000, 10_000)
    assert two["cores"] == pytest.approx({"postgres": 4.0, "rabbitmq": 0.5, "other services": 1.0})
    assert two["cores_together"] == pytest.approx(7.5)
    assert found["rows"][-1]["replicas"] == {"billing": 4}


def test_samples_count_for_the_innermost_function_of_ours_and_waiting_for_nothing() -> None:
    found = stacks(
        (
            "main (golub/__main__.py:1);move (services/smpp_gateway/repository.py:9);execute (sqlalchemy/engine/base.py:3) 6",
            "main (golub/__main__.py:1);move (services/smpp_gateway/repository.py:8) 2",
            "run (eventlet/hubs/hub.py:5);fire (eventlet/hubs/hub.py:7) 2",
            "run (eventlet/hubs/hub.py:5);Hub.do_poll (eventlet/hubs/epolls.py:7) 90",
        ),
        200.0,
    )
    assert found["functions"] == {"services/smpp_gateway/repository.py: move": 160.0, "eventlet: fire": 40.0}
    assert found["libraries"] == {"SQLAlchemy": 120.0, "ours": 40.0, "eventlet": 40.0}


def test_the_smpp_generator_keeps_its_windows_and_tells_what_was_refused() -> None:
    limits = 'account = [{system_id = "demo", password = "secret", window = 5, binds = 3}]\nresponse = 5\n'
    rules = '[[fate]]\nfate = "rejected"\nrecipient = "7903*"'
    simulator = Simulator.of(read(f"{limits}listen = {{port = 0}}\n{rules}"))
    simulator.start()
    try:
        order = SmppOrder(simulator.address[1], "demo", "secret", "Golub", 0, 400, binds=3, window=5, receipts=True)
        result = generate(SMPP_GENERATOR, order)
    finally:
        simulator.stop(0.2)
    assert (result["accepted"], result["refused"]) == (300, {"0x0000000B": 100})
    assert (simulator.stats.over_window, simulator.stats.submits) == (0, 400)
    assert len({one.destination for one in simulator.received}) == 300


def test_the_generator_of_peers_counts_what_is_taken_and_each_receipt_that_calls() -> None:
    """A peer of three lines: it refuses one recipient in four, and calls back twice for none and once for the rest."""

    def peer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        refused = query["to"].startswith("7903")
        start_response("403 Forbidden" if refused else "202 Accepted", [("Content-Length", "2")])
        if not refused:
            eventlet.spawn_after(0.01, call, query["dlr-url"])
        return [b"ok"]

    def call(url: str) -> None:
        with eventlet.connect(("127.0.0.1", urlsplit(url).port)) as connection:
            connection.sendall(b"GET /?kind=1 HTTP/1.1\r\n\r\n")
            answers.append(connection.recv(1_000))

    answers: list[bytes] = []
    listener = eventlet.listen(("127.0.0.1", 0), backlog=128)
    server = eventlet.spawn(wsgi.server, listener, peer, log_output=False)
    try:
        order = PeerOrder(
            port=listener.getsockname()[1],
            path="/send",
            query={"user": "bench"},
            callback="dlr-url",
            callback_query="?kind=%d",
            answer="ACK",
            first=0,
            count=40,
            connections=4,
            limit_seconds=60.0,
        )
        result = generate(PEER_GENERATOR, order)
    finally:
        server.kill()
    assert (result["accepted"], result["refused"], result["receipts"]) == (30, 10, 30)
    assert all(answer.endswith(b"ACK") for answer in answers)


def test_the_comparison_says_why_a_peer_was_not_measured() -> None:
    ours = {"name": "Golub", "note": "all of it", "messages": 9_000, "messages_per_second": 1_800.4}
    systems = [
        ours | {"cpu_milliseconds_per_message": {"billing": 0.25, "postgres": 0.5}},
        {"name": "Jasmin", "note": "", "why_not": "redis-server is missing."},
    ]
    lines = peers.table({"how": "Sent.", "messages": 9_000, "systems": systems}).splitlines()
    assert " ".join(lines[-4].split()) == "Golub 9,000 1,800 0.750"
    assert lines[-2].strip() == "postgres 0.500, billing 0.250"
    assert " ".join(lines[-1].split()) == "Jasmin not measured: redis-server is missing."


def test_an_unknown_part_is_refused_by_its_name() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "golub", "bench", "--only", "end_to_end,warp"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "there is no part 'warp'" in result.stderr


@pytest.mark.long
def test_a_short_measurement_ends_with_everything_delivered_once(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "GOLUB_VAR": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-m", "golub", "bench", "--messages", "3000"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads((tmp_path / "bench" / "report.json").read_text())
    load = report["parts"]["end_to_end"]
    assert (load["delivered"], report["duplicates"], report["audit"]) == (3_000, 0, [])
    assert load["cpu_milliseconds_per_message"].keys() >= {"smpp_gateway", "postgres", "rabbitmq", "generator"}
    assert tuple(report["parts"]) == PARTS
    assert all(part["how"] and part["figures"] for part in report["parts"].values())


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
        # In the first hours of a day the quiet ones before now reach into the day before.
        assert days >= DAYS_BACK - 2
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
