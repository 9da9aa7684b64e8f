"""Tables of our own, CSV files in `data/`: Russian operators, regions, countries, a coarse first numbering plan."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
RUSSIA_MCC = "250"
RUSSIA = "Russia"


@dataclass(slots=True, frozen=True)
class Operator:
    """A mobile network: `mnc` of MCC 250 (ITU-T E.212) and the name people know it by."""

    mnc: str
    name: str


@dataclass(slots=True, frozen=True)
class Country:
    """`prefix` as in E.164; `iso` ISO 3166 alpha-2; `zone` empty where the country has several."""

    prefix: str
    mcc: str
    iso: str
    name: str
    zone: str


@dataclass(slots=True, frozen=True)
class Subject:
    """A subject of the Russian Federation, recognised by a fragment of any of its spellings."""

    pattern: re.Pattern[str]
    name: str
    zone: str


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


@cache
def operators_by_inn() -> dict[str, Operator]:
    """The licence holder's INN tells the network better than its name, which the ministry spells in several ways."""
    return {row["inn"]: Operator(row["mnc"], row["name"]) for row in rows("operators")}


@cache
def operators_by_mnc() -> dict[str, Operator]:
    return {operator.mnc: operator for operator in operators_by_inn().values()}


@cache
def countries() -> tuple[Country, ...]:
    return tuple(Country(**row) for row in rows("countries"))


@cache
def subjects() -> tuple[Subject, ...]:
    # "Ямало-Ненецкий" must not be taken for "Ненецкий", nor "Томская" for "Омская".
    return tuple(
        Subject(re.compile(rf"(?<![\w-]){row['pattern']}", re.IGNORECASE), row["name"], row["zone"])
        for row in rows("regions")
    )


@cache
def region_and_zone(text: str) -> tuple[str, str] | None:
    """(our name, IANA zone) of a region as anybody spells it; a zone is empty where the parts disagree.

    None when no subject of the federation is recognised in the text.
    """
    found = [subject for subject in subjects() if subject.pattern.search(text)]
    if not found:
        return None
    zones = {subject.zone for subject in found}
    return " и ".join(subject.name for subject in found), zones.pop() if len(zones) == 1 else ""
