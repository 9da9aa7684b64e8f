"""What became of the partner's letters."""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from contracts.errors import Conflict
from contracts.notify_settings import LETTER_KINDS, LETTER_STATES, LetterQuery
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles
from gateway_http.admin.letters import TITLES
from gateway_http.admin.payments import PAGE_SIZES, page_number, page_size
from gateway_http.audit import audits
from gateway_http.i18n import N_
from gateway_http.sentences import told
from gateway_http.state import clients

KIND_TITLES = TITLES | {
    "password_changed": N_("The password was changed"),
    "incoming": N_("Incoming SMS"),
    "partner_funds": N_("Your balance has ended"),
    "certificate": N_("A certificate ends soon"),
}
MOST_SEARCH = 200


def install(blueprint: Blueprint) -> None:
    blueprint.get("/settings/letters/sent", endpoint="settings_letters_sent")(letters_sent)
    blueprint.post("/settings/letters/sent/<uuid:letter_id>/again", endpoint="settings_letters_again")(letters_again)


@roles(PARTNER, MANAGER, right="settings")
def letters_sent() -> Response:
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    query = LetterQuery(
        partner_id=partner_id(),
        search=request.args.get("q", "").replace("\0", "").strip()[:MOST_SEARCH],
        state=state if state in LETTER_STATES else "",
        kind=kind if kind in LETTER_KINDS else "",
        page=page_number(),
        page_size=page_size(),
    )
    found = clients().notify.letter_page(query)
    titles = {one: gettext(title) for one, title in KIND_TITLES.items()}
    return pages.page("settings/letters_sent.html", found=found, filters=query, titles=titles, sizes=PAGE_SIZES)


@audits("letter.resent", N_("Sent a letter again"))
@roles(PARTNER, MANAGER, right="settings")
def letters_again(letter_id: UUID) -> Response:
    audit.subject("letter", str(letter_id))
    try:
        again = clients().notify.send_again(partner_id(), str(letter_id))
    except Conflict as error:
        audit.refused("conflict")
        flash(told(error.detail), "danger")
        return pages.see_other(pages.back(url_for("admin.settings_letters_sent")))
    audit.subject("letter", str(letter_id), again.recipient)
    flash(gettext("The letter to %(address)s is on its way again.", address=again.recipient), "success")
    return pages.see_other(pages.back(url_for("admin.settings_letters_sent")))
