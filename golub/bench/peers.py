"""`golub bench-peers`: Kannel, Jasmin and this platform against the same simulator with the same messages, one after the other."""

import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import eventlet

from golub.bench.cpu import cpu_seconds
from golub.bench.load import cpu_between, generate
from golub.bench.measure import measure
from golub.bench.peer_base import LIMIT_SECONDS, Peer
from golub.bench.peer_jasmin import Jasmin
from golub.bench.peer_kannel import Kannel
from golub.bench.run import keep
from golub.bench.shape import BenchShape
from golub.bench.smsc import Smsc
from golub.local.errors import LocalServerError
from kit.settings import Settings

GENERATOR = "golub.bench.peer_generator"
MESSAGES = 10_000
#: A taste of each before it is measured: connections are made, code is compiled.
WARM_UP = 200
HOW = (
    "The same simulator, recipients and text for each, a receipt for every message after 100 ms. Peers get a request per message "
    "over 32 kept connections and call a URL with each receipt; from the first request to the last receipt called. Golub gets "
    "requests of 1,000, checks senders, prices, debits and settles; from the first accepted to the last final. CPU is that of "
    "each one's own processes with their broker and stores, simulator and generator not counted. A peer that is not done after "
    f"{LIMIT_SECONDS:.0f} seconds is judged by the receipts that have come by then."
)
_WIDTH = 120


def run(settings: Settings, messages: int = MESSAGES) -> int:
    """Measure each, print the comparison and keep it in var/bench/peers.json. 0; 1 where the platform itself can't run."""
    environment = Path(settings.var).absolute() / "peers" / "jasmin"
    peers: list[Callable[[], Peer]] = [
        Kannel,
        lambda: Jasmin(environment, no_delay=False),
        lambda: Jasmin(environment, no_delay=True),
    ]
    rows = []
    try:
        rows.append(_golub(messages))
    except (LocalServerError, TimeoutError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    rows += [_peer(make(), messages) for make in peers]
    document = {"how": HOW, "messages": messages, "systems": rows}
    keep(settings, "peers.json", document)
    print(table(document))
    return 0


def _golub(messages: int) -> dict[str, Any]:
    with BenchShape() as shape:
        measure(shape, WARM_UP, per_second=0)
        found = measure(shape, messages, per_second=0)
    cpu = {
        name: cost
        for name, cost in found["cpu_milliseconds_per_message"].items()
        if name not in ("generator", "simulator")
    }
    return {
        "name": "Golub",
        "note": "the distributed shape, one gateway process, window 500; with billing and durable ledger",
        "messages": found["delivered"],
        "messages_per_second": found["messages_per_second"],
        "cpu_milliseconds_per_message": cpu,
    }


def _peer(peer: Peer, messages: int) -> dict[str, Any]:
    """What it did; `why_not` instead where it can't run here."""
    folder = Path(tempfile.mkdtemp(prefix="golub-peer-"))
    smsc = Smsc(folder)
    try:
        smsc.program.start()
        _wait_for_simulator(smsc)
        with eventlet.Timeout(600, TimeoutError(f"{peer.name} was not done in 600 seconds.")):
            peer.start(folder, smsc)
            generate(GENERATOR, peer.order(0, WARM_UP))
            before = cpu_seconds(peer.pids())
            sent = generate(GENERATOR, peer.order(WARM_UP, messages))
            after = cpu_seconds(peer.pids())
    except (LocalServerError, TimeoutError, OSError) as error:
        return {"name": peer.name, "note": peer.note, "why_not": str(error)}
    finally:
        peer.stop()
        smsc.program.stop(2.0)
        shutil.rmtree(folder, ignore_errors=True)
    done = max(sent["receipts"], 1)
    return {
        "name": peer.name,
        "note": peer.note,
        "messages": sent["receipts"],
        "accepted": sent["accepted"],
        "refused": sent["refused"],
        "messages_per_second": sent["receipts"] / max(sent["seconds"], 0.001),
        "cpu_milliseconds_per_message": cpu_between(before, after, done),
    }


def _wait_for_simulator(smsc: Smsc) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            smsc.counters()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise LocalServerError("The simulator did not start.") from None
            eventlet.sleep(0.2)


def table(document: dict[str, Any]) -> str:
    """A line per system, then the parts of its processor time."""
    return "\n".join(_lines(document))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield from textwrap.wrap(document["how"], _WIDTH)
    yield f"\n{document['messages']:,} messages{'':<12}{'with receipts':>14}{'messages/s':>14}{'CPU ms/message':>18}"
    for row in document["systems"]:
        if "why_not" in row:
            yield f"{row['name']:<28}not measured: {row['why_not']}"
            continue
        together = sum(row["cpu_milliseconds_per_message"].values())
        yield f"{row['name']:<28}{row['messages']:>14,}{row['messages_per_second']:>14,.0f}{together:>18.3f}"
        yield from textwrap.wrap(row["note"], _WIDTH, initial_indent="    ", subsequent_indent="    ")
        costs = sorted(row["cpu_milliseconds_per_message"].items(), key=lambda pair: -pair[1])
        yield "    " + ", ".join(f"{name} {cost:.3f}" for name, cost in costs)
