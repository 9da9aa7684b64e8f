"""The menu of each role, and the addresses that the templates link to.

Templates name pages by endpoint (`url_for`). ROUTES is the list of every endpoint that they name, with the path and
methods it is meant to have: views are registered under these names, and a test holds templates and list together.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request, url_for

from gateway_http.i18n import N_

GET, POST, FORM = ("GET",), ("POST",), ("GET", "POST")

ROUTES: dict[str, tuple[str, tuple[str, ...]]] = {
    "auth.home": ("/", GET),
    "auth.sign_in": ("/sign-in", FORM),
    "auth.sign_out": ("/sign-out", POST),
    "brand.stylesheet": ("/theme.css", GET),
    "docs.help": ("/help", GET),
    "docs.api": ("/docs/api", GET),
    "admin.advertisers": ("/admin/advertisers", GET),
    "admin.advertiser_new": ("/admin/advertisers/new", FORM),
    "admin.advertiser": ("/admin/advertisers/<uuid:advertiser_id>", GET),
    "admin.sending_pause": ("/admin/advertisers/<uuid:advertiser_id>/sending/pause", POST),
    "admin.sending_resume": ("/admin/advertisers/<uuid:advertiser_id>/sending/resume", POST),
    "admin.advertiser_packages": ("/admin/advertisers/<uuid:advertiser_id>/packages", FORM),
    "admin.package_paid": ("/admin/advertisers/<uuid:advertiser_id>/packages/<uuid:package_id>/paid", POST),
    "admin.advertiser_tariffs": ("/admin/advertisers/<uuid:advertiser_id>/tariffs", FORM),
    "admin.advertiser_senders": ("/admin/advertisers/<uuid:advertiser_id>/senders", FORM),
    "admin.advertiser_smpp": ("/admin/advertisers/<uuid:advertiser_id>/smpp", FORM),
    "admin.smpp_login": ("/admin/advertisers/<uuid:advertiser_id>/smpp/login", POST),
    "admin.smpp_remove": ("/admin/advertisers/<uuid:advertiser_id>/smpp/remove", POST),
    "admin.advertiser_incoming": ("/admin/advertisers/<uuid:advertiser_id>/incoming", FORM),
    "admin.incoming_release": ("/admin/advertisers/<uuid:advertiser_id>/incoming/release", POST),
    "admin.incoming_destination": ("/admin/advertisers/<uuid:advertiser_id>/incoming/destination", POST),
    "admin.incoming_secret": ("/admin/advertisers/<uuid:advertiser_id>/incoming/secret", POST),
    "admin.sender_policy": ("/admin/advertisers/<uuid:advertiser_id>/senders/policy", POST),
    "admin.sender_requests": ("/admin/senders", GET),
    "admin.sender_approve": ("/admin/senders/<uuid:sender_id>/approve", POST),
    "admin.sender_refuse": ("/admin/senders/<uuid:sender_id>/refuse", POST),
    "admin.package_change": ("/admin/advertisers/<uuid:advertiser_id>/packages/<uuid:package_id>/change", POST),
    "admin.package_correct": ("/admin/advertisers/<uuid:advertiser_id>/packages/<uuid:package_id>/correct", POST),
    "admin.package_delete": ("/admin/advertisers/<uuid:advertiser_id>/packages/<uuid:package_id>/delete", POST),
    "admin.advertiser_entries": ("/admin/advertisers/<uuid:advertiser_id>/entries", GET),
    "admin.advertiser_entries_file": ("/admin/advertisers/<uuid:advertiser_id>/entries/file", GET),
    "admin.statistics_balance": ("/admin/statistics/balance", GET),
    "admin.statistics_balance_file": ("/admin/statistics/balance/file", GET),
    "admin.statistics_sms": ("/admin/statistics/sms", GET),
    "admin.invoices": ("/admin/invoices", GET),
    "admin.invoices_xlsx": ("/admin/invoices.xlsx", GET),
    "admin.invoice_new": ("/admin/invoices/new", FORM),
    "admin.invoice": ("/admin/invoices/<uuid:invoice_id>", GET),
    "admin.invoice_pdf": ("/admin/invoices/<uuid:invoice_id>/pdf", GET),
    "admin.invoice_paid": ("/admin/invoices/<uuid:invoice_id>/paid", POST),
    "admin.invoice_cancel": ("/admin/invoices/<uuid:invoice_id>/cancel", POST),
    "admin.payments": ("/admin/payments", GET),
    "admin.bank_payments": ("/admin/payments/bank", FORM),
    "admin.bank_payment": ("/admin/payments/bank/<uuid:payment_id>", FORM),
    "admin.promo_codes": ("/admin/promo", GET),
    "admin.promo_new": ("/admin/promo/new", FORM),
    "admin.promo_code": ("/admin/promo/<uuid:promo_id>", FORM),
    "admin.promo_switch": ("/admin/promo/<uuid:promo_id>/switch", POST),
    "admin.settings_requisites": ("/admin/settings/requisites", FORM),
    "admin.settings_payments": ("/admin/settings/payments", FORM),
    "admin.settings_waiting": ("/admin/settings/waiting", FORM),
    "admin.settings_oferta": ("/admin/settings/oferta", FORM),
    "admin.settings_oferta_version": ("/admin/settings/oferta/<version>", GET),
    "cabinet.messages": ("/cabinet/messages", FORM),
    "cabinet.estimate": ("/cabinet/messages/estimate", POST),
    "cabinet.message_cancel": ("/cabinet/messages/<uuid:message_id>/cancel", POST),
    "cabinet.messages_cancel": ("/cabinet/messages/cancel", POST),
    "cabinet.sending_pause": ("/cabinet/sending/pause", POST),
    "cabinet.sending_resume": ("/cabinet/sending/resume", POST),
    "cabinet.mailing_pause": ("/cabinet/mailings/pause", POST),
    "cabinet.mailing_resume": ("/cabinet/mailings/resume", POST),
    "cabinet.mailing_cancel": ("/cabinet/mailings/cancel", POST),
    "cabinet.incoming": ("/cabinet/incoming", GET),
    "cabinet.stop_list": ("/cabinet/stop-list", FORM),
    "cabinet.stop_remove": ("/cabinet/stop-list/remove", POST),
    "cabinet.senders": ("/cabinet/senders", FORM),
    "cabinet.api_keys": ("/cabinet/api-keys", FORM),
    "cabinet.finances": ("/cabinet/finances", GET),
    "cabinet.promo_redeem": ("/cabinet/finances/promo", POST),
    "cabinet.level_save": ("/cabinet/finances/level", POST),
    "cabinet.payment_start": ("/cabinet/finances/payments", POST),
    "cabinet.payment_go": ("/cabinet/finances/payments/<uuid:payment_id>", GET),
    "cabinet.invoice_new": ("/cabinet/finances/invoices/new", FORM),
    "cabinet.invoice_pdf": ("/cabinet/finances/invoices/<uuid:invoice_id>/pdf", GET),
    "cabinet.oferta": ("/cabinet/oferta", FORM),
    "platform.overview": ("/platform", GET),
    "platform.incoming": ("/platform/incoming", FORM),
    "platform.incoming_drop": ("/platform/incoming/drop", POST),
    "platform.incoming_words": ("/platform/incoming/words", POST),
    "platform.numbering": ("/platform/numbering", FORM),
    "platform.partners": ("/platform/partners", GET),
    "platform.partner_entries": ("/platform/partners/<uuid:partner>/entries", GET),
    "platform.partner_entries_file": ("/platform/partners/<uuid:partner>/entries/file", GET),
    "platform.partner_tariff": ("/platform/partners/<uuid:partner>/tariff", FORM),
    "platform.partner_credit": ("/platform/partners/<uuid:partner>/credit", FORM),
    "platform.partner_correct": ("/platform/partners/<uuid:partner>/correction", POST),
    "platform.links": ("/platform/links", GET),
    "platform.link_new": ("/platform/links/new", FORM),
    "platform.link": ("/platform/links/<name>/state", GET),
    "platform.link_edit": ("/platform/links/<name>/settings", FORM),
    "platform.link_switch": ("/platform/links/<name>/switch", POST),
    "platform.link_delete": ("/platform/links/<name>/delete", POST),
    "platform.routes": ("/platform/routes", FORM),
    "platform.route_default": ("/platform/routes/default", POST),
    "platform.route_costs": ("/platform/routes/costs", FORM),
    "platform.route_try": ("/platform/routes/try", GET),
    "platform.route_scheme": ("/platform/routes/<uuid:scheme_id>", FORM),
    "platform.route_edit": ("/platform/routes/<uuid:scheme_id>/route", FORM),
    "platform.route_move": ("/platform/routes/<uuid:scheme_id>/move", POST),
    "platform.route_assign": ("/platform/routes/<uuid:scheme_id>/assign", POST),
    "platform.route_release": ("/platform/routes/<uuid:scheme_id>/release", POST),
    "platform.route_delete": ("/platform/routes/<uuid:scheme_id>/delete", POST),
    "platform.api_keys": ("/platform/api-keys", FORM),
    "platform.api_key_withdraw": ("/platform/api-keys/withdraw", POST),
    "platform.partner_email": ("/platform/partners/<uuid:partner>/email", POST),
}


#: The pages of tariffs are the same for what a partner sells by and for what the operator sells by.
_TARIFF_ROUTES: dict[str, tuple[str, tuple[str, ...]]] = {
    "tariffs": ("/tariffs", FORM),
    "tariffs_edit": ("/tariffs/edit", FORM),
    "tariffs_import": ("/tariffs/import", FORM),
    "tariffs_compare": ("/tariffs/compare", GET),
    "tariffs_default": ("/tariffs/default", POST),
    "tariff": ("/tariffs/<uuid:tariff_id>", FORM),
    "tariff_export": ("/tariffs/<uuid:tariff_id>/prices", GET),
    "tariff_row_drop": ("/tariffs/<uuid:tariff_id>/rows/drop", POST),
    "tariff_version": ("/tariffs/<uuid:tariff_id>/versions", POST),
    "tariff_version_drop": ("/tariffs/<uuid:tariff_id>/versions/drop", POST),
    "tariff_copy": ("/tariffs/<uuid:tariff_id>/copy", POST),
    "tariff_delete": ("/tariffs/<uuid:tariff_id>/delete", POST),
}
ROUTES |= {
    f"{place}.{name}": (f"/{place}{path}", methods)
    for place in ("admin", "platform")
    for name, (path, methods) in _TARIFF_ROUTES.items()
}


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
        Item(N_("API keys"), "platform.api_keys", "key", ("platform.api_key",)),
        _HELP,
    ),
    "partner": _PARTNER,
    "manager": _PARTNER,
    "advertiser": (
        Item(N_("SMS messages"), "cabinet.messages", "messages", ("cabinet.messages",)),
        Item(N_("Incoming SMS"), "cabinet.incoming", "inbox", ("cabinet.incoming",)),
        Item(N_("Stop list"), "cabinet.stop_list", "x", ("cabinet.stop_",)),
        Item(N_("Senders"), "cabinet.senders", "signature", ("cabinet.senders",)),
        Item(
            N_("Finances"),
            "cabinet.finances",
            "wallet",
            ("cabinet.finances", "cabinet.promo_", "cabinet.payment_", "cabinet.invoice_", "cabinet.oferta"),
        ),
        Item(N_("API keys"), "cabinet.api_keys", "key", ("cabinet.api_keys",)),
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
