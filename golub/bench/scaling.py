"""What more gateway processes would do: arithmetic over the processor time of the end-to-end run.

A Python process uses one core at most, so a process that takes c milliseconds per message does 1000 / c messages/s, and n of them
n times that, as long as what all of them share keeps up. A shared part that takes s milliseconds per message does 1000 / s
for each core that it is given. Locks and the disk are not in the formula: it is an upper limit.
"""

import math
from collections.abc import Mapping
from typing import Any

from golub.bench.load import Figure

SHARED = ("postgres", "rabbitmq")
#: Those measure, they are no part of the platform.
AROUND = ("generator", "simulator")
GATEWAYS = (1, 2, 4, 8)


def scaling(cpu_milliseconds: Mapping[str, float]) -> dict[str, Any]:
    """From milliseconds of processor time per message of each process."""
    platform = {name: cost for name, cost in cpu_milliseconds.items() if name not in AROUND and cost > 0}
    together = sum(platform.values())
    gateway = platform["smpp_gateway"]
    others = {name: cost for name, cost in platform.items() if name not in (*SHARED, "smpp_gateway")}
    rows = [_row(number, gateway, platform, others) for number in GATEWAYS]
    shares = ", ".join(
        f"{name} {platform[name] / together:.0%}" for name in ("smpp_gateway", *SHARED) if name in platform
    )
    return {
        "how": "From the processor time of the end-to-end run: a gateway process does 1000 / (its ms per message) messages/s on a "
        "core of its own, n do n times that; a shared part needs (messages/s) × (its ms per message) / 1000 cores.",
        "rows": rows,
        "figures": [
            Figure("share of the processor time", f"{shares}, other services {sum(others.values()) / together:.0%}"),
            Figure("messages/s of a gateway process, a core to itself", f"{1000 / gateway:,.0f}"),
            *(
                Figure(f"messages/s of {name}, for each core", f"{1000 / platform[name]:,.0f}")
                for name in SHARED
                if name in platform
            ),
            *(Figure(f"{row['gateways']} gateway processes, messages/s", _cores(row)) for row in rows),
        ],
    }


def _row(gateways: int, gateway: float, platform: Mapping[str, float], others: Mapping[str, float]) -> dict[str, Any]:
    per_second = gateways * 1000 / gateway
    cores = {name: per_second * platform.get(name, 0.0) / 1000 for name in SHARED}
    replicas = {name: math.ceil(per_second * cost / 1000) for name, cost in others.items()}
    return {
        "gateways": gateways,
        "messages_per_second": per_second,
        "cores": cores | {"other services": per_second * sum(others.values()) / 1000},
        "cores_together": per_second * sum(platform.values()) / 1000,
        "replicas": {name: count for name, count in replicas.items() if count > 1},
    }


def _cores(row: dict[str, Any]) -> str:
    needs = ", ".join(f"{name} {cores:.1f}" for name, cores in row["cores"].items())
    return f"{row['messages_per_second']:,.0f} at most, where cores are: {needs}; {row['cores_together']:.1f} together"
