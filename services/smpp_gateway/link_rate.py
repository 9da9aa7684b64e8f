"""The rate of a link: a token bucket that outlives its connections, and the timer that tells when there is more."""

import time
from collections.abc import Callable, Sequence

import eventlet
from eventlet.greenthread import GreenThread

from services.smpp_gateway.link_types import Submission

#: A link that waits for its rate is told of new tokens no more often than this, so that what goes out goes in batches.
PACE_SECONDS = 0.04
#: How long what a link was told holds, though other binds take the same tokens meanwhile: the time to write a batch down.
PROMISE_SECONDS = 1.0


class TokenBucket:
    """Holds `burst_seconds` of the rate, at least one token; one bucket may be shared by several links of a hub.

    It may go into debt: who takes more than there is, as for the parts of one message, makes everybody wait for it.
    """

    def __init__(
        self, per_second: float, burst_seconds: float = 0.25, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.monotonic = monotonic
        self._counted_at = monotonic()
        self.per_second = self.capacity = self._tokens = 0.0
        self.retune(per_second, burst_seconds)
        self._tokens = self.capacity

    def retune(self, per_second: float, burst_seconds: float) -> None:
        """Go on at another rate; debts stay. Raises ValueError for a rate or a burst that is not above 0."""
        if per_second <= 0 or burst_seconds <= 0:
            raise ValueError("a rate and its burst are above 0")
        self._count()
        self.per_second = per_second
        self.capacity = max(1.0, per_second * burst_seconds)
        self._tokens = min(self._tokens, self.capacity)

    @property
    def tokens(self) -> float:
        """What is there now; below 0 it is a debt."""
        self._count()
        return self._tokens

    @property
    def is_full(self) -> bool:
        return self.tokens >= self.capacity

    def take(self, count: int) -> None:
        self._count()
        self._tokens -= count

    def seconds_until(self, tokens: float) -> float:
        """How long it takes until so many are there, at most until it is full; 0 when they are."""
        return max(0.0, (min(tokens, self.capacity) - self.tokens) / self.per_second)

    def _count(self) -> None:
        now = self.monotonic()
        passed, self._counted_at = now - self._counted_at, now
        if self._tokens < self.capacity:
            self._tokens = min(self.capacity, self._tokens + passed * self.per_second)


class Pacer:
    """What a link may write by its rate. Whoever was told less than the window has room for is called when there is more."""

    def __init__(self, bucket: TokenBucket | None, on_more: Callable[[], None]) -> None:
        self._bucket = bucket
        self._on_more = on_more
        self._timer: GreenThread | None = None
        self._promised, self._promised_at = 0, 0.0

    @property
    def waiting(self) -> bool:
        """Too few tokens for a batch that is worth it, and the timer will tell of more."""
        bucket = self._bucket
        if bucket is None or self._timer is None:
            return False
        return bucket.tokens < min(bucket.capacity, bucket.per_second * PACE_SECONDS)

    def allowed(self, room: int) -> int:
        """As much of `room` as there are whole tokens; with less the timer is set."""
        bucket = self._bucket
        if bucket is None or not room:
            return room
        # A little more, for the sum of many small additions may fall short of a whole token.
        tokens = int(max(0.0, bucket.tokens + 1e-6))
        if tokens < room and not bucket.is_full:
            self._set_timer(bucket)
        self._promised, self._promised_at = min(room, tokens), bucket.monotonic()
        return self._promised

    def take(self, batch: Sequence[Submission], room: int, window: int) -> int:
        """Take tokens for submissions from the start of `batch` and return for how many; `room` is free of `window`.

        The parts of a message go together: without tokens for all of them the bucket goes into debt, and without room
        for all of them they wait, unless they are more than the window. What `allowed` told just before is held to, at the
        price of a debt too: of several binds that were told of the same tokens none has to take its batch back.
        """
        tokens = float(len(batch)) if self._bucket is None else self._tokens(self._bucket)
        if len(batch) <= min(room, tokens):
            taken = len(batch)
        else:
            taken = _together(batch, room, window, tokens)
        if self._bucket is not None:
            self._bucket.take(taken)
        return taken

    def _tokens(self, bucket: TokenBucket) -> float:
        promised, self._promised = self._promised, 0
        if bucket.monotonic() - self._promised_at > PROMISE_SECONDS:
            promised = 0
        return max(float(promised), bucket.tokens + 1e-6)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, bucket: TokenBucket) -> None:
        if self._timer is None:
            self._timer = eventlet.spawn_after(max(PACE_SECONDS, bucket.seconds_until(1.0)), self._more)

    def _more(self) -> None:
        self._timer = None
        self._on_more()


def _together(batch: Sequence[Submission], room: int, window: int, tokens: float) -> int:
    taken = 0
    while taken < len(batch) and tokens - taken >= 1:
        end = _end_of_group(batch, taken)
        if end > room:
            return room if not taken and room >= window else taken
        taken = end
    return taken


def _end_of_group(batch: Sequence[Submission], start: int) -> int:
    group, end = batch[start].group, start + 1
    while group is not None and end < len(batch) and batch[end].group == group:
        end += 1
    return end
