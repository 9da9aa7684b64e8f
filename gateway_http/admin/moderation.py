"""«Модерация текстов»: texts that wait for a person, and what was decided about them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup

from contracts.errors import GolubError, Malformed, NotFound
from contracts.senders_texts import WaitingText
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles, user
from gateway_http.admin.people import own_advertisers
from gateway_http.audit import audits
from gateway_http.forms import Form, parse_id
from gateway_http.state import clients

PER_PAGE = 50
LONGEST_REASON, LONGEST_PATTERN = 300, 2_000


def install(blueprint: Blueprint) -> None:
    blueprint.get("/moderation", endpoint="moderation")(waiting)
    blueprint.get("/moderation/count", endpoint="moderation_count")(count)
    blueprint.post("/moderation/marked", endpoint="moderation_marked")(decide_marked)
    blueprint.post("/moderation/<uuid:item_id>/approve", endpoint="moderation_approve")(approve)
    blueprint.post("/moderation/<uuid:item_id>/refuse", endpoint="moderation_refuse")(refuse)
    blueprint.post("/moderation/<uuid:item_id>/template", endpoint="moderation_template")(approve_template)
    blueprint.get("/moderation/decided", endpoint="moderation_decided")(decided)
    blueprint.post("/moderation/decided/<uuid:decision_id>/delete", endpoint="moderation_forget")(forget)


@roles(PARTNER, MANAGER, right="senders")
def waiting() -> Response:
    return _page({}, {})


@roles(PARTNER, MANAGER, right="senders")
def count() -> Response:
    """How many texts wait, for the menu: nothing where none does, or where nobody answers."""
    try:
        total = clients().senders.waiting_texts(partner_id(), limit=1).total
    except GolubError:
        total = 0
    return make_response(Markup('<span class="count">{}</span>').format(total) if total else "")


@audits("text.approved", "Approved texts that waited")
@roles(PARTNER, MANAGER, right="senders")
def approve(item_id: UUID) -> Response:
    return _decide([str(item_id)], approve=True, reason="", alone=True)


@audits("text.refused", "Refused texts that waited")
@roles(PARTNER, MANAGER, right="senders")
def refuse(item_id: UUID) -> Response:
    return _refuse([str(item_id)], alone=True)


@audits("text.decided", "Decided about marked texts")
@roles(PARTNER, MANAGER, right="senders")
def decide_marked() -> Response:
    ids = [one for one in map(parse_id, request.form.getlist("ids")) if one]
    if not ids:
        audit.refused(Malformed.code)
        return _told(gettext("Mark at least one text."), "error")
    if request.form.get("verdict") == "refuse":
        return _refuse(ids)
    return _decide(ids, approve=True, reason="")


def _refuse(ids: list[str], *, alone: bool = False) -> Response:
    form = Form(request.form)
    reason = form.text("reason", required=True, longest=LONGEST_REASON)
    if form.errors:
        audit.refused(Malformed.code)
        return _told(gettext("A refusal needs a reason that the advertiser can understand."), "error")
    return _decide(ids, approve=False, reason=reason, alone=alone)


def _decide(ids: list[str], *, approve: bool, reason: str, alone: bool = False) -> Response:
    """`alone`: a text of an address, which is there or not."""
    found = clients().senders.decide_texts(partner_id(), ids, approve=approve, reason=reason, author=user().login)
    _record(found)
    if not found and alone:
        raise NotFound("This text does not wait any more.")
    if not found:
        return _told(gettext("Somebody else has decided this already."), "info")
    if approve:
        told = ngettext(
            "%(num)s text is approved: its messages go on.",
            "%(num)s texts are approved: their messages go on.",
            len(found),
        )
    else:
        told = ngettext(
            "%(num)s text is refused: nothing is charged for its messages.",
            "%(num)s texts are refused: nothing is charged for their messages.",
            len(found),
        )
    return _told(told, "success")


def _record(found: list[WaitingText]) -> None:
    """Whose texts, and which: what they say is nobody's business later."""
    if found:
        audit.subject("text", found[0].id, found[0].sender)
        audit.after({"texts": str(len(found))})


@audits("text.template_approved", "Approved a template of texts")
@roles(PARTNER, MANAGER, right="senders")
def approve_template(item_id: UUID) -> Response:
    form = Form(request.form)
    pattern = form.text("pattern", longest=LONGEST_PATTERN)
    if form.errors:
        return _page(form.values, form.errors, str(item_id))
    try:
        matching = clients().senders.approve_template(partner_id(), str(item_id), pattern=pattern, author=user().login)
    except Malformed as error:
        form.take(error)
        return _page(form.values, form.errors, str(item_id))
    audit.subject("text", str(item_id), "")
    told = ngettext(
        "The template is approved: %(num)s text that waited matches it.",
        "The template is approved: %(num)s texts that waited match it.",
        matching,
    )
    return _told(told, "success")


def _told(text: str, category: str) -> Response:
    flash(text, category)
    return pages.see_other(pages.back(url_for("admin.moderation")))


@roles(PARTNER, MANAGER, right="senders")
def decided() -> Response:
    cursor = parse_id(request.args.get("cursor", "")) or None
    found = clients().senders.text_decisions(partner_id(), cursor=cursor, limit=PER_PAGE)
    owners = own_advertisers(one.advertiser_id for one in found.items)
    return pages.page(
        "moderation/decided.html",
        decisions=found.items,
        next_cursor=found.next_cursor,
        started=cursor is not None,
        owners=owners,
    )


@audits("text.decision_dropped", "Dropped a decision about texts")
@roles(PARTNER, MANAGER, right="senders")
def forget(decision_id: UUID) -> Response:
    clients().senders.drop_text_decision(partner_id(), str(decision_id))
    audit.subject("text_decision", str(decision_id), "")
    return pages.done(gettext("Such texts are checked anew from now on."), "admin.moderation_decided")


def _page(values: dict[str, str], errors: dict[str, str], item_id: str = "") -> Response:
    cursor = parse_id(request.args.get("cursor", "")) or None
    found = clients().senders.waiting_texts(partner_id(), cursor=cursor, limit=PER_PAGE)
    context: dict[str, Any] = {"texts": found.items, "total": found.total, "next_cursor": found.next_cursor}
    context |= {"started": cursor is not None, "owners": own_advertisers(one.advertiser_id for one in found.items)}
    context |= {"counts": _counts([one.id for one in found.items]), "item_id": item_id}
    return pages.page("moderation/waiting.html", 422 if errors else 200, form=values, errors=errors, **context)


def _counts(ids: list[str]) -> dict[str, Any]:
    """How many messages wait as each text; empty where the gateway does not answer."""
    try:
        return {one.item_id: one for one in clients().smpp_gateway.held_texts(ids)} if ids else {}
    except GolubError:
        return {}
