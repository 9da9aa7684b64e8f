"""«Настройки» → «Домены»: the partner's own domains as they are, and what is to be done at its DNS.

Template settings/domains.html: `known` (contracts.accounts_domains.Domains), `advice` (lists of domains_words.Advice by host).
"""

from flask import Blueprint, Response

from gateway_http import domains_words, pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.get("/settings/domains", endpoint="settings_domains")(domains)


@roles(PARTNER, MANAGER, right="settings")
def domains() -> Response:
    known = clients().accounts.domains(partner_id())
    advice = {one.host: domains_words.advice_of(one, known) for one in known.items}
    return pages.page("settings/domains.html", known=known, advice=advice)
