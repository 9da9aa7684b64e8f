"""The command line. Each command imports what it needs when it runs."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from golub.registry import PROCESSES
from kit import logs
from kit.settings import load


def _up(arguments: argparse.Namespace) -> int:
    if arguments.distributed:
        from golub.distributed import run
    else:
        from golub.embedded import run
    return run(load())


def _run(arguments: argparse.Namespace) -> int:
    from golub.process import run

    return run(arguments.services, load())


def _migrate(arguments: argparse.Namespace) -> int:
    from golub.process import migrate

    return migrate(arguments.services, load())


def _assets(arguments: argparse.Namespace) -> int:
    from golub import assets

    assets.main([])
    return 0


def _audit(arguments: argparse.Namespace) -> int:
    from golub.audit import run

    return run(load(), arguments.metrics_file)


def _bench(arguments: argparse.Namespace) -> int:
    from golub.bench.run import run

    return run(load(), messages=arguments.messages, only=arguments.only, profiled=arguments.profile)


def _parts(text: str) -> list[str]:
    from golub.bench.run import PARTS

    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no part {unknown[0]!r}: {', '.join(PARTS)}")
    return names


def _bench_money(arguments: argparse.Namespace) -> int:
    from golub.bench.money import run

    return run(load(), rows=arguments.rows, batches=arguments.batches, advertisers=arguments.advertisers)


def _bench_peers(arguments: argparse.Namespace) -> int:
    from golub.bench.peers import run

    return run(load(), messages=arguments.messages)


def _import_plan(arguments: argparse.Namespace) -> int:
    from golub.numbering import run

    return run(load(), arguments.file)


def _import_ported(arguments: argparse.Namespace) -> int:
    from golub.numbering import run_ported

    return run_ported(load(), arguments.file, replaces=arguments.replace, dry_run=arguments.dry_run)


def _settings(arguments: argparse.Namespace) -> int:
    from golub.process import print_settings

    return print_settings()


def _add_numbering(commands: Any) -> None:
    numbering = commands.add_parser("numbering", help="What is known of numbers.").add_subparsers(
        dest="what", required=True, metavar="import-ported"
    )
    ported = "Import numbers that another operator serves than the one of their range."
    ported_file = numbering.add_parser("import-ported", help=ported, description=ported)
    ported_file.set_defaults(action=_import_ported)
    ported_file.add_argument("file", help="number;MNC or number,MCC,MNC on each line, or columns named by a header")
    mode = ported_file.add_mutually_exclusive_group()
    mode.add_argument("--add", action="store_true", help="add to the list, or change what is in it (default)")
    mode.add_argument("--replace", action="store_true", help="the file takes the place of the whole list")
    ported_file.add_argument("--dry-run", action="store_true", help="only tell what the import would do")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="golub", description="White-label bulk-SMS platform.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, about: str, action: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(action=action)
        return added

    up = command("up", "Run the whole platform on this machine, with its own PostgreSQL and an SMSC simulator.", _up)
    up.add_argument("--distributed", action="store_true", help="a process per service, on a private RabbitMQ")
    run = command("run", "Run services in this process.", _run)
    run.add_argument("services", nargs="+", choices=PROCESSES, metavar="SERVICE", help=", ".join(PROCESSES))
    migrate = command("migrate", "Bring the databases of services to the newest revision.", _migrate)
    migrate.add_argument("services", nargs="*", metavar="SERVICE", help="all when none is named")
    command("assets", "Build the front-end assets and the translations.", _assets)
    audit = command(
        "audit", "Prove that ledger, messages and statistics agree; exit status 1 where they do not.", _audit
    )
    audit.add_argument("--metrics-file", default="", metavar="PATH", help="also write the result for Prometheus")
    bench = command("bench", "Measure the path of a message in the distributed shape.", _bench)
    bench.add_argument(
        "--messages", type=int, default=60_000, help="sent end to end; other parts send a share (default: %(default)s)"
    )
    bench.add_argument(
        "--only",
        type=_parts,
        default=(),
        metavar="PART,…",
        help="end_to_end, pace, receipts, http_accept, smpp_accept, smsc_delay, scaling (default: all)",
    )
    bench.add_argument("--profile", action="store_true", help="also tell where the time of a message goes, by py-spy")
    money = command("bench-money", "Measure billing and tariffs alone, in one process.", _bench_money)
    money.add_argument(
        "--rows", type=int, default=1_000_000, help="entries in the largest ledger (default: %(default)s)"
    )
    money.add_argument("--batches", type=int, default=200, help="batches per figure at most (default: %(default)s)")
    money.add_argument("--advertisers", type=int, default=100, help="advertisers of a batch (default: %(default)s)")
    peers = command(
        "bench-peers", "Measure Kannel and Jasmin beside the platform, against one simulator.", _bench_peers
    )
    peers.add_argument("--messages", type=int, default=10_000, help="sent to each (default: %(default)s)")
    plan = command("import-numbering-plan", "Import the open-data numbering plan into tariffs.", _import_plan)
    plan.add_argument("file")
    _add_numbering(commands)
    command("settings", "List every environment variable.", _settings)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, 1 where the command failed, 2 for a wrong command line."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["simulator"]:
        from golub.simulator.cli import main as simulator

        return simulator(words[1:])
    arguments = _parser().parse_args(words)
    quiet = arguments.command == "up" and "GOLUB_LOG_LEVEL" not in os.environ
    logs.configure("WARNING" if quiet else load().log_level)
    return arguments.action(arguments)
