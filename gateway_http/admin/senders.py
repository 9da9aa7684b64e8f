"""«Отправители»: names that wait for the partner, and those of one advertiser."""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from contracts.errors import Malformed
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.people import AUTOMATIC, advertiser_context, pending_requests, policy_of
from gateway_http.audit import audits
from gateway_http.forms import Form, parse_id
from gateway_http.state import clients

LONGEST_REASON, MOST_MARKED = 500, 500


def install(blueprint: Blueprint) -> None:
    blueprint.get("/senders", endpoint="sender_requests")(sender_requests)
    blueprint.post("/senders/<uuid:sender_id>/approve", endpoint="sender_approve")(sender_approve)
    blueprint.post("/senders/<uuid:sender_id>/refuse", endpoint="sender_refuse")(sender_refuse)
    blueprint.post("/senders/marked", endpoint="sender_marked")(sender_marked)
    address = "/advertisers/<uuid:advertiser_id>/senders"
    blueprint.post(f"{address}/policy", endpoint="sender_policy")(sender_policy)
    blueprint.add_url_rule(
        address, "advertiser_senders", form_view(advertiser_senders, advertiser_sender_add), methods=["GET", "POST"]
    )


@roles(PARTNER, MANAGER, right="senders")
def sender_requests() -> Response:
    return pages.page("senders/requests.html", **pending_requests())


@audits("sender.approved", "Approved a sender name")
@roles(PARTNER, MANAGER, right="senders")
def sender_approve(sender_id: UUID) -> Response:
    decided = _decide(sender_id, approve=True, reason="")
    return _back(gettext("The name %(name)s is approved.", name=decided), "success")


@audits("sender.refused", "Refused a sender name")
@roles(PARTNER, MANAGER, right="senders")
def sender_refuse(sender_id: UUID) -> Response:
    form = Form(request.form)
    reason = form.text("reason", required=True)
    if form.errors:
        audit.refused(Malformed.code)
        return _back(gettext("A refusal needs a reason that the advertiser can understand."), "error")
    decided = _decide(sender_id, approve=False, reason=reason)
    return _back(gettext("The name %(name)s is refused.", name=decided), "success")


@audits("sender.decided", "Decided about marked sender names")
@roles(PARTNER, MANAGER, right="senders")
def sender_marked() -> Response:
    """Each is decided by itself; what is another partner's is not there."""
    form, approve = Form(request.form), request.form.get("verdict") != "refuse"
    reason = form.text("reason", required=not approve, longest=LONGEST_REASON)
    ids = [one for one in map(parse_id, request.form.getlist("ids")) if one][:MOST_MARKED]
    if not ids or form.errors:
        audit.refused(Malformed.code)
    if not ids:
        return _back(gettext("Mark at least one name."), "error")
    if form.errors:
        return _back(gettext("A refusal needs a reason that the advertiser can understand."), "error")
    decided = [_decide(UUID(one), approve=approve, reason=reason) for one in ids]
    audit.after({"names": ", ".join(decided)})
    return _back(gettext("Decided: %(names)s.", names=", ".join(decided)), "success")


def _decide(sender_id: UUID, *, approve: bool, reason: str) -> str:
    decided = clients().senders.decide(
        partner_id(), str(sender_id), approve=approve, reason=reason, author=user().login
    )
    audit.subject("sender", decided.id, decided.name)
    audit.whom(decided.advertiser_id)
    audit.after({"state": decided.state, "reason": reason})
    return decided.name


def _back(text: str, category: str) -> Response:
    flash(text, category)
    return pages.see_other(pages.back(url_for("admin.sender_requests")))


@roles(PARTNER, MANAGER, right="senders")
def advertiser_senders(advertiser_id: UUID) -> Response:
    return _page(advertiser_id, {}, {})


@audits("sender.added", "Added a sender name")
@roles(PARTNER, MANAGER, right="senders")
def advertiser_sender_add(advertiser_id: UUID) -> Response:
    """A name that the partner adds itself needs no waiting: it is asked for and approved at once."""
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    form = Form(request.form)
    name = form.text("name", required=True, longest=15)
    if form.errors:
        return _page(advertiser_id, form.values, form.errors)
    try:
        asked = clients().senders.request(partner_id(), owner.id, name=name)
    except Malformed as error:
        form.take(error)
        return _page(advertiser_id, form.values, form.errors)
    if asked.state != "approved":
        _decide(UUID(asked.id), approve=True, reason="")
    return pages.done(
        gettext("The name %(name)s is approved.", name=name), "admin.advertiser_senders", advertiser_id=advertiser_id
    )


@audits("sender_policy.changed", "Changed the rules for sender names")
@roles(PARTNER, MANAGER, right="senders")
def sender_policy(advertiser_id: UUID) -> Response:
    """«Любой отправитель» and the moderation of names: may be saved as often as one likes."""
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    form = Form(request.form)
    automatic = form.text("sender_moderation") == AUTOMATIC
    before, any_sender = policy_of(advertiser_id), form.checked("any_sender")
    texts = request.form.get("texts_moderation")
    audit.before({"any_sender": before.any_sender, "automatic": before.automatic} if before else {})
    audit.after({"any_sender": any_sender, "automatic": automatic} | ({"texts": texts} if texts else {}))
    clients().senders.set_policy(
        partner_id(),
        owner.id,
        any_sender=any_sender,
        automatic=automatic,
        texts_automatic=None if texts is None else texts == AUTOMATIC,
    )
    return pages.done(
        gettext("The rules for sender names are saved."), "admin.advertiser_senders", advertiser_id=advertiser_id
    )


def _page(advertiser_id: UUID, values: dict[str, str], errors: dict[str, str]) -> Response:
    return pages.page(
        "advertisers/senders.html",
        422 if errors else 200,
        senders=clients().senders.of_advertiser(partner_id(), str(advertiser_id)),
        policy=policy_of(advertiser_id),
        form=values,
        errors=errors,
        **advertiser_context(advertiser_id),
    )
