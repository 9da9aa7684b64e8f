"""The numbering plan in memory: sorted ranges of E.164 numbers for bisection, and country codes for the rest."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from contracts.tariffs import Direction, NumberInfo
from services.tariffs import reference
from services.tariffs.reference import RUSSIA, RUSSIA_MCC

LONGEST_PREFIX_DIGITS = max(len(country.prefix) for country in reference.countries())
#: ITU-T E.164: a number has at most 15 digits.
MOST_DIGITS = 15


@dataclass(slots=True, frozen=True)
class Place:
    """Where a number belongs. `mnc`, `region` and `zone` (IANA) are empty where unknown."""

    mcc: str
    mnc: str
    direction: str
    region: str = ""
    zone: str = ""


#: (MCC, MNC) of a network.
Carrier = tuple[str, str]


@dataclass(slots=True, frozen=True)
class Ported:
    """A number that `carrier` serves, whatever its range says; `since` where the list tells it."""

    carrier: Carrier
    since: date | None = None


@dataclass(slots=True, frozen=True)
class NumberRange:
    """Numbers `first` to `last`, both included, as integers of their E.164 digits."""

    first: int
    last: int
    place: Place


@cache
def country_places() -> dict[str, Place]:
    """Countries by their E.164 prefix, the whole country as one direction."""
    return {one.prefix: Place(one.mcc, "", one.name, "", one.zone) for one in reference.countries()}


@dataclass(slots=True, frozen=True)
class Numbering:
    """Ranges in order and without overlap; `source` tells people where they come from."""

    source: str
    firsts: list[int]
    lasts: list[int]
    places: list[Place]
    countries: dict[str, Place] = field(default_factory=country_places)

    def find(self, recipient: str) -> Place | None:
        """The place of a number in E.164 digits; None for what belongs to nobody we know."""
        if not (recipient.isascii() and recipient.isdigit() and len(recipient) <= MOST_DIGITS):
            return None
        index = self._index(int(recipient))
        if index is not None:
            return self.places[index]
        for length in range(LONGEST_PREFIX_DIGITS, 0, -1):
            if (place := self.countries.get(recipient[:length])) is not None:
                return place
        return None

    def bounds(self, recipient: str) -> tuple[int, int] | None:
        """The first and the last number of the range of a number that `find` finds; None where only its country tells."""
        index = self._index(int(recipient))
        return None if index is None else (self.firsts[index], self.lasts[index])

    def _index(self, number: int) -> int | None:
        index = bisect_right(self.firsts, number) - 1
        return index if index >= 0 and number <= self.lasts[index] else None


def numbering(source: str, ranges: Iterable[NumberRange]) -> Numbering:
    """A plan of ranges in any order; equal places are kept once, which matters with 16,000 ranges in memory."""
    ordered = sorted(ranges, key=lambda one: one.first)
    places: dict[Place, Place] = {}
    return Numbering(
        source=source,
        firsts=[one.first for one in ordered],
        lasts=[one.last for one in ordered],
        places=[places.setdefault(one.place, one.place) for one in ordered],
    )


@cache
def first_numbering() -> Numbering:
    """The coarse plan in use until one is imported: each Russian code by the operator that holds most of it."""
    names = reference.operators_by_mnc()
    ranges = []
    for row in reference.rows("first_plan"):
        place = Place(RUSSIA_MCC, row["mnc"], names[row["mnc"]].name if row["mnc"] else RUSSIA)
        ranges.append(NumberRange(int(f"7{row['first']}0000000"), int(f"7{row['last']}9999999"), place))
    return numbering("built-in", ranges)


@cache
def known_directions() -> tuple[Direction, ...]:
    """What a tariff row may name: every country as a whole, then the operators of Russia, in order of MCC and MNC."""
    found = {(RUSSIA_MCC, ""): Direction(mcc=RUSSIA_MCC, mnc="", name=RUSSIA, country="RU")}
    for country in reference.countries():
        found[country.mcc, ""] = Direction(mcc=country.mcc, mnc="", name=country.name, country=country.iso)
    for mnc, operator in reference.operators_by_mnc().items():
        found[RUSSIA_MCC, mnc] = Direction(mcc=RUSSIA_MCC, mnc=mnc, name=operator.name, country="RU")
    return tuple(found[key] for key in sorted(found))


@cache
def direction_name(mcc: str, mnc: str) -> str:
    """The name of a direction; a network of a known country that has none here is told by its codes."""
    names = {(one.mcc, one.mnc): one.name for one in known_directions()}
    return names.get((mcc, mnc)) or f"{names.get((mcc, ''), '')} {mcc}-{mnc}".strip()


def served_by(carrier: Carrier | None, place: Place) -> Place:
    """The place of a number that `carrier` serves: the region and the zone stay those of its range."""
    if carrier is None:
        return place
    return Place(*carrier, direction_name(*carrier), place.region, place.zone)


def number_info(plan: Numbering, recipient: str, ported: Ported | None = None) -> NumberInfo:
    found = plan.find(recipient)
    estimated = found or Place("", "", "")
    place = served_by(ported.carrier if ported else None, estimated)
    bounds = plan.bounds(recipient) if found else None
    return NumberInfo(
        recipient=recipient,
        mcc=place.mcc,
        mnc=place.mnc,
        direction=place.direction,
        region=place.region,
        zone=place.zone,
        estimated_mcc=estimated.mcc,
        estimated_mnc=estimated.mnc,
        estimated_direction=estimated.direction,
        range_first=str(bounds[0]) if bounds else "",
        range_last=str(bounds[1]) if bounds else "",
        ported=ported is not None,
        ported_at=ported.since.isoformat() if ported and ported.since else None,
    )
