"""Kannel from Debian: bearerbox with a spool store, smsbox with HTTP receipts."""

import os
import shutil
from pathlib import Path

from golub.bench.peer_base import LIMIT_SECONDS, Programs, connects, wait_for
from golub.bench.peer_generator import Order
from golub.bench.smsc import PASSWORD, SYSTEM_ID, Smsc
from golub.local.errors import LocalServerError
from golub.local.ports import free_port

WINDOW = 500
_CONNECTIONS = 32
_LOGIN = "bench"
#: Delivered to the phone, and not delivered.
_FINAL_ONLY = "3"

_CONFIGURATION = """
group = core
admin-port = {admin_port}
admin-interface = 127.0.0.1
admin-password = {secret}
smsbox-port = {smsbox_port}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 1
store-type = spool
store-location = {folder}/spool
dlr-storage = internal
sms-resend-freq = 1

group = smsc
smsc = smpp
smsc-id = bench
host = 127.0.0.1
port = {port}
transceiver-mode = true
smsc-username = "{system_id}"
smsc-password = "{password}"
system-type = ""
interface-version = 34
max-pending-submits = {window}
source-addr-ton = 5
source-addr-npi = 0
dest-addr-ton = 1
dest-addr-npi = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms_port}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 1
http-request-retry = 3

group = sendsms-user
username = golub
password = {secret}
max-messages = 10
"""


class Kannel:
    name = "Kannel"
    note = f"Debian's package, spool store, HTTP receipts, window {WINDOW}; no billing"

    def __init__(self) -> None:
        self._programs = Programs(Path())

    def start(self, folder: Path, smsc: Smsc) -> None:
        self._programs = Programs(folder)
        self._sendsms_port, admin_port, smsbox_port = free_port(), free_port(), free_port()
        configuration = folder / "kannel.conf"
        (folder / "spool").mkdir()
        configuration.write_text(
            _CONFIGURATION.format(
                folder=folder,
                admin_port=admin_port,
                smsbox_port=smsbox_port,
                sendsms_port=self._sendsms_port,
                port=smsc.port,
                system_id=SYSTEM_ID,
                password=PASSWORD,
                secret=_LOGIN,
                window=WINDOW,
            )
        )
        self._launch("bearerbox", configuration)
        wait_for("Kannel's bearerbox", folder / "bearerbox.out", lambda: connects(smsbox_port))
        self._launch("smsbox", configuration)
        wait_for("Kannel's smsbox", folder / "smsbox.out", lambda: connects(self._sendsms_port))
        wait_for("Kannel's bind", folder / "bearerbox.log", lambda: bool(smsc.counters()["binds"][SYSTEM_ID]))

    def pids(self) -> dict[str, int]:
        return self._programs.pids()

    def order(self, first: int, count: int) -> Order:
        query = {"username": "golub", "password": _LOGIN, "dlr-mask": _FINAL_ONLY}
        return Order(
            port=self._sendsms_port,
            path="/cgi-bin/sendsms",
            query=query,
            callback="dlr-url",
            callback_query="?kind=%d",
            answer="",
            first=first,
            count=count,
            connections=_CONNECTIONS,
            limit_seconds=LIMIT_SECONDS,
        )

    def stop(self) -> None:
        self._programs.stop()

    def _launch(self, program: str, configuration: Path) -> None:
        path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/lib/kannel")
        if path is None:
            raise LocalServerError(f"{program} is missing: install Debian's package kannel.")
        self._programs.start(program, [path, str(configuration)], dict(os.environ))
