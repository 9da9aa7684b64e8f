"""What waits on the page of messages: one message or all of them are taken back, and sending is paused and resumed."""

import time
from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext, ngettext

from contracts.errors import Conflict, Forbidden, Malformed
from contracts.smpp_gateway import CancelMatch
from gateway_http import pages
from gateway_http.access import ADVERTISER, partner_id, roles, user
from gateway_http.api.cancelling import VERDICTS
from gateway_http.audit import audits
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.sentences import told
from gateway_http.state import clients

#: Of one request; what is left then is said, and can be taken back by asking again.
CANCELLING_SECONDS = 15.0


def install(blueprint: Blueprint) -> None:
    blueprint.post("/messages/<uuid:message_id>/cancel", endpoint="message_cancel")(message_cancel)
    blueprint.post("/messages/cancel", endpoint="messages_cancel")(messages_cancel)
    blueprint.post("/mailings/pause", endpoint="mailing_pause")(mailing_pause)
    blueprint.post("/mailings/resume", endpoint="mailing_resume")(mailing_resume)
    blueprint.post("/mailings/cancel", endpoint="mailing_cancel")(mailing_cancel)
    blueprint.post("/sending/pause", endpoint="sending_pause")(sending_pause)
    blueprint.post("/sending/resume", endpoint="sending_resume")(sending_resume)


@audits("message.cancelled", "Cancelled a message")
@roles(ADVERTISER, acting=True)
def message_cancel(message_id: UUID) -> Response:
    (one,) = clients().smpp_gateway.cancel(advertiser_id(), [str(message_id)])
    flash(gettext(VERDICTS[one.verdict]), "success" if one.verdict == "cancelled" else "warning")
    return pages.see_other(pages.back(url_for("cabinet.messages")))


@audits("messages.cancelled", "Cancelled messages")
@roles(ADVERTISER, acting=True)
def messages_cancel() -> Response:
    """All that no mobile operator has yet."""
    return _cancel(CancelMatch())


@audits("mailing.cancelled", "Cancelled a mailing")
@roles(ADVERTISER, acting=True)
def mailing_cancel() -> Response:
    return _cancel(CancelMatch(mailing=_mailing()))


def _cancel(match: CancelMatch) -> Response:
    cancelled, cursor, deadline = 0, None, time.monotonic() + CANCELLING_SECONDS
    while True:
        page = clients().smpp_gateway.cancel_matching(advertiser_id(), match, cursor=cursor)
        cancelled, cursor = cancelled + page.cancelled, page.next_cursor
        if cursor is None or time.monotonic() > deadline:
            break
    done = ngettext("%(num)s message was cancelled.", "%(num)s messages were cancelled.", cancelled)
    flash(done, "success")
    if cursor is not None:
        flash(gettext("Not all of them yet: cancel again."), "warning")
    return pages.see_other(url_for("cabinet.messages"))


@audits("sending.paused", "Paused sending")
@roles(ADVERTISER, acting=True)
def sending_pause() -> Response:
    clients().smpp_gateway.pause_sending(partner_id(), advertiser_id(), author=user().login, side="advertiser")
    return pages.done(gettext("Sending is paused."), "cabinet.messages")


@audits("sending.resumed", "Let sending go on")
@roles(ADVERTISER, acting=True)
def sending_resume() -> Response:
    def resume() -> None:
        clients().smpp_gateway.resume_sending(partner_id(), advertiser_id(), side="advertiser")

    return _or_warning(resume, gettext("Sending goes on."))


@audits("mailing.paused", "Paused a mailing")
@roles(ADVERTISER, acting=True)
def mailing_pause() -> Response:
    name, who = _mailing(), user().login

    def pause() -> None:
        clients().smpp_gateway.pause_mailing(partner_id(), advertiser_id(), name, author=who, side="advertiser")

    return _or_warning(pause, gettext("The mailing is paused; your other messages go out."))


@audits("mailing.resumed", "Let a mailing go on")
@roles(ADVERTISER, acting=True)
def mailing_resume() -> Response:
    name = _mailing()

    def resume() -> None:
        clients().smpp_gateway.resume_mailing(partner_id(), advertiser_id(), name, side="advertiser")

    return _or_warning(resume, gettext("The mailing goes on."))


def _mailing() -> str:
    return Form(request.form).text("mailing")


def _or_warning(work: Callable[[], None], done: str) -> Response:
    """Back to the messages, with what was done or why it was not."""
    try:
        work()
    except (Conflict, Forbidden, Malformed) as error:
        flash(told(error.detail), "warning")
        return pages.see_other(url_for("cabinet.messages"))
    return pages.done(done, "cabinet.messages")
