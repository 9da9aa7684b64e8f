"""An operator with weather: every odd thing that a scenario can do, some of it for known recipients."""

import http.client
import json
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from golub.local.ports import LOOPBACK, free_port
from golub.simulator.fates import Fate, Fates
from golub.simulator.scenario_file import read_file
from tests.e2e.platform import Child

#: Of one session, and how many sessions the link has.
WINDOW = 100
BINDS = 2
#: Fates of recipients that are made for them, with how many of these there are.
SPECIAL = {
    "throttled": 8,
    "queue_full": 4,
    "system_error": 8,
    "no_response": 12,
    "taken_dropped": 5,
    "answered_dropped": 4,
    "dropped": 4,
    "silent": 40,
}
#: Shares of all others, in percent.
_WEIGHTS = {"delivered": 91, "undelivered": 4, "expired": 2, "rejected": 1, "rejected_later": 1, "unknown": 1}
_SCENARIO = """
seed = {seed}
response = {{ normal = [15, 6] }}
ids = {{ submit = "hex_upper", receipt = "decimal", bits = 64 }}
receipts = {{ delay = {{ uniform = [20, 1500] }}, dialect = "mixed", early = 0.02, duplicate = 0.02, unknown = 0.005 }}
links = {{ drop_mean = 12_000 }}
account = [{{ system_id = "golub", password = "secret", binds = 20, window = {window} }}]
"""
_STORM = 'storm = [{start = 0, lasts = 100_000_000, share = 0.9, command_status = "throttled"}]'


def special_recipient(fate: str, number: int) -> str:
    return f"79169{list(SPECIAL).index(fate):02d}{number:04d}"


class StormySmsc:
    """The simulator as a program of its own; everything that it draws comes from the seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.port, self._control_port = free_port(), free_port()
        self.journal = folder / "smsc.jsonl"
        self.url = f"smpp://golub:secret@{LOOPBACK}:{self.port}"
        scenario = folder / "storms.toml"
        scenario.write_text(_scenario(seed))
        read = read_file(scenario)
        self._fates = Fates(read.fates, read.seed, read.receipts.slow)
        options = ["--scenario", str(scenario), "--journal", str(self.journal), "--port", str(self.port)]
        control = ["--control-port", str(self._control_port)]
        self._child = Child(folder / "smsc.out", {}, "simulator", *options, *control)
        self._child.wait_for("Control commands", 60.0)

    def taken(self) -> dict[str, Counter[str]]:
        """How often each part of each recipient was taken. Parts are told apart by their octets, which begin with their number."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for line in self._lines():
            found[line["destination"]][line["short_message"]] += 1
        return found

    def fate_of(self, recipient: str) -> Fate:
        return self._fates.rule_of(recipient).fate

    def copies(self) -> list[dict[str, Any]]:
        """The lines that the journal itself marks as copies."""
        return [line for line in self._lines() if line.get("copy", 1) > 1]

    def counters(self) -> dict[str, Any]:
        return self._ask("GET", "/counters")

    def drop(self) -> int:
        return int(self._ask("POST", "/drop")["dropped"])

    def storm(self, raging: bool) -> None:
        """Refuse nine in ten as throttled, or no more."""
        self._ask("PUT", "/scenario", _STORM if raging else "storm = []")

    def calm(self) -> None:
        """No links are dropped at random any more, and it does not storm."""
        self._ask("PUT", "/scenario", "storm = []\nlinks = { drop_mean = 0 }")

    def stop(self) -> None:
        self._child.end(signal.SIGTERM)

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self.journal.open("rb") as file:
            for line in file:
                # The last one may be being written.
                if line.endswith(b"\n"):
                    yield json.loads(line)

    def _ask(self, method: str, path: str, body: str = "") -> dict[str, Any]:
        connection = http.client.HTTPConnection(LOOPBACK, self._control_port, timeout=60)
        try:
            connection.request(method, path, body.encode())
            response = connection.getresponse()
            document: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == http.client.OK, document
        return document


def _scenario(seed: int) -> str:
    rules = [f'[[fate]]\nfate = "{fate}"\nrecipient = "{special_recipient(fate, 0)[:-4]}*"\n' for fate in SPECIAL]
    rules += [f'[[fate]]\nfate = "{fate}"\nweight = {weight}\n' for fate, weight in _WEIGHTS.items()]
    return _SCENARIO.format(seed=seed, window=WINDOW) + "\n" + "\n".join(rules)
