"""Whose tariffs a page shows, and which version of one: the same for a partner's tariffs and for the operator's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Response

from contracts.errors import NotFound
from contracts.tariffs import Tariff, TariffRow
from gateway_http.admin.price_table import Key, key_of
from gateway_http.state import clients
from kit.clock import from_rfc3339

PAST, PRESENT, FUTURE = "past", "present", "future"
#: What was written by a process whose clock is ahead of ours is in force nevertheless.
CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """`place` is the blueprint of the pages, `owner` is asked within a request, `named` says which roles may come."""

    place: str
    owner: Callable[[], str]
    named: Callable[[Callable[..., Response]], Callable[..., Response]]

    def all(self) -> list[Tariff]:
        return clients().tariffs.list_tariffs(self.owner())

    def one(self, tariff_id: UUID | str, valid_from: str | None = None) -> Tariff:
        return clients().tariffs.tariff(self.owner(), str(tariff_id), valid_from=valid_from)


@dataclass(frozen=True, slots=True)
class Version:
    start: str
    state: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a tariff, as `tariff` holds it, among all of its versions."""

    tariff: Tariff
    versions: list[Version]
    version: Version

    @property
    def valid_from(self) -> str | None:
        """How the version is named to the service when it is changed: the one in force is changed from now on."""
        return self.version.start if self.version.state == FUTURE else None

    @property
    def editable(self) -> bool:
        return self.version.state != PAST

    @property
    def past(self) -> list[Version]:
        """Newest first: each change from now on leaves one behind."""
        return [one for one in reversed(self.versions) if one.state == PAST]

    @property
    def lasting(self) -> list[Version]:
        return [one for one in self.versions if one.state != PAST]


def versions_of(tariff: Tariff, now: datetime) -> list[Version]:
    """Oldest first. `tariff` is as the service shows it: in the version in force, or in the first to come."""
    in_force = tariff.valid_from if from_rfc3339(tariff.valid_from) <= now + CLOCKS_DIFFER else None
    return [Version(start, _state(start, in_force)) for start in tariff.versions]


def _state(start: str, in_force: str | None) -> str:
    if in_force is None or from_rfc3339(start) > from_rfc3339(in_force):
        return FUTURE
    return PRESENT if start == in_force else PAST


def shown(shelf: Shelf, tariff_id: UUID, wanted: str = "") -> Shown:
    """The version that starts at `wanted`, else the one in force, else the first to come; `NotFound`."""
    tariff = shelf.one(tariff_id)
    versions = versions_of(tariff, datetime.now(UTC)) or [Version(tariff.valid_from, PRESENT)]
    in_force = next((one for one in versions if one.state == PRESENT), versions[0])
    chosen = next((one for one in versions if one.start == wanted), None) if wanted else in_force
    if chosen is None:
        raise NotFound
    if chosen.start != tariff.valid_from:
        tariff = shelf.one(tariff_id, chosen.start)
    return Shown(tariff, versions, chosen)


@dataclass(frozen=True, slots=True)
class Difference:
    """What two tariffs say of the same direction, type and SMS of the month."""

    key: Key
    first: TariffRow | None
    second: TariffRow | None

    @property
    def differs(self) -> bool:
        return self.first != self.second


def compared(first: list[TariffRow], second: list[TariffRow]) -> list[Difference]:
    left, right = ({key_of(row): row for row in rows} for rows in (first, second))
    return [Difference(key, left.get(key), right.get(key)) for key in sorted(left.keys() | right.keys())]
