"""The report for people."""

from collections.abc import Iterator
from typing import Any


def table(document: dict[str, Any]) -> str:
    """Both runs side by side, then what each process has cost."""
    return "\n".join(_lines(document))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    load, paced = document["load"], document["paced"]
    yield f"\n{'':<34}{'as fast as it goes':>20}{'at a steady pace':>20}"
    for label, value in (
        ("messages", lambda run: f"{run['messages']:,}"),
        ("delivered", lambda run: f"{run['delivered']:,}"),
        ("messages/s, receipts included", lambda run: f"{run['messages_per_second']:,.0f}"),
        ("accepted/s", lambda run: f"{run['accepted_per_second']:,.0f}"),
        ("accept to submit p50 / p99, s", lambda run: _pair(run["accept_to_submit_seconds"])),
        ("accept to final p50 / p99, s", lambda run: _pair(run["accept_to_final_seconds"])),
        ("request p50 / p99, s", lambda run: _pair(run["request_seconds"])),
        ("cores busy", lambda run: f"{run['cpu_cores_busy']:.2f}"),
    ):
        yield f"{label:<34}{value(load):>20}{value(paced):>20}"
    yield "\nCPU milliseconds per message"
    costs = load["cpu_milliseconds_per_message"]
    for name, cost in sorted(costs.items(), key=lambda pair: -pair[1]):
        yield f"  {name:<32}{cost:>20.3f}{paced['cpu_milliseconds_per_message'][name]:>20.3f}"
    totals = [sum(run["cpu_milliseconds_per_message"].values()) for run in (load, paced)]
    yield f"  {'together':<32}{totals[0]:>20.3f}{totals[1]:>20.3f}\n"
    yield f"duplicates at the SMSC: {document['duplicates']}"
    if document["restarts"]:
        yield f"restarts: {document['restarts']}"
    yield "audit: " + ("; ".join(document["audit"]) if document["audit"] else "nothing found")


def _pair(figures: dict[str, float]) -> str:
    return f"{figures['p50']:.3f} / {figures['p99']:.3f}"
