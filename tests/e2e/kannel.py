"""Debian's Kannel as a client program: its two daemons, the HTTP call that sends, and what its receipts say."""

import contextlib
import os
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from golub.local.ports import LOOPBACK, free_port

_PASSWORD = "kannel"
_START_SECONDS = 90.0
_STOP_SECONDS = 10.0
# Delivered to the phone, and not delivered.
DELIVERED, FAILED = 1, 2

_CONFIGURATION = """
group = core
admin-port = {admin_port}
admin-interface = 127.0.0.1
admin-password = {password}
smsbox-port = {smsbox_port}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 0
dlr-storage = internal

{links}
group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms_port}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 0

group = sendsms-user
username = golub
password = {password}
concatenation = true
max-messages = 10
"""

_LINK = """
group = smsc
smsc = smpp
smsc-id = golub
host = {host}
{way}
smsc-username = "{system_id}"
smsc-password = "{smsc_password}"
system-type = ""
interface-version = 34
enquire-link-interval = 1
reconnect-delay = 1
source-addr-ton = 5
source-addr-npi = 0
dest-addr-ton = 1
dest-addr-npi = 1
"""


@dataclass(frozen=True, slots=True)
class KannelReceipt:
    """`kind` is Kannel's %d (1 delivered, 2 not delivered, 8 accepted by the SMSC, 16 refused by it)."""

    reference: str
    kind: int
    text: str


class Kannel:
    """Bound as a transceiver between `start` and `stop`; files and logs go to `folder`."""

    def __init__(self, folder: Path) -> None:
        self.receipts: list[KannelReceipt] = []
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._admin_port, self._smsbox_port, self._sendsms_port = free_port(), free_port(), free_port()
        self._collector: ThreadingHTTPServer | None = None

    def start(self, host: str, port: int, system_id: str, password: str, *, pair: bool = False) -> None:
        """Return once it is bound: as a transceiver, and with `pair` as transmitter and receiver too. Raises RuntimeError with the end of the log when it is not
        in time."""
        # Of one name, for receipts come through any of them, and Kannel knows a message by the name of its link.
        ways = [f"port = {port}\ntransceiver-mode = true"]
        if pair:
            ways += [f"port = {port}", f"receive-port = {port}"]
        common = {"host": host, "system_id": system_id, "smsc_password": password}
        configuration = self._folder / "kannel.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                admin_port=self._admin_port,
                smsbox_port=self._smsbox_port,
                sendsms_port=self._sendsms_port,
                password=_PASSWORD,
                folder=self._folder,
                links="".join(_LINK.format(way=way, **common) for way in ways),
            )
        )
        self._start_collector()
        self._launch("bearerbox", configuration)
        self._wait_for("the bearerbox", lambda: bool(self._status()))
        self._launch("smsbox", configuration)
        self._wait_for("the smsbox", lambda: "smsbox" in self._status() and self._sendsms_answers())
        self._wait_for("the bind", lambda: self._status().count("(online") == len(ways))

    def send(self, recipient: str, text: str, sender: str, *, cyrillic: bool = False) -> str:
        """Send with receipts asked for; return the reference that they will carry. Raises RuntimeError if refused."""
        reference = f"{recipient}-{time.monotonic_ns()}"
        callback = f"http://{LOOPBACK}:{self._collector_port}/?reference={reference}&kind=%d&text=%A"
        query = {
            "username": "golub",
            "password": _PASSWORD,
            "from": sender,
            "to": recipient,
            "text": text,
            "charset": "UTF-8",
            "coding": "2" if cyrillic else "0",
            "dlr-mask": "31",
            "dlr-url": callback,
        }
        url = f"http://{LOOPBACK}:{self._sendsms_port}/cgi-bin/sendsms?{urllib.parse.urlencode(query)}"
        answer = _get(url)
        if not answer.startswith(("0:", "3:")):
            raise RuntimeError(f"Kannel refused the message: {answer}")
        return reference

    def kinds(self, reference: str) -> list[int]:
        """Which receipts have come for a reference, in order."""
        return [receipt.kind for receipt in self.receipts if receipt.reference == reference]

    def log(self) -> str:
        """The log of the link, for the message of a failed test."""
        path = self._folder / "bearerbox.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()
        if self._collector is not None:
            self._collector.shutdown()
            self._collector.server_close()
            self._collector = None

    @property
    def _collector_port(self) -> int:
        if self._collector is None:
            raise RuntimeError("start() comes first")
        return int(self._collector.server_address[1])

    def _launch(self, program: str, configuration: Path) -> None:
        path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if path is None:
            raise RuntimeError(f"{program} is missing: install Debian's package kannel")
        with (self._folder / f"{program}.out").open("wb") as output:
            process = subprocess.Popen([path, str(configuration)], stdout=output, stderr=output, cwd=self._folder)
        self._processes.append(process)

    def _wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what} of Kannel did not come up:\n{self.log()[-3000:]}")
            time.sleep(0.1)

    def _status(self) -> str:
        with contextlib.suppress(OSError):
            return _get(f"http://{LOOPBACK}:{self._admin_port}/status.txt?password={_PASSWORD}")
        return ""

    def _sendsms_answers(self) -> bool:
        try:
            _get(f"http://{LOOPBACK}:{self._sendsms_port}/cgi-bin/sendsms")
        except OSError:
            return False
        return True

    def _start_collector(self) -> None:
        receipts = self.receipts

        class Collector(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                receipts.append(KannelReceipt(query["reference"], int(query["kind"]), query.get("text", "")))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Say nothing: Kannel's own log has it."""

        self._collector = ThreadingHTTPServer((LOOPBACK, 0), Collector)
        threading.Thread(target=self._collector.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()


def _get(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        # Kannel says why in the body of a 4xx.
        return error.read().decode()
