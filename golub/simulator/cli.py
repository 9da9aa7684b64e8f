"""`golub simulator`: the SMSC simulator as a program of its own."""

import argparse
import logging
import secrets
import signal
import sys
from dataclasses import replace
from pathlib import Path

from golub.simulator.control import Control
from golub.simulator.delays import Delay
from golub.simulator.scenario import AccountRules, Scenario
from golub.simulator.scenario_file import ScenarioError, read_file
from golub.simulator.simulator import Simulator, SimulatorSettings
from services.smpp_gateway.session_signal import Signal

_SEEDS = 1_000_000


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="golub simulator",
        description="An SMSC for tests: a scenario file, or the last two digits of a recipient, decide what becomes of "
        "its message. Options go before what a scenario says. docs/simulator.md has all of it.",
        epilog="Without rules of a scenario: 00-59 and 94-99 delivered, 60-69 undelivered, 70-79 expired, 80-89 "
        "rejected at submit, 90 receipt after 30 s, 91 throttled twice then delivered, 92 no receipt ever, 93 link "
        "dropped before the response.",
    )
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="how to behave, a TOML file")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 2776)")
    parser.add_argument("--system-id", default="golub", help="system_id of the one account (default: %(default)s)")
    parser.add_argument("--password", help="password of the one account, at most 8 characters; needed without accounts")
    parser.add_argument("--journal", type=Path, help="append accepted submits to this file, one JSON object per line")
    parser.add_argument("--receipt-delay", type=float, help="seconds to a receipt (default: 0.2)")
    parser.add_argument("--control-port", type=int, help="port of the control commands on 127.0.0.1 (default: none)")
    parser.add_argument("--seed", type=int, help="of everything that is drawn (default: drawn, and printed)")
    return parser


def main(argv: list[str]) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit status: 0, or 1 with one sentence when it can't start."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        scenario = _scenario(arguments)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 1
    if not scenario.accounts:
        parser.error("give --password, or a scenario with accounts")
    simulator = Simulator.of(scenario, SimulatorSettings(journal_path=arguments.journal))
    listen = scenario.listen
    try:
        simulator.start()
        control = Control(simulator, listen.control_port) if listen.control_port else None
    except OSError as error:
        print(f"The simulator can't start on {listen.host}:{listen.port}: {error}", file=sys.stderr)
        return 1
    print("SMSC simulator listens on {}:{}".format(*simulator.address), flush=True)
    print(f"Seed {scenario.seed}.", flush=True)
    if control is not None:
        control.start()
        print("Control commands on http://{}:{}".format(*control.address), flush=True)
    _wait_for_the_end()
    if control is not None:
        control.stop()
    simulator.stop()
    return 0


def _scenario(arguments: argparse.Namespace) -> Scenario:
    scenario = read_file(arguments.scenario) if arguments.scenario else Scenario()
    listen = {
        name: value for name in ("host", "port", "control_port") if (value := getattr(arguments, name)) is not None
    }
    if arguments.password is not None:
        account = AccountRules(system_id=arguments.system_id, password=arguments.password)
        others = tuple(one for one in scenario.accounts if one.system_id != account.system_id)
        scenario = replace(scenario, accounts=(account, *others))
    if arguments.receipt_delay is not None:
        delay = Delay("fixed", max(0.0, arguments.receipt_delay))
        scenario = replace(scenario, receipts=replace(scenario.receipts, delay=delay))
    seed = arguments.seed if arguments.seed is not None else scenario.seed or secrets.randbelow(_SEEDS)
    return replace(scenario, listen=replace(scenario.listen, **listen), seed=seed)


def _wait_for_the_end() -> None:
    stopped = Signal()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
