"""What waits on the page of messages: one message or all of them are taken back, and sending is paused and resumed."""

import time
from uuid import UUID

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext, ngettext

from contracts.errors import Forbidden
from contracts.smpp_gateway import CancelMatch
from gateway_http import pages
from gateway_http.access import ADVERTISER, partner_id, roles, user
from gateway_http.api.cancelling import VERDICTS
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.sentences import told
from gateway_http.state import clients

#: Of one request; what is left then is said, and can be taken back by asking again.
CANCELLING_SECONDS = 15.0


def install(blueprint: Blueprint) -> None:
    blueprint.post("/messages/<uuid:message_id>/cancel", endpoint="message_cancel")(message_cancel)
    blueprint.post("/messages/cancel", endpoint="messages_cancel")(messages_cancel)
    blueprint.post("/sending/pause", endpoint="sending_pause")(sending_pause)
    blueprint.post("/sending/resume", endpoint="sending_resume")(sending_resume)


@roles(ADVERTISER)
def message_cancel(message_id: UUID) -> Response:
    (one,) = clients().smpp_gateway.cancel(advertiser_id(), [str(message_id)])
    flash(gettext(VERDICTS[one.verdict]), "success" if one.verdict == "cancelled" else "warning")
    return pages.see_other(pages.back(url_for("cabinet.messages")))


@roles(ADVERTISER)
def messages_cancel() -> Response:
    """All that no mobile operator has yet."""
    cancelled, cursor, deadline = 0, None, time.monotonic() + CANCELLING_SECONDS
    while True:
        page = clients().smpp_gateway.cancel_matching(advertiser_id(), CancelMatch(), cursor=cursor)
        cancelled, cursor = cancelled + page.cancelled, page.next_cursor
        if cursor is None or time.monotonic() > deadline:
            break
    done = ngettext("%(num)s message was cancelled.", "%(num)s messages were cancelled.", cancelled)
    flash(done, "success")
    if cursor is not None:
        flash(gettext("Not all of them yet: cancel again."), "warning")
    return pages.see_other(url_for("cabinet.messages"))


@roles(ADVERTISER)
def sending_pause() -> Response:
    clients().smpp_gateway.pause_sending(partner_id(), advertiser_id(), author=user().login, side="advertiser")
    return pages.done(gettext("Sending is paused."), "cabinet.messages")


@roles(ADVERTISER)
def sending_resume() -> Response:
    try:
        clients().smpp_gateway.resume_sending(partner_id(), advertiser_id(), side="advertiser")
    except Forbidden as error:
        flash(told(error.detail), "warning")
        return pages.see_other(url_for("cabinet.messages"))
    return pages.done(gettext("Sending goes on."), "cabinet.messages")
