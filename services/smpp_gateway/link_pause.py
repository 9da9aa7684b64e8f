"""Pauses that an SMSC asks for with its answers: growing while it repeats itself, gone once it takes messages again."""

import time
from collections.abc import Callable, Collection

from services.smpp_gateway import constants as c
from services.smpp_gateway.link_settings import LinkSettings

_KINDS = ("throttle", "full", "error")


class Pauses:
    def __init__(self, settings: LinkSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._retry = settings.retry
        self._bounds = {
            "throttle": (settings.throttle_pause_seconds_min, settings.throttle_pause_seconds_max),
            "full": (settings.full_pause_seconds_min, settings.full_pause_seconds_max),
            "error": (settings.error_pause_seconds_min, settings.error_pause_seconds_max),
        }
        self._monotonic = monotonic
        self._seconds = 0.0
        self._until = 0.0

    @property
    def active(self) -> bool:
        return self._until > self._monotonic()

    def note(self, statuses: Collection[int]) -> float:
        """Take notice of what the SMSC answered at one time; the seconds of the pause that begins, 0 where none does.

        What is said during a pause answers submissions from before it and changes nothing. An error does not hold the
        link up while other messages get through: then it may be the message's.
        """
        if self.active or not statuses:
            return 0.0
        kinds = {self._retry.get(status) for status in statuses}
        if c.ESME_ROK in statuses:
            kinds.discard("error")
        kind = next((kind for kind in _KINDS if kind in kinds), None)
        if kind is None:
            self._seconds = 0.0
            return 0.0
        least, most = self._bounds[kind]
        self._seconds = min(most, max(least, self._seconds * 2))
        self._until = self._monotonic() + self._seconds
        return self._seconds
