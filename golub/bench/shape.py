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
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import eventlet

from contracts.accounts import AccountsClient
from contracts.accounts_smpp import SmppSettings
from contracts.billing import BillingClient
from contracts.billing_packages import NewPackage
from golub.audit import examine
from golub.audit.databases import running_cluster
from golub.bench.cpu import cpu_seconds
from golub.bench.smsc import Smsc
from golub.distributed import DemoSeeder
from golub.local import children
from golub.local.errors import LocalServerError
from golub.local.ports import free_port
from golub.supervisor_parts import ROOT
from kit.ids import uuid7
from kit.launcher import Process
from kit.money import parse_money
from kit.settings import Settings

START_SECONDS = 120.0
STOP_SECONDS = 25.0
WINDOW = 500
CREDIT = parse_money("100000000")
SMPP_LIMITS = SmppSettings(enabled=True, max_binds=100, submits_per_second=10_000, window=1_000, allow_list=[])


class BenchShape:
    """`with BenchShape() as shape`: everything runs; afterwards everything is stopped and deleted.

    `window` is that of the link to the simulator. The demo's advertiser has money and SMPP limits enough for anything.
    """

    def __init__(self, window: int = WINDOW) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="golub-bench-"))
        # The account that runs PostgreSQL for root must be able to pass.
        self.folder.chmod(0o755)
        self.var = self.folder / "var"
        self.http_port = free_port()
        self.smsc = Smsc(self.folder)
        self._numbers = 0
        self._environment = os.environ | {
            "GOLUB_VAR": str(self.var),
            "GOLUB_HTTP_PORT": str(self.http_port),
            "GOLUB_SMPP_PORT": str(free_port()),
            "SMSC_URL": self.smsc.url,
            "SMSC_WINDOW": str(window),
            "GOLUB_LOG_LEVEL": "WARNING",
            # One key sends everything, which no limit of a key shall slow down.
            "GOLUB_API_REQUESTS_PER_SECOND": "1000000",
        }
        self.platform: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.smsc.program.start()
            output = self.folder / "platform.log"
            with children.open_log(output) as log:
                argv = [sys.executable, "-m", "golub", "up", "--distributed"]
                self.platform = children.spawn(
                    argv, log=log, env=self._environment, death_signal=signal.SIGKILL, cwd=ROOT
                )
            self._wait_until_started(output)
            self._make_room()
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
        self.smsc.program.stop(2.0)
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

    def take_numbers(self, count: int) -> int:
        """The first of so many recipients that nobody has been sent to."""
        first, self._numbers = self._numbers, self._numbers + count
        return first

    def cpu_seconds(self) -> dict[str, float]:
        """Of each process since its start; the simulator is one of them."""
        pids = {name: one["pid"] for name, one in self.processes().items()}
        return cpu_seconds(pids | {"simulator": self.smsc.program.pid or 0})

    def _make_room(self) -> None:
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
            accounts.set_smpp_settings(partner.id, advertiser.id, SMPP_LIMITS, author="bench")
        finally:
            process.stop()

    def audit(self) -> list[str]:
        report = examine(self.database_urls())
        return [f"{one.check} {one.subject}: {one.detail}" for one in report.findings] + report.notes
