"""The simulator beside a measurement: started as a program, told what to do over its control port, read by its journal."""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from golub.local.ports import LOOPBACK, free_port
from golub.supervisor_parts import Program

SYSTEM_ID, PASSWORD = "golub", "bench"
RECEIPT_DELAY_SECONDS = 0.1
_TIMEOUT_SECONDS = 30.0


class Smsc:
    """`program` is to be started and stopped; `url` is what a link is given."""

    def __init__(self, folder: Path) -> None:
        self.port, self._control_port = free_port(), free_port()
        self.url = f"smpp://{SYSTEM_ID}:{PASSWORD}@{LOOPBACK}:{self.port}"
        self.journal = folder / "smsc.jsonl"
        arguments = ["--port", str(self.port), "--system-id", SYSTEM_ID, "--password", PASSWORD, "--seed", "1"]
        more = ["--journal", str(self.journal), "--receipt-delay", str(RECEIPT_DELAY_SECONDS)]
        control = ["--control-port", str(self._control_port)]
        self.program = Program("smsc", ["simulator", *arguments, *more, *control], {}, folder / "smsc.log")
        self._read_to = 0

    def respond_after(self, milliseconds: int) -> None:
        self._ask("PUT", "/scenario", f"response = {milliseconds}")

    def hold_receipts(self) -> None:
        self._ask("POST", "/receipts/hold")

    def release_receipts(self) -> int:
        """How many went."""
        return int(self._ask("POST", "/receipts/release")["waiting"])

    def close(self) -> None:
        """Drop the links and let nobody bind."""
        self._ask("PUT", "/scenario", "account = []")

    def open(self) -> None:
        account = f'account = [{{system_id = "{SYSTEM_ID}", password = "{PASSWORD}"}}]'
        self._ask("PUT", "/scenario", account)

    def counters(self) -> dict[str, Any]:
        return self._ask("GET", "/counters")

    def duplicates(self) -> int:
        """Submits that it took more than once; every recipient is used once."""
        times = Counter(line["destination"] for line in self._lines(0))
        return sum(times.values()) - len(times)

    def arrivals(self) -> dict[str, datetime]:
        """Recipient -> when its submit_sm came, of those since the last call."""
        return {line["destination"]: datetime.fromisoformat(line["at"]) for line in self._lines(self._read_to)}

    def _lines(self, start: int) -> Iterator[dict[str, Any]]:
        if not self.journal.exists():
            return
        with self.journal.open("rb") as file:
            file.seek(start)
            for line in file:
                yield json.loads(line)
            self._read_to = file.tell()

    def _ask(self, method: str, path: str, body: str = "") -> dict[str, Any]:
        connection = http.client.HTTPConnection(LOOPBACK, self._control_port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body.encode())
            response = connection.getresponse()
            document: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise RuntimeError(f"The simulator refused {method} {path}: {document}")
        return document
