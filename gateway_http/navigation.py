"""The menu of each role, and the addresses of lists: pages, periods, the state of a list in its query.

Templates name pages by endpoint (`url_for`); all of them are in `gateway_http.addresses`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request, url_for

from gateway_http.i18n import N_


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu. `covers` names the endpoints, by their beginnings, under which it is the current one."""

    label: str
    endpoint: str
    icon: str
    covers: tuple[str, ...]


_HELP = Item(N_("Help"), "docs.help", "help", ("docs.",))

_PARTNER = (
    Item(N_("Cabinet"), "admin.advertisers", "users", ("admin.advertiser", "admin.package")),
    Item(N_("Senders"), "admin.sender_requests", "signature", ("admin.sender_",)),
    Item(N_("Moderation of texts"), "admin.moderation", "circle-check", ("admin.moderation",)),
    Item(N_("Default tariffs"), "admin.tariffs", "tags", ("admin.tariff",)),
    Item(
        N_("Issued invoices"),
        "admin.invoices",
        "file-invoice",
        ("admin.invoice", "admin.bank_payment", "admin.payments"),
    ),
    Item(N_("Promo codes"), "admin.promo_codes", "discount", ("admin.promo_",)),
    Item(N_("Statistics"), "admin.statistics_sms", "chart-bar", ("admin.statistics_",)),
    Item(N_("Settings"), "admin.settings_requisites", "settings", ("admin.settings_",)),
    _HELP,
)

MENUS: dict[str, tuple[Item, ...]] = {
    "operator": (
        Item(N_("Overview"), "platform.overview", "layout-dashboard", ("platform.overview",)),
        Item(N_("Partners"), "platform.partners", "building", ("platform.partner",)),
        Item(N_("Incoming SMS"), "platform.incoming", "inbox", ("platform.incoming",)),
        Item(N_("Purchase tariffs"), "platform.tariffs", "tags", ("platform.tariff",)),
        Item(N_("Numbering"), "platform.numbering", "book-2", ("platform.numbering",)),
        Item(N_("Links"), "platform.links", "plug-connected", ("platform.link",)),
        Item(N_("Traffic scheme"), "platform.routes", "route", ("platform.route",)),
        Item(N_("Journal of actions"), "platform.audit", "history", ("platform.audit",)),
        Item(N_("API keys"), "platform.api_keys", "key", ("platform.api_key",)),
        _HELP,
    ),
    "partner": _PARTNER,
    "manager": _PARTNER,
    "advertiser": (
        Item(N_("SMS messages"), "cabinet.messages", "messages", ("cabinet.message",)),
        Item(N_("Incoming SMS"), "cabinet.incoming", "inbox", ("cabinet.incoming",)),
        Item(N_("Stop list"), "cabinet.stop_list", "x", ("cabinet.stop_",)),
        Item(N_("Senders"), "cabinet.senders", "signature", ("cabinet.senders",)),
        Item(
            N_("Finances"),
            "cabinet.finances",
            "wallet",
            (
                "cabinet.finances",
                "cabinet.promo_",
                "cabinet.payment_",
                "cabinet.invoice_",
                "cabinet.oferta",
                "cabinet.contract",
            ),
        ),
        Item(N_("API keys"), "cabinet.api_keys", "key", ("cabinet.api_key",)),
        Item("SMPP", "cabinet.smpp", "plug-connected", ("cabinet.smpp",)),
        _HELP,
    ),
}


def menu(role: str) -> tuple[Item, ...]:
    """Return the menu of a role; an unknown role gets none."""
    return MENUS.get(role, ())


def is_current(item: Item) -> bool:
    """Tell whether the page being shown belongs to this line of the menu."""
    endpoint = request.endpoint or ""
    return endpoint.startswith(item.covers)


def page_url(**changes: Any) -> str:
    """Return the address of this page with some query arguments changed; None drops one.

    A list keeps its whole state in the address, so links of the pager and of sorting come from here.
    """
    if request.endpoint is None:
        return request.path
    arguments: dict[str, Any] = {**request.args.to_dict(flat=False), **changes}
    kept = {name: value for name, value in arguments.items() if value not in (None, "", [""])}
    return url_for(request.endpoint, **{**(request.view_args or {}), **kept})


def page_numbers(page: int, pages: int, around: int = 2) -> list[int | None]:
    """Return the page numbers a pager shows: both ends and the neighbours of `page`; None marks a gap."""
    shown = sorted({1, pages, *range(max(1, page - around), min(pages, page + around) + 1)})
    result: list[int | None] = []
    for number in shown:
        if result and result[-1] is not None and number - result[-1] > 1:
            result.append(number - 1 if number - result[-1] == 2 else None)
        result.append(number)
    return result


def date_ranges(today: date) -> list[tuple[str, str, str]]:
    """Return the periods a report offers: (msgid, first day, last day), both days included, as YYYY-MM-DD."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    periods = (
        (N_("Today"), today, today),
        (N_("Yesterday"), today - timedelta(days=1), today - timedelta(days=1)),
        (N_("7 days"), today - timedelta(days=6), today),
        (N_("30 days"), today - timedelta(days=29), today),
        (N_("This month"), month, today),
        (N_("Last month"), before.replace(day=1), before),
    )
    return [(label, first.isoformat(), last.isoformat()) for label, first, last in periods]


def pairs(values: list[str]) -> list[tuple[str, str]]:
    """Return pairs for a choice whose values are shown as they are."""
    return [(value, value) for value in values]
