"""The pages of links to mobile operators, with plausible contents."""

from dataclasses import replace
from typing import Any

from contracts.smpp_links import BindStatus, Link, LinkStatus
from gateway_http.platform import links_words
from gateway_http.platform.links import Line
from gateway_http.platform.links_form import choices_of, differing, values_of
from services.smpp_gateway.link_views import link_fields
from tests.unit.gateway_http.samples import MOMENT, common

FIELDS = link_fields()
REASON = "no connection to smpp.example.net:2775: Connection refused"
SETTINGS = {one.name: one.default.get("value") for one in FIELDS} | {
    "host": "smpp.example.net", "port": 2775, "system_id": "golub", "messages_per_second": 50.0, "tls": "verify",
}  # fmt: skip
LINK = Link(
    name="beeline", title="Билайн <b>&", enabled=True, draining=False, given=[], binds=2, failover_after_seconds=5,
    unresolved_seconds=None, receipt_timeout_seconds=3600, settings=SETTINGS, has_password=True, trouble="", version=3,
    author="root", changed_at=MOMENT,
)  # fmt: skip
BINDS = [
    BindStatus(number=number, state=state, owner=owner, since=MOMENT, reason=reason, in_flight=in_flight, per_minute=1_480,
               bound_at=MOMENT, lease_until=MOMENT)
    for number, state, owner, reason, in_flight in (
        (1, "bound", "gateway-1:4711:0b1c", "", 93), (2, "down", "gateway-2:4712:77aa", REASON, 0), (3, "free", "", "", 0),
    )
]  # fmt: skip
STATUS = LinkStatus(
    name="beeline", title="", host="smpp.example.net:2775", state="partly", reason=REASON, down_since=None, in_flight=93,
    window=200, messages_per_second="50", per_minute=2_960, waiting=10_000, open_messages=412, counted_to=10_000,
    oldest_seconds=4_000, binds=BINDS,
)  # fmt: skip
DOWN = replace(STATUS, state="down", down_since=MOMENT, waiting=12, in_flight=0, binds=BINDS[1:2])  # type: ignore[type-var]
IDLE = replace(STATUS, state="disabled", reason="", binds=[], waiting=0, in_flight=0)  # type: ignore[type-var]


#: Links that a receiver may bring receipts of.
OTHERS = {"": "no other link", "mts": "МТС <b>& (mts)"}


def _link(**changes: Any) -> Link:
    return replace(LINK, **changes)  # type: ignore[type-var]


LINES = [
    Line(LINK, STATUS),
    Line(_link(name="main", title="", given=["host"]), replace(STATUS, state="bound", messages_per_second="0")),  # type: ignore[type-var]
    Line(_link(name="mts", title="МТС, служебные"), DOWN),
    Line(_link(name="off", title="Запасное", enabled=False), IDLE),
    Line(_link(name="new", title="Новое"), None),
]  # fmt: skip


def _state(one: Line, **changes: Any) -> dict[str, Any]:
    return {**common("operator"), "one": one, "errors": {}, "words": links_words, **changes}


def _kind(bind_type: str, **settings: Any) -> Link:
    return _link(settings=SETTINGS | {"bind_type": bind_type, **settings})


def _over(*links: str) -> LinkStatus:
    return replace(STATUS, receipts_over=list(links))  # type: ignore[type-var]


def _form(link: Link | None, **changes: Any) -> dict[str, Any]:
    values = values_of(link, FIELDS)
    return {
        **common("operator"), "link": link, "form": values, "errors": {}, "groups": links_words.GROUPS,
        "others": OTHERS, "fields": {one.name: one for one in FIELDS}, "choices_of": choices_of, "differing": differing(values, FIELDS), **changes,
    }  # fmt: skip


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    root, one = "/platform/links", "/platform/links/beeline"
    shown, words = common("operator"), {"words": links_words}
    given = _link(given=["host", "port", "system_id", "password", "window"])
    wrong = {"form": "Не вышло", "tls_ca": "Нет", "retry": "Нет", "name": "Занято", "password": "Нет", "tls": "Нет"}
    draining = Line(_link(draining=True, trouble="Give the password."), DOWN)
    return {
        "links": ("links/list.html", root, {**shown, **words, "lines": LINES}),
        "links-none": ("links/list.html", root, {**shown, **words, "lines": []}),
        "link": ("links/state.html", f"{one}/state", _state(LINES[0])),
        "link-draining": ("links/state.html", f"{one}/state", _state(draining)),
        "link-transmitter": ("links/state.html", f"{one}/state", _state(Line(_kind("transmitter"), _over("mts-in")))),
        "link-unheard": ("links/state.html", f"{one}/state", _state(Line(_kind("transmitter"), _over()))),
        "link-receiver": (
            "links/state.html",
            f"{one}/state",
            _state(Line(_kind("receiver", receipts_of="mts"), _over())),
        ),
        "link-receiver-of-none": ("links/state.html", f"{one}/state", _state(Line(_kind("receiver"), _over()))),
        "link-disabled": ("links/state.html", f"{one}/state", _state(LINES[3], errors={"form": "Нельзя"})),
        "link-unread": ("links/state.html", f"{one}/state", _state(LINES[4])),
        "link-new": ("links/form.html", f"{root}/new", _form(None)),
        "link-wrong": ("links/form.html", f"{root}/new", _form(None, errors=wrong)),
        "link-edit": ("links/form.html", f"{one}/settings", _form(LINK)),
        "link-given": ("links/form.html", f"{one}/settings", _form(given)),
    }
