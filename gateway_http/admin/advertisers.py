"""«Кабинет»: the partner's advertisers, a new one, and the data of each."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request
from flask_babel import gettext

from contracts.accounts import NewAdvertiser
from contracts.errors import Conflict, GolubError, Malformed
from gateway_http import audit, pages, zones
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.people import (
    AUTOMATIC,
    MANUAL,
    MODERATIONS,
    advertiser_context,
    pending_requests,
    policy_of,
    scheme_names,
)
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients

PAGE_SIZES = (20, 50, 100)
MOST_PAGES = 10_000
#: What the journal keeps of a new advertiser.
TOLD = ("login", "name", "company", "contract_number", "contract_date", "email", "phone", "zone", "test_mode")


def install(blueprint: Blueprint) -> None:
    blueprint.get("/advertisers", endpoint="advertisers")(advertisers)
    blueprint.add_url_rule(
        "/advertisers/new", "advertiser_new", form_view(advertiser_new, advertiser_add), methods=["GET", "POST"]
    )
    blueprint.get("/advertisers/<uuid:advertiser_id>", endpoint="advertiser")(advertiser)
    address = "/advertisers/<uuid:advertiser_id>/sending"
    blueprint.post(f"{address}/pause", endpoint="sending_pause")(sending_pause)
    blueprint.post(f"{address}/resume", endpoint="sending_resume")(sending_resume)


@roles(PARTNER, MANAGER, right="clients")
def advertisers() -> Response:
    filters = _filters()
    found = clients().accounts.list_advertisers(
        partner_id(), search=filters["q"], page=filters["page"], page_size=filters["page_size"]
    )
    ids = [one.id for one in found.items]
    balances = dict(zip(ids, clients().billing.balances(ids), strict=True)) if ids else {}
    return pages.page(
        "advertisers/list.html",
        advertisers=found.items,
        total=found.total,
        filters=filters,
        balances=balances,
        schemes=scheme_names(ids),
        **pending_requests(),
    )


def _filters() -> dict[str, Any]:
    """The list's state from the address; what can't be read there is as if it were not given."""
    page_size = request.args.get("page_size", PAGE_SIZES[1], int)
    return {
        "q": request.args.get("q", "").replace("\0", "").strip()[:100],
        "page": min(max(request.args.get("page", 1, int), 1), MOST_PAGES),
        "page_size": page_size if page_size in PAGE_SIZES else PAGE_SIZES[1],
    }


@roles(PARTNER, MANAGER, right="clients")
def advertiser_new() -> Response:
    return _form_page({"test_mode": "1"}, {})


@audits("advertiser.added", "Added an advertiser")
@roles(PARTNER, MANAGER, right="clients")
def advertiser_add() -> Response:
    """Add an advertiser, then tell senders what it may do: accounts knows people, senders knows names."""
    form = Form(request.form)
    new = _new_advertiser(form)
    if form.errors:
        return _form_page(form.values, form.errors)
    try:
        made = clients().accounts.create_advertiser(partner_id(), new)
    except (Conflict, Malformed) as error:
        if isinstance(error, Conflict) and not error.data.get("errors"):
            form.errors["login"] = gettext("This login is taken")
        form.take(error)
        return _form_page(form.values, form.errors)
    audit.subject("advertiser", made.id, made.login)
    audit.whom(made.id)
    audit.after({name: getattr(made, name) for name in TOLD})
    automatic = new.sender_moderation == AUTOMATIC
    try:
        clients().senders.set_policy(partner_id(), made.id, any_sender=new.any_sender, automatic=automatic)
    except GolubError:
        # The advertiser is there and may not be made again; its page of senders shows what is missing and saves it.
        flash(gettext("The rules for sender names could not be saved: save them on the page «Senders»."), "warning")
    return pages.done(
        gettext("The advertiser %(login)s was added.", login=made.login),
        "admin.advertiser_packages",
        advertiser_id=made.id,
    )


def _new_advertiser(form: Form) -> NewAdvertiser:
    moderation = form.text("sender_moderation") or MANUAL
    if moderation not in MODERATIONS:
        form.errors["sender_moderation"] = gettext("Choose one of the list")
    return NewAdvertiser(
        login=form.text("login", required=True, longest=64),
        password=form.password(),
        contract_number=form.text("contract_number", required=True, longest=64),
        contract_date=form.date("contract_date", required=True),
        zone=form.text("zone", required=True, longest=64),
        any_sender=form.checked("any_sender"),
        sender_moderation=moderation,
        test_mode=form.checked("test_mode"),
        name=form.text("name", longest=200),
        company=form.text("company", longest=200),
        email=form.text("email", longest=254),
        phone=form.text("phone", longest=20),
        send_letter=form.checked("send_letter"),
    )


def _form_page(values: dict[str, str], errors: dict[str, str]) -> Response:
    status = 422 if errors else 200
    offered, first = zones.offered()
    form = {"zone": first, **values}
    return pages.page("advertisers/new.html", status, form=form, errors=errors, zones=offered)


@roles(PARTNER, MANAGER, right="clients")
def advertiser(advertiser_id: UUID) -> Response:
    context = advertiser_context(advertiser_id)
    return pages.page(
        "advertisers/detail.html",
        sender_policy=policy_of(advertiser_id),
        pause=clients().smpp_gateway.sending_pause(str(advertiser_id)),
        scheme=scheme_names([str(advertiser_id)]).get(str(advertiser_id), ""),
        **context,
    )


@audits("sending.paused", "Paused sending")
@roles(PARTNER, MANAGER, right="clients")
def sending_pause(advertiser_id: UUID) -> Response:
    found = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    clients().smpp_gateway.pause_sending(partner_id(), found.id, author=user().login, side="partner")
    return pages.done(gettext("Sending is paused."), "admin.advertiser", advertiser_id=advertiser_id)


@audits("sending.resumed", "Let sending go on")
@roles(PARTNER, MANAGER, right="clients")
def sending_resume(advertiser_id: UUID) -> Response:
    found = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    clients().smpp_gateway.resume_sending(partner_id(), found.id, side="partner")
    return pages.done(gettext("Sending goes on."), "admin.advertiser", advertiser_id=advertiser_id)
