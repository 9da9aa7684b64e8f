"""Sender names that `senders` has said yes to; a no is never remembered.

Its events drop what it has changed its mind about; a yes also ends by itself, for an event may be late.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.senders import CheckItem, CheckResult
from kit.clock import Clock

#: (advertiser id, sender name)
Pair = tuple[str, str]

MOST_KEPT = 10_000


class Standing(NamedTuple):
    """`refusal`: why the name may not be used, None where it may. `texts`: texts of the advertiser are to be judged.
    `barred`: operators (MCC and MNC in one word) whose subscribers get nothing under this name."""

    refusal: str | None
    texts: bool = False
    barred: frozenset[str] = frozenset()


#: What is so of nearly every name that may be used; one object for all, so that who looks can tell it at once.
FREE = Standing(None)


class KnownSenders:
    def __init__(self, check: Callable[[list[CheckItem]], Sequence[CheckResult]], clock: Clock) -> None:
        self._check, self._clock = check, clock
        self._since: dict[Pair, tuple[datetime, Standing]] = {}

    def standings(self, pairs: Collection[Pair], believed: timedelta) -> dict[Pair, Standing]:
        """How each of these stands; asked in one call where a yes is older than `believed`.

        `Unavailable` where that can't be asked.
        """
        now = self._clock.now()
        answers: dict[Pair, Standing] = {}
        asked = []
        for pair in pairs:
            known = self._since.get(pair)
            if known is None or known[0] + believed <= now:
                asked.append(pair)
            else:
                answers[pair] = known[1]
        if asked:
            asked.sort()
            results = self._check([CheckItem(advertiser_id=owner, sender=name) for owner, name in asked])
            found = {(one.advertiser_id, one.sender): _standing(one) for one in results}
            self._remember({pair: one for pair, one in found.items() if one.refusal is None}, now)
            self.forget_pairs([pair for pair, one in found.items() if one.refusal is not None])
            answers |= found
        return answers

    def forget(self, advertiser_ids: Collection[str] | None = None) -> None:
        """Ask anew about all, or about those of these advertisers."""
        self.forget_pairs([pair for pair in self._since if advertiser_ids is None or pair[0] in advertiser_ids])

    def forget_pairs(self, pairs: Collection[Pair]) -> None:
        for pair in pairs:
            self._since.pop(pair, None)

    def _remember(self, found: dict[Pair, Standing], now: datetime) -> None:
        if len(self._since) + len(found) > MOST_KEPT:
            self._since.clear()
        self._since.update({pair: (now, one) for pair, one in found.items()})


def _standing(result: CheckResult) -> Standing:
    if result.refusal is None and not result.texts and not result.barred:
        return FREE
    return Standing(result.refusal, result.texts, frozenset(result.barred or ()))
