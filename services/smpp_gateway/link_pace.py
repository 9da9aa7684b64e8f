"""How many messages for a link are worth having in memory: what it sends in some seconds, not more. Pure."""

SECONDS = 10.0
LEAST = 50
#: How long a link is looked at before its speed is believed.
LOOK_SECONDS = 5


class Pace:
    """Told each second how much went out and whether more waited. `most` is what memory holds for one link at all."""

    def __init__(self, most: int) -> None:
        self._largest = most
        self._seconds = 0
        self._from = 0
        self._measured = most

    def second_passed(self, submitted: int, waits: bool) -> None:
        """`submitted` in all so far. Only a time in which it always had something to send tells how fast it is."""
        if not waits:
            self._seconds, self._from = 0, submitted
            self._measured = self._largest
            return
        self._seconds += 1
        if self._seconds == LOOK_SECONDS:
            self._measured = int((submitted - self._from) / LOOK_SECONDS * SECONDS)
            self._seconds, self._from = 0, submitted

    def depth(self, per_second: float) -> int:
        """`per_second`: the link's rate here, 0 for none."""
        by_rate = int(per_second * SECONDS) if per_second else self._largest
        return max(LEAST, min(self._largest, by_rate, self._measured))
