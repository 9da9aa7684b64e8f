"""The report for people."""

import textwrap
from collections.abc import Iterator
from typing import Any

_WIDTH = 120
_LABEL = 68


def table(document: dict[str, Any]) -> str:
    """A block per part: how it was measured, its figures beside what is asked; then what each process has cost."""
    return "\n".join(_lines(document))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    for name, part in document["parts"].items():
        yield from _part(name, part)
    yield from _costs(
        {name: part for name, part in document["parts"].items() if "cpu_milliseconds_per_message" in part}
    )
    yield from (f"duplicates at the SMSC: {document['duplicates']}",)
    if document["restarts"]:
        yield f"restarts: {document['restarts']}"
    yield "audit: " + ("; ".join(document["audit"]) if document["audit"] else "nothing found")


def _part(name: str, part: dict[str, Any]) -> Iterator[str]:
    yield f"\n{name}"
    yield from textwrap.wrap(part["how"], _WIDTH, initial_indent="  ", subsequent_indent="  ")
    for figure in part["figures"]:
        asked = f"   (asked: {figure.asked})" if figure.asked else ""
        yield f"  {figure.label:<{_LABEL}} {figure.value}{asked}"


def _costs(parts: dict[str, dict[str, Any]]) -> Iterator[str]:
    if not parts:
        return
    yield "\nCPU milliseconds per message" + "".join(f"{name:>16}" for name in parts)
    columns = [part["cpu_milliseconds_per_message"] for part in parts.values()]
    for name in sorted(columns[0], key=lambda one: -columns[0][one]):
        yield f"  {name:<26}" + "".join(f"{column.get(name, 0.0):>16.3f}" for column in columns)
    yield f"  {'together':<26}" + "".join(f"{sum(column.values()):>16.3f}" for column in columns) + "\n"
