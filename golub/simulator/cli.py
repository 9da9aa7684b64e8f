"""`golub simulator`: the SMSC simulator as a program of its own."""

import argparse
import logging
import signal
import sys
from pathlib import Path

from golub.simulator.simulator import Simulator, SimulatorSettings
from services.smpp_gateway.session_signal import Signal


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="golub simulator",
        description="An SMSC for tests: the last two digits of a recipient decide what becomes of its message.",
        epilog="00-59 and 94-99 delivered, 60-69 undelivered, 70-79 expired, 80-89 rejected at submit, 90 receipt "
        "after 30 s, 91 throttled twice then delivered, 92 no receipt ever, 93 link dropped before the response.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=2776, help="port to listen on (default: %(default)s)")
    parser.add_argument("--system-id", default="golub", help="system_id of the one account (default: %(default)s)")
    parser.add_argument("--password", required=True, help="password of the account, at most 8 characters")
    parser.add_argument("--journal", type=Path, help="append accepted submits to this file, one JSON object per line")
    parser.add_argument("--receipt-delay", type=float, default=0.2, help="seconds to a receipt (default: %(default)s)")
    return parser


def main(argv: list[str]) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit status: 0, or 1 with one sentence when it can't listen."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = SimulatorSettings(receipt_delay_seconds=arguments.receipt_delay, journal_path=arguments.journal)
    simulator = Simulator(arguments.host, arguments.port, arguments.system_id, arguments.password, settings)
    try:
        simulator.start()
    except OSError as error:
        print(f"The simulator can't start on {arguments.host}:{arguments.port}: {error}", file=sys.stderr)
        return 1
    print("SMSC simulator listens on {}:{}".format(*simulator.address), flush=True)
    stopped = Signal()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    simulator.stop()
    return 0
