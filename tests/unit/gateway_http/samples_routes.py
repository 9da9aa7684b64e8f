"""The pages of routes, with plausible contents."""

from dataclasses import replace
from typing import Any

from contracts.smpp_routes import (
    LinkCost,
    LinkCosts,
    Route,
    RouteAssignment,
    RouteChange,
    RouteExplained,
    RouteLink,
    RouteScheme,
    RouteSchemeLine,
    RouteStep,
    RouteTarget,
)
from gateway_http import zones
from gateway_http.admin.tariff_directions import Directions
from gateway_http.platform import routes_words
from tests.unit.gateway_http.samples import MOMENT, common, partners, uuid

NAMES = "Основная", "Ночная <b>&", "Банк"
LINES = [
    RouteSchemeLine(id=uuid(700 + number), name=name, after="refuse" if number else "default", routes=number * 3,
                    version=number + 1, is_default=number == 0, subjects=number, author="root", changed_at=MOMENT)
    for number, name in enumerate(NAMES)
]  # fmt: skip
ROUTES = [
    Route(name="Ночь", targets=[RouteTarget(link="beeline-1"), RouteTarget(link="main")], days=[6, 7],
          time_from="22:00", time_to="06:00", zone="Europe/Moscow", mcc="250", mnc="99"),
    Route(targets=[RouteTarget(link="main", weight=70), RouteTarget(link="mts", weight=30)], mode="weights",
          sms_type="service", sender="BANK*", advertiser_id=uuid(101)),
    Route(name="Остальные", targets=[RouteTarget(link="main")], mode="least_cost"),
]  # fmt: skip
SCHEME = RouteScheme(id=uuid(700), name=NAMES[0], after="refuse", routes=ROUTES, version=4, is_default=True, subjects=2,
                     author="root", changed_at=MOMENT)  # fmt: skip
CHANGES = [
    RouteChange(at=MOMENT, author="root", what=what, scheme_id=uuid(700), scheme_name=NAMES[0], version=4, subject=whose,
                subject_id=key)
    for what, whose, key in (("changed", "", ""), ("assigned", "partner", uuid(301)), ("costs", "link", "main"))
]  # fmt: skip
ASSIGNED = [
    RouteAssignment(subject=whose, subject_id=uuid(number), scheme_id=uuid(700), scheme_name=NAMES[0], author="root",
                    assigned_at=MOMENT)
    for whose, number in (("partner", 301), ("advertiser", 101))
]  # fmt: skip
OWNERS = {uuid(101): "romashka", uuid(301): "Голубь"}
FORM = {"mode": "weights", "zone": "Europe/Moscow", "days": "6 7", "link_1": "main", "weight_1": "70", "link_2": "gone"}
LINKS = [
    RouteLink(link="beeline-1", enabled=True, up=False, cost=21_000, weight=0),
    RouteLink(link="main", enabled=True, up=True, cost=None, weight=0),
]
STEPS = [
    RouteStep(scheme_id=uuid(700), position=1, name="Ночь", why_not="time"),
    RouteStep(scheme_id=uuid(700), position=2, name="", why_not=""),
]
FOUND = RouteExplained(
    recipient="79031234567", direction="Beeline", mcc="250", mnc="99", chosen_by="default", schemes=LINES[:1], steps=STEPS,
    route=2, mode="failover", links=LINKS, link="main", refusal=None, at=MOMENT,
)  # fmt: skip
REFUSED = RouteExplained(
    recipient="79031234567", direction="", mcc="", mnc="", chosen_by="partner", schemes=[LINES[1]], steps=STEPS[:1], route=0,
    mode="", links=[], link="", refusal="no_route", at=MOMENT,
)  # fmt: skip


def _list(**changes: Any) -> dict[str, Any]:
    shown = {"schemes": LINES, "changes": CHANGES, "owners": OWNERS, "form": {"after": "refuse"}, "errors": {}}
    return {**common("operator"), **shown, "words": routes_words, **changes}


def _scheme(**changes: Any) -> dict[str, Any]:
    told = [["Beeline MCC=250 MNC=99", "сб, вс 22:00–06:00"], ["Сервисные"], ["любое сообщение"]]
    return {
        **_list(), "scheme": SCHEME, "told": told, "assigned": ASSIGNED, "partners": partners(), "dialog": "", "old": False,
        "form": {"name": NAMES[0], "after": "refuse"}, **changes,
    }  # fmt: skip


def _route(**changes: Any) -> dict[str, Any]:
    return {
        **_list(), "scheme": SCHEME, "position": 1, "form": FORM, "links": ["main", "mts"], "rows": 4,
        "directions": Directions([]), "partners": partners(), "zones": zones.OFFERED, "was": "4", **changes,
    }  # fmt: skip


def _costs(**changes: Any) -> dict[str, Any]:
    costs = [LinkCosts(link=one, rows=[LinkCost(mcc="", mnc="", price=1)], version=1) for one in ("main", "mts")]
    return {
        **common("operator"), "costs": costs, "link": costs[0], "lines": [("", 21_000), ("Beeline MCC=250 MNC=99", 19_500)],
        "form": {"table": "250;99;1,95", "was": "1"}, "errors": {}, "problems": [], **changes,
    }  # fmt: skip


def _try(**changes: Any) -> dict[str, Any]:
    form = {"recipient": "+7 903 123-45-67", "sms_type": "service"}
    shown = {"form": form, "errors": {}, "found": None, "partners": partners(), "words": routes_words}
    return {**common("operator"), **shown, **changes}


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    root, one = "/platform/routes", f"/platform/routes/{uuid(700)}"
    empty = RouteScheme(id=uuid(700), name="x", after="default", routes=[], version=1, is_default=False, subjects=0,
                        author="root", changed_at=MOMENT)  # fmt: skip
    wrong = {"errors": {"name": "Занято", "login": "Нет такого"}}
    waits = replace(FOUND, links=[], link="")  # type: ignore[type-var]
    return {
        "routes": ("routes/list.html", root, _list()),
        "routes-none": ("routes/list.html", root, _list(schemes=[], changes=[], **wrong)),
        "route-scheme": ("routes/scheme.html", one, _scheme()),
        "route-scheme-empty": ("routes/scheme.html", one, _scheme(scheme=empty, told=[], assigned=[])),
        "route-scheme-old": ("routes/scheme.html", one, _scheme(old=True)),
        "route-scheme-wrong-name": ("routes/scheme.html", one, _scheme(dialog="rename", **wrong)),
        "route-scheme-wrong-login": ("routes/scheme.html", one, _scheme(dialog="assign", **wrong)),
        "route": ("routes/route.html", f"{one}/route", _route()),
        "route-wrong": (
            "routes/route.html",
            f"{one}/route",
            _route(position=0, errors={"link_2": "Нет", "days": "Нет"}),
        ),
        "route-costs": ("routes/costs.html", f"{root}/costs", _costs()),
        "route-costs-wrong": (
            "routes/costs.html",
            f"{root}/costs",
            _costs(errors={"table": "x"}, problems=["Строка 1"]),
        ),
        "route-costs-no-links": ("routes/costs.html", f"{root}/costs", _costs(costs=[], link=None, lines=[])),
        "route-try": ("routes/try.html", f"{root}/try", _try()),
        "route-try-found": ("routes/try.html", f"{root}/try", _try(found=FOUND)),
        "route-try-refused": ("routes/try.html", f"{root}/try", _try(found=REFUSED)),
        "route-try-waits": ("routes/try.html", f"{root}/try", _try(found=waits)),
    }
