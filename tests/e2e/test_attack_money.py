"""What a hostile or hasty program may do with the API, and what it must not change: nothing lost, nothing charged twice."""

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from tests.e2e.platform import Platform, numbers, wait_until

FINAL = {"delivered", "undelivered", "expired", "rejected", "unknown", "refused"}


def _sums(platform: Platform) -> Decimal:
    _, balance = platform.api("GET", "/balance")
    return Decimal(balance["available"]) + Decimal(balance["held"])


def _ended(platform: Platform, ids: list[str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}

    def all_final() -> bool:
        for one in (one for one in ids if one not in found):
            document = platform.api("GET", f"/messages/{one}")[1]
            if document["state"] in FINAL:
                found[one] = document
        return len(found) == len(ids)

    wait_until(all_final, 60.0, "every message final", every_seconds=0.5)
    return [found[one] for one in ids]


def test_a_crowd_with_one_idempotency_key_sends_once(embedded: Platform) -> None:
    key, before = f"attack-{random.randrange(10**9)}", _sums(embedded)
    body = {"sender": embedded.demo["sender"], "text": "once", "recipients": numbers(3, prefix="7920")}
    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(embedded.api, "POST", "/messages", body, {"Idempotency-Key": key}) for _ in range(40)]
        answers = [call.result() for call in calls]
    assert {status for status, _ in answers} == {202}
    ids = {tuple(one["id"] for one in document["messages"]) for _, document in answers}
    assert len(ids) == 1
    ended = _ended(embedded, list(ids.pop()))
    embedded.wait_until_final()
    assert before - _sums(embedded) == sum(Decimal(one["charged"]) for one in ended) > 0


def test_parts_told_estimated_charged_and_sent_are_the_same_at_every_border(embedded: Platform) -> None:
    texts = ["a" * n for part in (160, 153 * 2, 153 * 9, 153 * 10) for n in (part - 1, part, part + 1)]
    texts += ["я" * n for part in (70, 67 * 2, 67 * 10) for n in (part - 1, part, part + 1)]
    for full in (153 * 1, 153 * 2):
        texts += ["a" * (full + shift) + "€" + "b" * 160 for shift in (-2, -1, 0)]
    for full in (67 * 1, 67 * 2):
        texts += ["я" * (full + shift) + "😀" + "ж" * 70 for shift in (-2, -1, 0)]
    sender, recipients = embedded.demo["sender"], numbers(len(texts), prefix="7920")
    body = {
        "messages": [
            {"recipient": one, "sender": sender, "text": text} for one, text in zip(recipients, texts, strict=True)
        ]
    }
    _, estimate = embedded.api("POST", "/messages:estimate", body)
    before = _sums(embedded)
    status, accepted = embedded.api("POST", "/messages", body)
    assert status == 202
    ended = _ended(embedded, [one["id"] for one in accepted["messages"]])
    for text, told, asked, end in zip(texts, accepted["messages"], estimate["items"], ended, strict=True):
        shown = f"{len(text)} characters from {text[:1]}"
        if end["state"] == "refused":
            assert end["reason"]["code"] == "text_too_long" and asked["price"] is None, shown
            continue
        assert told["parts"] == asked["parts"] == len(end["parts"]), shown
        assert asked["price"] == end["price"] == end["charged"], shown
    embedded.wait_until_final()
    assert before - _sums(embedded) == sum(Decimal(one["charged"]) for one in ended) == Decimal(estimate["total"])
    status, output = embedded.audit()
    assert status == 0, output
