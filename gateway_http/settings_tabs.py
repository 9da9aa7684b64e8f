"""The sections of «Настройки», in the order of their tabs: a new page of the settings adds a line here."""

from dataclasses import dataclass

from flask import request

from gateway_http.i18n import N_


@dataclass(frozen=True, slots=True)
class Tab:
    """`endpoint` is where the tab leads; it is the current one on every page whose endpoint begins with it."""

    label: str
    endpoint: str


SETTINGS_TABS = (
    Tab(N_("Requisites"), "admin.settings_requisites"),
    Tab(N_("Additional settings"), "admin.settings_branding"),
    Tab(N_("Payment systems"), "admin.settings_payments"),
    Tab(N_("Waiting for money"), "admin.settings_waiting"),
    Tab(N_("Sending of letters"), "admin.settings_mail"),
    Tab(N_("Notices"), "admin.settings_notices"),
    Tab(N_("Letters"), "admin.settings_letters"),
    Tab(N_("Time zones"), "admin.settings_zones"),
    Tab(N_("Sender names"), "admin.settings_senders"),
    Tab(N_("Oferta"), "admin.settings_oferta"),
    Tab(N_("Managers"), "admin.settings_managers"),
    Tab(N_("Journal of actions"), "admin.settings_audit"),
    Tab(N_("Domains"), "admin.settings_domains"),
)


def current_tab() -> Tab | None:
    """The tab of the page being shown; of two that fit, the one that says more."""
    endpoint = request.endpoint or ""
    fitting = [tab for tab in SETTINGS_TABS if endpoint.startswith(tab.endpoint)]
    return max(fitting, key=lambda tab: len(tab.endpoint), default=None)
