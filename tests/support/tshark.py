"""Debian's tshark as a second opinion on what went over the wire."""

import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.support.tape import SERVER_PORT

_LIMIT_SECONDS = 120
_ERROR_SEVERITY = 0x00800000
_FIELDS = (
    "smpp.command_id",
    "_ws.malformed",
    "_ws.expert.severity",
    "_ws.expert.message",
    "smpp.message_payload.duplicate",
    "tcp.analysis.flags",
)
# Occurrences of a field in one packet; no expert message has this in it.
_AGGREGATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Dissection:
    """`commands`: how many PDUs of each command_id it read; `faults`: a line for each packet it finds fault with."""

    commands: Counter[int]
    faults: list[str]


def dissect(capture: Path) -> Dissection:
    """Read a capture file. Raises RuntimeError where tshark is missing or can't read it."""
    program = shutil.which("tshark")
    if program is None:
        raise RuntimeError("tshark is missing: install Debian's package tshark")
    fields = [argument for name in _FIELDS for argument in ("-e", name)]
    command = [program, "-n", "-r", str(capture), "-d", f"tcp.port=={SERVER_PORT},smpp", "-T", "fields", *fields]
    command += ["-E", "separator=/t", "-E", f"aggregator={_AGGREGATOR}"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False)
    if result.returncode:
        raise RuntimeError(f"tshark ended with {result.returncode}: {result.stderr}")
    commands: Counter[int] = Counter()
    faults = []
    for number, line in enumerate(result.stdout.splitlines(), start=1):
        found, malformed, severities, messages, duplicate, tcp = line.split("\t")
        commands.update(int(one, 16) for one in found.split(_AGGREGATOR) if one)
        errors = [one for one in severities.split(_AGGREGATOR) if one and int(one, 0) >= _ERROR_SEVERITY]
        if malformed or errors or duplicate or tcp:
            faults.append(
                f"packet {number}: {messages.replace(_AGGREGATOR, '; ')} {malformed} {duplicate} {tcp}".strip()
            )
    return Dissection(commands, faults)
