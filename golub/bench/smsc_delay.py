"""An SMSC that takes its time to answer: what a window of a hundred lets through."""

from typing import Any

from golub.bench.load import HTTP_GENERATOR, Figure, cpu_between, generate, http_order, wait_until_settled
from golub.bench.measure import CONNECTIONS, LOAD_BATCH
from golub.bench.shape import BenchShape

WINDOW = 100
#: (milliseconds to a response, share of the messages that this run sends).
DELAYS = ((100, 0.4), (40, 1.0))
#: Of the submits in the order of their arrival, those between are counted: the window is full all the time then.
_FROM, _TO = 0.2, 0.9


def smsc_delay(shape: BenchShape, messages: int) -> dict[str, Any]:
    """Throughput against window / delay."""
    runs = [_run(shape, max(int(messages * share), WINDOW * 10), delay) for delay, share in DELAYS]
    shape.smsc.respond_after(0)
    return {
        "how": f"The simulator answers each submit_sm after so many milliseconds, one bind has a window of {WINDOW}; submits/s "
        f"by the simulator's journal, from {_FROM:.0%} to {_TO:.0%} of them; in flight: of the window, on average. Cores busy are "
        "those of all processes, of the gateway and of PostgreSQL.",
        "runs": runs,
        "figures": [
            Figure(
                f"after {run['delay_milliseconds']} ms, submits/s",
                f"{run['per_second']:,.0f}, {run['mean_in_flight']:.0f} in flight  "
                f"({run['cores_busy']:.2f} / {run['gateway_cores']:.2f} / {run['postgres_cores']:.2f} cores)",
                f"{run['expected_per_second']:,.0f} ± 10 % or CPU",
            )
            for run in runs
        ],
    }


def _run(shape: BenchShape, messages: int, delay_milliseconds: int) -> dict[str, Any]:
    shape.smsc.respond_after(delay_milliseconds)
    shape.smsc.arrivals()
    before = shape.cpu_seconds()
    sent = generate(HTTP_GENERATOR, http_order(shape, messages, batch=LOAD_BATCH, connections=CONNECTIONS))
    wait_until_settled(shape, messages)
    cpu = cpu_between(before, shape.cpu_seconds(), messages)
    cpu["generator"] = 1000 * sent["cpu_seconds"] / messages
    moments = sorted(moment.timestamp() for moment in shape.smsc.arrivals().values())
    first, last = int(len(moments) * _FROM), int(len(moments) * _TO) - 1
    per_second = (last - first) / max(moments[last] - moments[first], 0.001)
    expected = WINDOW * 1000 / delay_milliseconds
    return {
        "delay_milliseconds": delay_milliseconds,
        "messages": messages,
        "per_second": per_second,
        "expected_per_second": expected,
        "share_of_expected": per_second / expected,
        # By Little's law: what comes in a second, times how long it stays.
        "mean_in_flight": per_second * delay_milliseconds / 1000,
        "cores_busy": per_second * sum(cpu.values()) / 1000,
        "gateway_cores": per_second * cpu["smpp_gateway"] / 1000,
        "postgres_cores": per_second * cpu["postgres"] / 1000,
        "cpu_milliseconds_per_message": cpu,
    }
