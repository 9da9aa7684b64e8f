"""The page of one sender name: where it is registered, and what was decided about it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.people import own_advertisers
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients

LONGEST = {"mcc": 3, "mnc": 3, "state": 20, "legal_entity": 200, "inn": 12, "since": 10, "until": 10, "comment": 500}


def install(blueprint: Blueprint) -> None:
    view = form_view(sender_name, registration_save)
    blueprint.add_url_rule("/senders/<uuid:sender_id>", "sender_name", view, methods=["GET", "POST"])
    blueprint.post(
        "/senders/<uuid:sender_id>/registrations/<uuid:registration_id>/delete",
        endpoint="sender_registration_delete",
    )(registration_delete)


@roles(PARTNER, MANAGER, right="senders")
def sender_name(sender_id: UUID) -> Response:
    return _page(sender_id, {}, {})


@audits("sender_registration.saved", "Stated how a sender name is at an operator")
@roles(PARTNER, MANAGER, right="senders")
def registration_save(sender_id: UUID) -> Response:
    form = Form(request.form)
    version = form.whole("version", 0, 1_000_000)
    stated = {name: form.text(name, longest=longest) for name, longest in LONGEST.items()}
    if form.errors:
        return _page(sender_id, form.values, form.errors)
    found = clients().senders.sender(partner_id(), str(sender_id))
    try:
        clients().senders.put_registration(partner_id(), found.id, version=version, author=user().login, **stated)
    except (Malformed, Conflict) as error:
        form.take(error)
        return _page(sender_id, form.values, form.errors)
    audit.subject("sender", found.id, found.name)
    audit.after({name: stated[name] for name in ("mcc", "mnc", "state", "legal_entity", "inn")})
    return pages.done(gettext("The state is saved: the advertiser sees it."), "admin.sender_name", sender_id=sender_id)


@audits("sender_registration.deleted", "Took back the state of a sender name at an operator")
@roles(PARTNER, MANAGER, right="senders")
def registration_delete(sender_id: UUID, registration_id: UUID) -> Response:
    clients().senders.drop_registration(partner_id(), str(sender_id), str(registration_id))
    audit.subject("sender", str(sender_id), "")
    return pages.done(gettext("The state is deleted."), "admin.sender_name", sender_id=sender_id)


def _page(sender_id: UUID, values: dict[str, str], errors: dict[str, str]) -> Response:
    senders, whose = clients().senders, (partner_id(), str(sender_id))
    found = senders.sender(*whose)
    context: dict[str, Any] = {
        "sender": found,
        "owner": own_advertisers([found.advertiser_id]).get(found.advertiser_id),
    }
    context |= {"registrations": senders.registrations(*whose), "history": senders.name_history(*whose)}
    return pages.page("senders/name.html", 422 if errors else 200, form=values, errors=errors, **context)
