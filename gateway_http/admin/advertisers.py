"""«Данные пользователя»: everything about one advertiser, its change, and what is done with its access.

Template advertisers/detail.html: `advertiser`, `advertiser_balance`, `sender_policy`, `pause`, `contract` (ContractStanding),
`scheme` (its own one, or empty), and for whoever edits `form`, `errors`, `dialog` (edit, password or empty: which refused form
opens again), `managers`, `zones`, `schemes` (pairs of those that may be chosen), `scheme_id`, `changed` (who was faster, or None).
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request
from flask_babel import gettext

from contracts.accounts_advertiser_lists import BLOCK, LET_OUT, UNBLOCK, AdvertisersChange
from contracts.accounts_advertisers import Advertiser, AdvertiserChange
from contracts.errors import Conflict, GolubError, Malformed
from gateway_http import audit, pages, zones
from gateway_http.access import MANAGER, PARTNER, allows, form_view, partner_id, roles, user
from gateway_http.admin.advertisers_list import managers
from gateway_http.admin.people import advertiser_context, policy_of, scheme_names
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients

EDIT, PASSWORD = "edit", "password"
#: What a change is compared and recorded by.
DATA = (
    *("name", "company", "contract_number", "contract_date", "email", "phone", "zone"),
    *("manager_id", "promo_code", "comment"),
)
MOST_COMMENT = 2_000


def install(blueprint: Blueprint) -> None:
    address = "/advertisers/<uuid:advertiser_id>"
    blueprint.add_url_rule(address, "advertiser", form_view(advertiser, advertiser_change), methods=["GET", "POST"])
    blueprint.post(f"{address}/state", endpoint="advertiser_state")(advertiser_state)
    blueprint.post(f"{address}/password", endpoint="advertiser_password")(advertiser_password)
    blueprint.post(f"{address}/sessions/end", endpoint="advertiser_sign_out")(advertiser_sign_out)
    blueprint.post(f"{address}/scheme", endpoint="advertiser_scheme")(advertiser_scheme)
    blueprint.post(f"{address}/sending/pause", endpoint="sending_pause")(sending_pause)
    blueprint.post(f"{address}/sending/resume", endpoint="sending_resume")(sending_resume)


@roles(PARTNER, MANAGER, right="clients")
def advertiser(advertiser_id: UUID) -> Response:
    return _page(advertiser_id)


def _page(
    advertiser_id: UUID, form: Form | None = None, dialog: str = "", changed: dict[str, Any] | None = None
) -> Response:
    context = advertiser_context(advertiser_id)
    found = context["advertiser"]
    return pages.page(
        "advertisers/detail.html",
        422 if form is not None else 200,
        sender_policy=policy_of(advertiser_id),
        pause=clients().smpp_gateway.sending_pause(found.id),
        contract=clients().accounts.contract_standing(partner_id(), found.id),
        scheme=scheme_names([found.id]).get(found.id, ""),
        schemes=schemes_to_choose(),
        managers=managers(),
        zones=zones.offered()[0],
        form=form.values if form is not None else _typed(found),
        errors=form.errors if form is not None else {},
        dialog=dialog,
        changed=changed,
        **context,
    )


def _typed(found: Advertiser) -> dict[str, str]:
    return {name: getattr(found, name) or "" for name in DATA} | {"version": str(found.version)}


def change_of(form: Form) -> AdvertiserChange:
    """What was typed into the fields of an advertiser's data."""
    return AdvertiserChange(
        contract_number=form.text("contract_number", required=True, longest=64),
        contract_date=form.date("contract_date", required=True),
        zone=form.text("zone", required=True, longest=64),
        name=form.text("name", longest=200),
        company=form.text("company", longest=200),
        email=form.text("email", longest=254),
        phone=form.text("phone", longest=20),
        manager_id=form.text("manager_id", longest=36),
        promo_code=form.text("promo_code", longest=64),
        comment=form.text("comment", longest=MOST_COMMENT),
    )


@audits("advertiser.changed", "Changed the data of an advertiser")
@roles(PARTNER, MANAGER, right="clients")
def advertiser_change(advertiser_id: UUID) -> Response:
    """The second of two people who edit the same sees what was typed, and who was faster and when."""
    before = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    form = Form(request.form)
    change, version = change_of(form), form.whole("version", 1, 10**15)
    audit.subject("advertiser", before.id, before.login)
    changed = None
    if not form.errors:
        try:
            after = clients().accounts.change_advertiser(
                partner_id(), before.id, change, version=version, author=user().login
            )
            audit.before({name: getattr(before, name) or "" for name in DATA})
            audit.after({name: getattr(after, name) or "" for name in DATA})
            return _done(gettext("The data are saved."), advertiser_id)
        except (Conflict, Malformed) as error:
            form.take(error)
            if "changed_by" in error.data:
                # What stands in the form now is sent over what the other one saved, if it is sent again.
                changed = {"who": error.data["changed_by"], "when": error.data["changed_at"]}
                form.values["version"] = str(before.version)
    return _page(advertiser_id, form, EDIT, changed)


@audits("advertiser.state_set", "Blocked, unblocked or let an advertiser out of test mode")
@roles(PARTNER, MANAGER, right="clients")
def advertiser_state(advertiser_id: UUID) -> Response:
    found = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    action = Form(request.form).text("action", longest=20)
    sentences = {
        BLOCK: gettext("The advertiser is blocked."),
        UNBLOCK: gettext("The advertiser is unblocked."),
        LET_OUT: gettext("The advertiser left the test mode."),
    }
    if action not in sentences:
        raise Malformed("There is no such action")
    audit.subject("advertiser", found.id, found.login)
    audit.before({"state": found.state, "test_mode": found.test_mode})
    clients().accounts.change_advertisers(
        partner_id(), AdvertisersChange(action=action), author=user().login, ids=[found.id]
    )
    audit.after({"action": action})
    return _done(sentences[action], advertiser_id)


@audits("advertiser.password_set", "Gave an advertiser a new password")
@roles(PARTNER, MANAGER, right="clients")
def advertiser_password(advertiser_id: UUID) -> Response:
    found = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    form = Form(request.form)
    password = form.password()
    audit.subject("advertiser", found.id, found.login)
    if not form.errors:
        try:
            clients().accounts.set_advertiser_password(partner_id(), found.id, password=password)
            return _done(gettext("The new password holds. Everybody was signed out."), advertiser_id)
        except Malformed as error:
            form.take(error)
    form.values = _typed(found)
    return _page(advertiser_id, form, PASSWORD)


@audits("advertiser.signed_out", "Ended the sessions of an advertiser")
@roles(PARTNER, MANAGER, right="clients")
def advertiser_sign_out(advertiser_id: UUID) -> Response:
    ended = clients().accounts.end_advertiser_sessions(partner_id(), str(advertiser_id))
    audit.after({"sessions": ended})
    return _done(gettext("Sessions ended: %(count)s.", count=ended), advertiser_id)


def schemes_to_choose() -> list[tuple[str, str]]:
    """(id, name) of traffic schemes, for whoever may give one; none where the gateway does not answer."""
    if not allows(user(), "admin.advertiser_scheme", "POST"):
        return []
    try:
        return [(one.id, one.name) for one in clients().smpp_gateway.route_schemes()]
    except GolubError:
        return []


@audits("advertiser.scheme_set", "Gave an advertiser a traffic scheme")
@roles(PARTNER, MANAGER, right="traffic_scheme")
def advertiser_scheme(advertiser_id: UUID) -> Response:
    found = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    chosen = Form(request.form).text("scheme_id", longest=36)
    audit.subject("advertiser", found.id, found.login)
    audit.before({"scheme": scheme_names([found.id]).get(found.id, "")})
    if chosen and chosen not in dict(schemes_to_choose()):
        flash(gettext("There is no such traffic scheme any more: choose another one."), "error")
        return pages.see_other(pages.back("/admin/advertisers"))
    clients().smpp_gateway.assign_route_scheme(
        subject="advertiser", subject_id=found.id, scheme_id=chosen or None, author=user().login
    )
    audit.after({"scheme": dict(schemes_to_choose()).get(chosen, "")})
    return _done(gettext("The traffic scheme is saved."), advertiser_id)


@audits("sending.paused", "Paused sending")
@roles(PARTNER, MANAGER, right="clients")
def sending_pause(advertiser_id: UUID) -> Response:
    found = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    clients().smpp_gateway.pause_sending(partner_id(), found.id, author=user().login, side="partner")
    return _done(gettext("Sending is paused."), advertiser_id)


@audits("sending.resumed", "Let sending go on")
@roles(PARTNER, MANAGER, right="clients")
def sending_resume(advertiser_id: UUID) -> Response:
    found = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    clients().smpp_gateway.resume_sending(partner_id(), found.id, side="partner")
    return _done(gettext("Sending goes on."), advertiser_id)


def _done(sentence: str, advertiser_id: UUID) -> Response:
    return pages.done(sentence, "admin.advertiser", advertiser_id=advertiser_id)
