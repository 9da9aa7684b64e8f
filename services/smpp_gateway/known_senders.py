"""Sender names that `senders` has said yes to; a no is never remembered.

Its events drop what it has changed its mind about; a yes also ends by itself, for an event may be late.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from contracts.senders import CheckItem, CheckResult
from kit.clock import Clock

#: (advertiser id, sender name)
Pair = tuple[str, str]

MOST_KEPT = 10_000


class KnownSenders:
    def __init__(self, check: Callable[[list[CheckItem]], Sequence[CheckResult]], clock: Clock) -> None:
        self._check, self._clock = check, clock
        self._since: dict[Pair, datetime] = {}

    def refusals(self, pairs: Collection[Pair], believed: timedelta) -> dict[Pair, str | None]:
        """Why each of these may not be used, None where it may; asked in one call where a yes is older than `believed`.

        `Unavailable` where that can't be asked.
        """
        now = self._clock.now()
        answers: dict[Pair, str | None] = dict.fromkeys(pairs)
        asked = sorted(pair for pair in answers if pair not in self._since or self._since[pair] + believed <= now)
        if asked:
            results = self._check([CheckItem(advertiser_id=owner, sender=name) for owner, name in asked])
            answers |= {(one.advertiser_id, one.sender): one.refusal for one in results}
            self._remember([pair for pair in asked if answers[pair] is None], now)
            self.forget_pairs([pair for pair in asked if answers[pair] is not None])
        return answers

    def forget(self, advertiser_ids: Collection[str] | None = None) -> None:
        """Ask anew about all, or about those of these advertisers."""
        self.forget_pairs([pair for pair in self._since if advertiser_ids is None or pair[0] in advertiser_ids])

    def forget_pairs(self, pairs: Collection[Pair]) -> None:
        for pair in pairs:
            self._since.pop(pair, None)

    def _remember(self, pairs: Sequence[Pair], now: datetime) -> None:
        if len(self._since) + len(pairs) > MOST_KEPT:
            self._since.clear()
        self._since.update(dict.fromkeys(pairs, now))
