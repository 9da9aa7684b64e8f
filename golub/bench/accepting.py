"""How fast messages are taken in: over SMPP, and over HTTP one at a time and by the thousand."""

import time
from collections.abc import Callable
from typing import Any

import eventlet

from golub.bench import smpp_generator
from golub.bench.load import (
    HTTP_GENERATOR,
    SMPP_GENERATOR,
    Figure,
    cpu_between,
    generate,
    http_order,
    p50_p99,
    wait_until_settled,
    wait_until_unpacked,
)
from golub.bench.shape import BenchShape

BINDS, WINDOW = 8, 100
SINGLE_CONNECTIONS, BATCH, BATCH_CONNECTIONS = 64, 1_000, 4
_BEHIND = "what is behind it works at the same time, down to the receipts"
_ALONE = "the operator's link is away meanwhile, so that messages are stored and paid and then wait"


def smpp_accept(shape: BenchShape, messages: int) -> dict[str, Any]:
    """A client program alone; once with the operator's link away, once with all of the path at work."""
    alone = _apart(shape, lambda: _submit(shape, messages), messages)
    together = _submit(shape, messages)
    wait_until_settled(shape, messages)
    return {
        "how": f"{messages:,} submit_sm by a program of its own, {BINDS} binds with a window of {WINDOW} each; from the "
        f"first submit_sm to the last submit_sm_resp. Alone: {_ALONE}. With everything: {_BEHIND}.",
        "alone": alone,
        "together": together,
        "figures": [
            Figure("submit_sm_resp/s, accept alone", _rate(alone), "4,000"),
            Figure("submit_sm_resp/s, with everything behind it", _rate(together)),
            Figure("submit_sm to its response, p50 / p99, ms", _pair(alone["response_milliseconds"])),
            Figure("refused", f"{sum(alone['refused'].values()) + sum(together['refused'].values()):,}", "0"),
        ],
    }


def http_accept(shape: BenchShape, messages: int) -> dict[str, Any]:
    """Requests over kept connections; a third of the messages one by one, all of them by the thousand."""
    singles = max(messages // 3, SINGLE_CONNECTIONS)

    def one_by_one() -> dict[str, Any]:
        return _post(shape, singles, 1, SINGLE_CONNECTIONS)

    def by_the_thousand() -> dict[str, Any]:
        return _post(shape, messages, BATCH, BATCH_CONNECTIONS)

    runs = {
        "singles alone": _apart(shape, one_by_one, singles),
        "singles together": one_by_one(),
    }
    wait_until_settled(shape, singles)
    runs["batches alone"] = _apart(shape, by_the_thousand, messages)
    runs["batches together"] = by_the_thousand()
    wait_until_settled(shape, messages)
    single, batch = (
        _pair(runs["singles alone"]["request_milliseconds"]),
        _pair(runs["batches alone"]["request_milliseconds"]),
    )
    return {
        "how": f"{singles:,} requests of one message over {SINGLE_CONNECTIONS} kept connections, {messages:,} messages in "
        f"requests of {BATCH:,} over {BATCH_CONNECTIONS}; from the first request to the last answer. Alone: {_ALONE}. With "
        f"everything: {_BEHIND}.",
        "runs": runs,
        "figures": [
            Figure("requests of one message/s, accept alone", _rate(runs["singles alone"]), "2,000"),
            Figure("requests of one message/s, with everything behind it", _rate(runs["singles together"])),
            Figure("  request to answer, p50 / p99, ms", single),
            Figure("messages/s in requests of 1,000, accept alone", _rate(runs["batches alone"]), "30,000"),
            Figure("messages/s in requests of 1,000, with everything behind it", _rate(runs["batches together"])),
            Figure("  until the order log is worked through, messages/s", _queued(runs["batches alone"])),
            Figure("  the same with everything behind it, messages/s", _queued(runs["batches together"])),
            Figure("  request to answer, p50 / p99, ms", batch),
            Figure("refused", f"{sum(one['refused'] for one in runs.values()):,}", "0"),
        ],
    }


def _apart(shape: BenchShape, run: Callable[[], dict[str, Any]], messages: int) -> dict[str, Any]:
    """Run with the operator's link away; afterwards let it come back and see all messages to their end."""
    shape.smsc.close()
    try:
        eventlet.sleep(0.5)
        figures = run()
    finally:
        shape.smsc.open()
    wait_until_settled(shape, messages)
    return figures


def _submit(shape: BenchShape, messages: int) -> dict[str, Any]:
    login = shape.demo["smpp"]
    order = smpp_generator.Order(
        port=login["port"],
        system_id=login["system_id"],
        password=login["password"],
        sender=shape.demo["sender"],
        first=shape.take_numbers(messages),
        count=messages,
        binds=BINDS,
        window=WINDOW,
        receipts=False,
    )
    before, started = shape.cpu_seconds(), time.monotonic()
    sent = generate(SMPP_GENERATOR, order)
    return {
        "per_second": messages / sent["seconds"],
        "accepted": sent["accepted"],
        "refused": sent["refused"],
        "response_milliseconds": p50_p99(sent["milliseconds"] or [0.0]),
        "cores_busy": _cores(shape, before, started, sent["cpu_seconds"]),
    }


def _post(shape: BenchShape, messages: int, batch: int, connections: int) -> dict[str, Any]:
    before, started = shape.cpu_seconds(), time.monotonic()
    sent = generate(HTTP_GENERATOR, http_order(shape, messages, batch=batch, connections=connections))
    cores, cpu = _cores(shape, before, started, sent["cpu_seconds"]), shape.cpu_seconds()
    answered = time.monotonic()
    wait_until_unpacked(shape, messages)
    return {
        "per_second": messages / sent["wall_seconds"],
        "queued_per_second": messages / (sent["wall_seconds"] + time.monotonic() - answered),
        "accepted": sent["accepted"],
        "refused": sent["refused"],
        "request_milliseconds": p50_p99([1000 * one for one in sent["seconds"]]),
        "cores_busy": cores,
        "cpu_milliseconds_per_request": {
            **cpu_between(before, cpu, messages // batch),
            "generator": 1000 * sent["cpu_seconds"] / (messages // batch),
        },
    }


def _cores(shape: BenchShape, before: dict[str, float], started: float, generator_seconds: float) -> float:
    """How many cores were busy while the generator ran, itself included."""
    after = shape.cpu_seconds()
    used = sum(after[name] - before.get(name, 0.0) for name in after)
    return (used + generator_seconds) / (time.monotonic() - started)


def _rate(run: dict[str, Any]) -> str:
    return f"{run['per_second']:,.0f}  ({run['cores_busy']:.1f} cores)"


def _queued(run: dict[str, Any]) -> str:
    """From the first request until every message stands in its queue."""
    return f"{run['queued_per_second']:,.0f}"


def _pair(figures: dict[str, float]) -> str:
    return f"{figures['p50']:.1f} / {figures['p99']:.1f}"
