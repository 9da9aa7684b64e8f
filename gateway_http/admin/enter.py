"""«В кабинет»: the partner's people enter an advertiser's cabinet for half an hour, and leave it (decision 43).

Template advertisers/enter.html: `visits` (list of contracts.accounts_own.CabinetVisit), `form` {reason}, `errors`.
"""

from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles
from gateway_http.admin.people import advertiser_context
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.own_account import address, whose
from gateway_http.state import clients

MOST_REASON = 200


def install(blueprint: Blueprint) -> None:
    own = "/advertisers/<uuid:advertiser_id>"
    view = form_view(advertiser_enter, cabinet_enter)
    blueprint.add_url_rule(f"{own}/enter", "advertiser_enter", view, methods=["GET", "POST"])
    blueprint.post(f"{own}/sessions/end", endpoint="advertiser_sessions_end")(advertiser_sessions_end)
    blueprint.post("/cabinet/leave", endpoint="cabinet_leave")(cabinet_leave)


@roles(PARTNER, MANAGER, right="enter")
def advertiser_enter(advertiser_id: UUID) -> Response:
    return _page(advertiser_id, {}, {})


@audits("cabinet.entered", "Entered the cabinet of an advertiser")
@roles(PARTNER, MANAGER, right="enter")
def cabinet_enter(advertiser_id: UUID) -> Response:
    form = Form(request.form)
    reason, password = form.text("reason", required=True, longest=MOST_REASON), form.password()
    audit.after({"reason": reason})
    if not form.errors:
        try:
            visit = clients().accounts.enter_cabinet(
                **whose(), advertiser_id=str(advertiser_id), reason=reason, password=password, address=address()
            )
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            audit.subject("cabinet", visit.id, visit.login)
            audit.after({"until": visit.expires_at})
            return pages.see_other(url_for("cabinet.messages"))
    return _page(advertiser_id, form.values, form.errors)


@audits("cabinet.left", "Left the cabinet of an advertiser")
@roles(PARTNER, MANAGER, right=None)
def cabinet_leave() -> Response:
    """Back to the page of that advertiser, as whoever one is; without a visit to one's own start page."""
    visit = clients().accounts.leave_cabinet(**whose())
    if visit is None:
        return pages.see_other(url_for("auth.home"))
    audit.subject("cabinet", visit.id, visit.login)
    audit.whom(visit.advertiser_id)
    said = gettext("You left the cabinet of %(login)s.", login=visit.login)
    return pages.done(said, "admin.advertiser_enter", advertiser_id=visit.advertiser_id)


@audits("advertiser.signed_out", "Ended the sessions of an advertiser")
@roles(PARTNER, MANAGER, right="clients")
def advertiser_sessions_end(advertiser_id: UUID) -> Response:
    found = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    audit.subject("advertiser", found.id, found.login)
    clients().accounts.end_advertiser_sessions(partner_id(), found.id)
    return pages.done(
        gettext("Every session of this advertiser has ended."), "admin.advertiser", advertiser_id=found.id
    )


def _page(advertiser_id: UUID, values: dict[str, str], errors: dict[str, str]) -> Response:
    context = advertiser_context(advertiser_id)
    visits = clients().accounts.cabinet_visits(partner_id(), str(advertiser_id))
    status = 422 if errors else 200
    return pages.page("advertisers/enter.html", status, visits=visits, form=values, errors=errors, **context)
