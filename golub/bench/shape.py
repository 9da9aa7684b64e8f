"""A distributed platform in a temporary folder, with an SMSC of its own, for one measurement."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import eventlet

from contracts.accounts import AccountsClient
from contracts.billing import BillingClient
from contracts.billing_packages import NewPackage
from golub.audit import examine
from golub.audit.databases import running_cluster
from golub.distributed import DemoSeeder
from golub.local import children
from golub.local.errors import LocalServerError
from golub.local.ports import free_port
from golub.supervisor_parts import ROOT, Program
from kit.ids import uuid7
from kit.launcher import Process
from kit.money import parse_money
from kit.settings import Settings

START_SECONDS = 120.0
STOP_SECONDS = 25.0
WINDOW = 500
RECEIPT_DELAY_SECONDS = 0.1
CREDIT = parse_money("100000000")


class BenchShape:
    """`with BenchShape() as shape`: everything runs; afterwards everything is stopped and deleted."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="golub-bench-"))
        # The account that runs PostgreSQL for root must be able to pass.
        self.folder.chmod(0o755)
        self.var = self.folder / "var"
        self.http_port = free_port()
        self.journal = self.folder / "smsc.jsonl"
        smsc_port = free_port()
        arguments = ["simulator", "--port", str(smsc_port), "--password", "bench", "--journal", str(self.journal)]
        delay = ["--receipt-delay", str(RECEIPT_DELAY_SECONDS)]
        self.smsc = Program("smsc", [*arguments, *delay], {}, self.folder / "smsc.log")
        self._environment = os.environ | {
            "GOLUB_VAR": str(self.var),
            "GOLUB_HTTP_PORT": str(self.http_port),
            "GOLUB_SMPP_PORT": str(free_port()),
            "SMSC_URL": f"smpp://golub:bench@127.0.0.1:{smsc_port}",
            "SMSC_WINDOW": str(WINDOW),
            "GOLUB_LOG_LEVEL": "WARNING",
        }
        self.platform: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.smsc.start()
            output = self.folder / "platform.log"
            with children.open_log(output) as log:
                argv = [sys.executable, "-m", "golub", "up", "--distributed"]
                self.platform = children.spawn(
                    argv, log=log, env=self._environment, death_signal=signal.SIGKILL, cwd=ROOT
                )
            self._wait_until_started(output)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end()

    def _wait_until_started(self, output: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while "Golub is running" not in output.read_text(errors="replace"):
            if time.monotonic() > deadline or self.platform is None or self.platform.poll() is not None:
                raise LocalServerError(f"The platform did not start:\n{children.last_lines(output, 20)}")
            eventlet.sleep(0.2)

    def _end(self) -> None:
        if self.platform is not None:
            children.stop(self.platform, signal.SIGINT, STOP_SECONDS)
        self.smsc.stop(2.0)
        link = self.var / "postgres"
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def demo(self) -> dict[str, Any]:
        return json.loads((self.var / "demo.json").read_text())

    def processes(self) -> dict[str, dict[str, Any]]:
        return json.loads((self.var / "processes.json").read_text())

    def restarts(self) -> dict[str, int]:
        """How often each process that died was started again; nothing should be in it."""
        return {name: one["restarts"] for name, one in self.processes().items() if one["restarts"]}

    def database_urls(self) -> dict[str, str]:
        return running_cluster(self.var)

    def credit(self) -> None:
        """Money enough for anything, for the advertiser and for its partner."""
        uri = self.processes()["rabbitmq"]["uri"]
        process = Process([DemoSeeder], dataclasses.replace(Settings(), amqp_uri=uri))
        process.start()
        try:
            accounts, billing = process.client(AccountsClient), process.client(BillingClient)
            partner = accounts.list_partners()[0]
            advertiser = accounts.list_advertisers(partner.id).items[0]
            billing.credit_partner(id=str(uuid7()), partner_id=partner.id, amount=CREDIT, credit=0, author="bench")
            package = NewPackage(
                id=str(uuid7()), advertiser_id=advertiser.id, partner_id=partner.id, amount=CREDIT, paid=True
            )
            billing.add_package(package, author="bench")
        finally:
            process.stop()

    def duplicates(self) -> int:
        """Submits that the SMSC took more than once; every recipient is used once."""
        times = Counter(json.loads(line)["destination"] for line in self.journal.read_text().splitlines())
        return sum(times.values()) - len(times)

    def audit(self) -> list[str]:
        report = examine(self.database_urls())
        return [f"{one.check} {one.subject}: {one.detail}" for one in report.findings] + report.notes
