"""Notices above pages of the partner and of the operator: certificates that end soon."""

from flask import g, url_for
from flask_babel import gettext, ngettext

from contracts.accounts import Principal
from contracts.accounts_domains import ExpiringCertificate
from gateway_http.access import OPERATOR, PARTNER
from gateway_http.state import gateway
from kit.clock import from_rfc3339

MOST_SHOWN = 3


def notices() -> list[dict[str, str]]:
    """For the page of whoever is signed in; nobody but the partner itself and the operator has to do with certificates."""
    person: Principal | None = g.get("user")
    if person is None or person.role not in (OPERATOR, PARTNER):
        return []
    found = gateway().expiring.of(person.partner_id)
    told = [_notice(one, person) for one in found[:MOST_SHOWN]]
    if len(found) > MOST_SHOWN:
        more = ngettext(
            "%(num)s more certificate ends soon.", "%(num)s more certificates end soon.", len(found) - MOST_SHOWN
        )
        told.append({"tone": "warning", "text": more})
    return told


def _notice(one: ExpiringCertificate, person: Principal) -> dict[str, str]:
    text = gettext(
        "The certificate of %(host)s ends on %(day)s.", host=one.shown, day=f"{from_rfc3339(one.not_after):%d.%m.%Y}"
    )
    if person.role == OPERATOR:
        href = url_for("platform.partner_domain", partner=one.partner_id, host=one.host)
    else:
        href = url_for("admin.settings_domains")
    return {"tone": "warning", "text": text, "href": href, "link": gettext("Look at the domain")}
