"""Texts that `senders` has said yes to, for as short a time as sender names; what waits or is refused is asked each time.

A mailing of one text is asked about once in a while, and one of many texts in one call for each batch.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from contracts.senders_texts import TextItem, TextVerdict
from kit.clock import Clock

#: (advertiser id, sender name, text)
Text = tuple[str, str, str]

MOST_KEPT = 5_000


class KnownTexts:
    def __init__(self, judge: Callable[[list[TextItem]], Sequence[TextVerdict]], clock: Clock) -> None:
        self._judge, self._clock = judge, clock
        self._passed: dict[Text, datetime] = {}

    def objections(self, texts: Collection[Text], believed: timedelta) -> dict[Text, TextVerdict]:
        """Of those of these that may not go, at least not yet, the verdicts; asked in one call about all that are not
        known. `Unavailable` where that can't be asked."""
        now = self._clock.now()
        asked = sorted({one for one in texts if one not in self._passed or self._passed[one] + believed <= now})
        if not asked:
            return {}
        verdicts = self._judge([TextItem(advertiser_id=owner, sender=name, text=text) for owner, name, text in asked])
        told = dict(zip(asked, verdicts, strict=True))
        objections = {text: one for text, one in told.items() if one.verdict != "pass"}
        self._remember(told.keys() - objections.keys(), now)
        for text in objections:
            self._passed.pop(text, None)
        return objections

    def forget(self, advertiser_ids: Collection[str] | None = None) -> None:
        """Ask anew about all, or about those of these advertisers."""
        for text in [one for one in self._passed if advertiser_ids is None or one[0] in advertiser_ids]:
            del self._passed[text]

    def _remember(self, texts: Collection[Text], now: datetime) -> None:
        if len(self._passed) + len(texts) > MOST_KEPT:
            self._passed.clear()
        self._passed.update(dict.fromkeys(texts, now))
