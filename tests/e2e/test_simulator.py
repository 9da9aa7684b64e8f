"""The SMSC simulator over a real socket, spoken to by our own link."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import eventlet
import pytest

from golub.local.ports import free_port
from golub.simulator import Simulator, SimulatorSettings
from golub.simulator.fates import Fate, fate_of
from kit.clock import SystemClock
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.link import Link, Submission
from services.smpp_gateway.receipt import parse_receipt
from tests.unit.smpp_sessions.peers import RecordingPipeline, link_settings, submit_sm, wait_until

StartSimulator = Callable[..., Simulator]


@pytest.fixture
def start_simulator() -> Iterator[StartSimulator]:
    started: list[Simulator] = []

    def start(port: int = 0, **settings: Any) -> Simulator:
        values = {"receipt_delay_seconds": 0.05, "slow_receipt_seconds": 0.4, "receipt_retry_seconds": 0.1}
        simulator = Simulator("127.0.0.1", port, "golub", "secret", SimulatorSettings(**(values | settings)))
        simulator.start()
        started.append(simulator)
        return simulator

    yield start
    for simulator in started:
        simulator.stop(1.0)


@pytest.fixture
def start_link() -> Iterator[Callable[[Simulator], tuple[Link, RecordingPipeline]]]:
    started: list[Link] = []

    def start(simulator: Simulator) -> tuple[Link, RecordingPipeline]:
        pipeline = RecordingPipeline()
        link = Link(link_settings(simulator.address), pipeline, SystemClock())
        link.start()
        started.append(link)
        wait_until(lambda: link.state.name == "bound")
        return link, pipeline

    yield start
    for link in started:
        link.stop(1.0)


StartLink = Callable[[Simulator], tuple[Link, RecordingPipeline]]


def to_number(ending: str, key: Any = None, registered_delivery: int = 1) -> Submission:
    pdu = submit_sm(destination=f"790012345{ending}")
    pdu.registered_delivery = registered_delivery
    return Submission(key or ending, pdu)


def states(pipeline: RecordingPipeline) -> Counter[str]:
    receipts = [parse_receipt(pdu) for pdu in pipeline.receipts]
    return Counter(receipt.state for receipt in receipts if receipt)


def test_each_ending_has_the_fate_that_the_table_says() -> None:
    fates = Counter(fate_of(f"7900000000{ending:02d}") for ending in range(100))
    assert fates == {
        Fate.DELIVERED: 66,
        Fate.UNDELIVERED: 10,
        Fate.EXPIRED: 10,
        Fate.REJECTED: 10,
        Fate.SLOW: 1,
        Fate.THROTTLED: 1,
        Fate.SILENT: 1,
        Fate.DROPPED: 1,
    }
    assert {fate_of(odd) for odd in ("", "7", "ALPHA", "7900x1", "790٣٣")} == {Fate.DELIVERED}


def test_receipts_come_quickly_and_name_the_id_of_the_response(
    start_simulator: StartSimulator, start_link: StartLink
) -> None:
    link, pipeline = start_link(start_simulator())
    link.submit([to_number("00"), to_number("65"), to_number("75"), to_number("85"), to_number("99")])
    wait_until(lambda: len(pipeline.receipts) == 4, 1.0)
    assert states(pipeline) == {"delivered": 2, "undelivered": 1, "expired": 1}
    ids = {r.smsc_message_id for r in pipeline.responses if r.command_status == c.ESME_ROK}
    assert {receipt.smsc_message_id for pdu in pipeline.receipts if (receipt := parse_receipt(pdu))} == ids
    assert [r.key for r in pipeline.responses if r.command_status == c.ESME_RINVDSTADR] == ["85"]
    assert {(pdu.source_addr, pdu.destination_addr) for pdu in pipeline.receipts} >= {("79001234500", "Golub")}


def test_ninety_comes_late_and_ninety_two_never(start_simulator: StartSimulator, start_link: StartLink) -> None:
    link, pipeline = start_link(start_simulator())
    link.submit([to_number("90"), to_number("92")])
    eventlet.sleep(0.25)
    assert not pipeline.receipts
    wait_until(lambda: pipeline.receipts)
    eventlet.sleep(0.2)
    assert [pdu.source_addr for pdu in pipeline.receipts] == ["79001234590"]


def test_ninety_one_is_throttled_twice_then_delivered(start_simulator: StartSimulator, start_link: StartLink) -> None:
    link, pipeline = start_link(start_simulator())
    for attempt in range(3):
        wait_until(lambda: link.free_window)
        link.submit([to_number("91", key=attempt)])
        wait_until(lambda: len(pipeline.responses) > attempt)  # noqa: B023
    assert [r.command_status for r in pipeline.responses] == [c.ESME_RTHROTTLED] * 2 + [c.ESME_ROK]
    wait_until(lambda: states(pipeline) == {"delivered": 1})


def test_ninety_three_drops_the_link_once_and_what_came_before_it_is_answered(
    start_simulator: StartSimulator, start_link: StartLink
) -> None:
    simulator = start_simulator()
    link, pipeline = start_link(simulator)
    link.submit([to_number("00", "first"), to_number("93", "drop"), to_number("01", "after")])
    wait_until(lambda: pipeline.lost)
    assert (pipeline.lost, [r.key for r in pipeline.responses]) == (["drop", "after"], ["first"])
    assert [r.destination for r in simulator.received] == ["79001234500"]
    wait_until(lambda: link.free_window)
    link.submit([to_number("93", "again")])
    wait_until(lambda: states(pipeline) == {"delivered": 2})
    assert (simulator.stats.accepted, simulator.stats.dropped) == (2, 2)


@pytest.mark.parametrize(
    ("registered_delivery", "expected"), [(0, {}), (1, {"00", "60"}), (2, {"60"}), (0x11, {"00", "60"})]
)
def test_receipts_are_sent_as_registered_delivery_asks(
    start_simulator: StartSimulator, start_link: StartLink, registered_delivery: int, expected: set[str]
) -> None:
    link, pipeline = start_link(start_simulator())
    link.submit([to_number(ending, registered_delivery=registered_delivery) for ending in ("00", "60")])
    wait_until(lambda: len(pipeline.responses) == 2)
    eventlet.sleep(0.2)
    assert {pdu.source_addr[-2:] for pdu in pipeline.receipts} == set(expected)


def test_receipts_are_kept_while_nobody_is_bound(start_simulator: StartSimulator, start_link: StartLink) -> None:
    simulator = start_simulator(receipt_delay_seconds=0.2)
    link, pipeline = start_link(simulator)
    link.submit([to_number(f"{n:02d}") for n in range(50)])
    wait_until(lambda: len(pipeline.responses) == 50)
    link.stop(1.0)
    eventlet.sleep(0.3)
    assert simulator.stats.receipts_waiting == 50
    _, later = start_link(simulator)
    wait_until(lambda: states(later) == {"delivered": 50})
    wait_until(lambda: simulator.stats.receipts_waiting == 0)


def test_a_receipt_that_was_refused_comes_again(start_simulator: StartSimulator, start_link: StartLink) -> None:
    simulator = start_simulator()
    link, pipeline = start_link(simulator)
    pipeline.fail_receipts = 2
    link.submit([to_number("00")])
    wait_until(lambda: states(pipeline) == {"delivered": 1})
    assert simulator.stats.receipts_refused == 2


def test_a_wrong_password_is_refused(start_simulator: StartSimulator) -> None:
    simulator = start_simulator()
    pipeline = RecordingPipeline()
    link = Link(link_settings(simulator.address, password="wrong"), pipeline, SystemClock())
    link.start()
    wait_until(lambda: "0x0000000E" in link.state.reason)
    link.stop(1.0)


def test_ids_differ_over_restarts_and_the_journal_tells_of_all_runs(
    start_simulator: StartSimulator, start_link: StartLink, tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    ids: list[str] = []
    for _ in range(2):
        simulator = start_simulator(journal_path=path)
        link, pipeline = start_link(simulator)
        link.submit([to_number("00"), to_number("80"), to_number("01")])
        wait_until(lambda: len(pipeline.responses) == 3)  # noqa: B023
        ids += [r.smsc_message_id for r in pipeline.responses if r.smsc_message_id]
    assert len(set(ids)) == 4
    lines = path.read_text().splitlines()
    assert len(lines) == 4
    assert all(message_id in line for message_id, line in zip(ids, lines, strict=True))


def test_memory_is_bounded(start_simulator: StartSimulator, start_link: StartLink) -> None:
    simulator = start_simulator(max_received=10, max_waiting_receipts=5, receipt_delay_seconds=60.0)
    link, pipeline = start_link(simulator)
    link.submit([to_number(f"{n:02d}") for n in range(30)])
    wait_until(lambda: len(pipeline.responses) == 30)
    assert (len(simulator.received), simulator.stats.receipts_waiting) == (10, 5)
    assert simulator.stats.receipts_discarded == 25


def test_every_part_of_a_long_message_gets_its_own_receipt(
    start_simulator: StartSimulator, start_link: StartLink
) -> None:
    link, pipeline = start_link(start_simulator())
    parts = []
    for number in (1, 2, 3):
        part = to_number("00", key=number)
        part.pdu.esm_class = c.ESM_CLASS_UDHI
        part.pdu.short_message = bytes((5, 0, 3, 1, 3, number)) + b"part"
        parts.append(part)
    link.submit(parts)
    wait_until(lambda: states(pipeline) == {"delivered": 3})
    assert all(isinstance(pdu, p.DeliverSm) for pdu in pipeline.receipts)


ROOT = Path(__file__).resolve().parents[2]


def start_program(port: int, journal: Path) -> "subprocess.Popen[str]":
    arguments = ["--port", str(port), "--system-id", "golub", "--password", "secret", "--journal", str(journal)]
    return subprocess.Popen(
        [sys.executable, "-m", "golub", "simulator", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_program_keeps_its_journal_when_it_is_killed_and_the_link_finds_it_again(tmp_path: Path) -> None:
    journal, port = tmp_path / "journal.jsonl", free_port()
    pipeline = RecordingPipeline()
    link = Link(link_settings(("127.0.0.1", port)), pipeline, SystemClock())
    link.start()
    program = start_program(port, journal)
    for run in (1, 2):
        wait_until(lambda: link.free_window, 20.0)
        link.submit([to_number(f"{n:02d}", key=f"{run}/{n}") for n in range(20)])
        wait_until(lambda: len(pipeline.responses) == 20 * run, 20.0)  # noqa: B023
        if run == 1:
            program.send_signal(signal.SIGKILL)
            program.wait()
            wait_until(lambda: link.free_window == 0, 20.0)
            program = start_program(port, journal)
    link.stop(2.0)
    program.terminate()
    assert program.wait(10) == 0
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [record["destination"][-2:] for record in records] == [f"{n:02d}" for n in range(20)] * 2
    assert {record["message_id"] for record in records} == {r.smsc_message_id for r in pipeline.responses}
    assert pipeline.lost == []


def test_the_program_says_in_one_sentence_that_its_port_is_taken(
    start_simulator: StartSimulator, tmp_path: Path
) -> None:
    port = start_simulator().address[1]
    program = start_program(port, tmp_path / "journal.jsonl")
    _, errors = program.communicate(timeout=20)
    assert program.returncode == 1
    assert errors.strip().splitlines() == [errors.strip()]
    assert f"can't start on 127.0.0.1:{port}" in errors
