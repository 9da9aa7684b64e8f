"""«СМС-сообщения»: write one, see its price, send it, and find those that were sent."""

import re
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext, ngettext

from contracts.errors import IdempotencyMismatch, Malformed, RequestInProgress
from contracts.refusals import HOLDS, REFUSALS
from contracts.senders import Policy, Sender
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder
from gateway_http import pages
from gateway_http.access import ADVERTISER, form_view, partner_id, roles
from gateway_http.api.limits import LONGEST_RECIPIENT, LONGEST_SENDER, LONGEST_TEXT, MOST_MESSAGES
from gateway_http.audit import audits, unaudited
from gateway_http.cabinet import finding, sending
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.estimate import Estimate, Line, estimate
from gateway_http.forms import Form
from gateway_http.state import clients, gateway
from kit.ids import uuid7
from kit.money import CURRENCY

LONGEST_LIST = 100_000


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/messages", "messages", form_view(messages, message_send), methods=["GET", "POST"])
    blueprint.post("/messages/estimate", endpoint="estimate")(message_estimate)


@roles(ADVERTISER, acting=True)
def messages() -> Response:
    return _page({}, {})


@audits("messages.sent", "Sent messages", of_visitors=True)
@roles(ADVERTISER, acting=True)
def message_send() -> Response:
    """Accept what the form holds. The page gave the form its key, so sending it twice sends one message."""
    form = Form(request.form)
    items = _items(form)
    wanted = sending.read(form)
    if form.errors:
        return _page(form.values, form.errors)
    order = AcceptOrder(
        partner_id=partner_id(),
        advertiser_id=advertiser_id(),
        source="cabinet",
        idempotency_key=f"cabinet:{form.id('idempotency_key')}",
    )
    wanted.apply(order, items)
    try:
        answers = gateway().intake.accept(order, items)
    except Malformed as error:
        form.take(error)
        return _page(form.values, form.errors)
    except (IdempotencyMismatch, RequestInProgress):
        form.values.pop("idempotency_key", None)
        form.errors["form"] = gettext("This form was sent already. Look at the list below before you send it again.")
        return _page(form.values, form.errors)
    refused = [answer for answer in answers if answer.refusal is not None]
    if len(refused) == len(answers):
        # Its key has an answer now, which the corrected form must not get again.
        form.values.pop("idempotency_key", None)
        return _page(form.values, _errors(refused))
    _tell(len(answers) - len(refused), len(refused))
    return pages.see_other(url_for("cabinet.messages"))


def _tell(accepted: int, refused: int) -> None:
    told = ngettext("%(num)s message was accepted.", "%(num)s messages were accepted.", accepted)
    flash(told, "success")
    if refused:
        told = ngettext(
            "%(num)s message was refused: see why in the list.",
            "%(num)s messages were refused: see why in the list.",
            refused,
        )
        flash(told, "warning")


@unaudited("it changes nothing")
@roles(ADVERTISER, acting=True)
def message_estimate() -> Response:
    """A part of the page: what the form would cost."""
    form = Form(request.form)
    items = _items(form)
    wanted = sending.read(form)
    for item in items:
        item.sms_type = wanted.sms_type
    if form.errors:
        return pages.fragment("cabinet/_estimate.html", 422, errors=form.errors, estimate=None)
    result = estimate(clients(), partner_id(), advertiser_id(), items)
    (account,) = clients().billing.balances([advertiser_id()])
    summary = {
        "recipients": len(items),
        "parts": result.parts,
        "total": result.total,
        "currency": CURRENCY,
        "balance_after": None if account.postpaid else account.available - result.total,
        "directions": _directions(result),
        "send_at": wanted.send_at,
        "waiting": any(one.refusal in HOLDS for one in result.lines),
        "refused": [{"recipient": one.recipient, "reason": one.refusal} for one in result.lines if _is_refused(one)],
    }
    return pages.fragment("cabinet/_estimate.html", errors={}, estimate=summary)


def _is_refused(line: Line) -> bool:
    return line.refusal is not None and line.refusal not in HOLDS


def _directions(result: Estimate) -> list[dict[str, Any]]:
    sums: dict[str, dict[str, Any]] = {}
    for line in result.lines:
        if line.price is not None:
            empty = {"direction": line.direction, "recipients": 0, "parts": 0, "total": 0}
            one = sums.setdefault(line.direction, empty)
            one["recipients"] += 1
            one["parts"] += line.parts
            one["total"] += line.price
    return sorted(sums.values(), key=lambda one: (-one["total"], one["direction"]))


def _items(form: Form) -> list[AcceptItem]:
    sender = form.text("sender", required=True, longest=LONGEST_SENDER)
    text = form.text("text", required=True, longest=LONGEST_TEXT)
    listed = re.split(r"[\n,;]+", form.text("recipients", required=True, longest=LONGEST_LIST))
    recipients = [one.strip() for one in listed if one.strip()]
    if any(len(one) > LONGEST_RECIPIENT for one in recipients):
        form.errors["recipients"] = gettext("At most %(number)s characters", number=LONGEST_RECIPIENT)
    if len(recipients) > MOST_MESSAGES:
        form.errors["recipients"] = gettext("At most %(number)s recipients at once", number=MOST_MESSAGES)
    return [AcceptItem(recipient=one, sender=sender, text=text) for one in recipients]


def _errors(refused: list[Accepted]) -> dict[str, str]:
    """The sentence of each kind of refusal at the field it speaks of."""
    errors: dict[str, str] = {}
    for answer in refused:
        code = answer.refusal or ""
        word = code.partition("_")[0]
        field = {"recipient": "recipients", "sender": "sender", "text": "text"}.get(word, "form")
        errors.setdefault(field, gettext(REFUSALS[code].sentence) if code in REFUSALS else code)
    return errors


def _usable(known: list[Sender], policy: Policy | None) -> list[str]:
    """Names to choose from; in test mode the test sender alone."""
    if policy is not None and policy.test_mode:
        return [policy.test_sender] if policy.test_sender else []
    return [one.name for one in known if one.state == "approved"]


def _page(values: dict[str, str], errors: dict[str, str]) -> Response:
    owner = clients().accounts.advertiser(partner_id(), advertiser_id())
    known = clients().senders.of_advertiser(partner_id(), owner.id)
    policy = clients().senders.policy(partner_id(), owner.id)
    filters = finding.filters_asked()
    found = finding.find(owner.id, filters)
    return pages.page(
        "cabinet/messages.html",
        422 if errors else 200,
        form=values,
        errors=errors,
        senders=_usable(known, policy),
        any_sender=policy is not None and policy.any_sender and not policy.test_mode,
        idempotency_key=values.get("idempotency_key") or str(uuid7()),
        account=clients().billing.balances([owner.id])[0],
        messages=found.items,
        next_cursor=found.next_cursor,
        pause=clients().smpp_gateway.sending_pause(owner.id),
        mailings=clients().smpp_gateway.mailings(owner.id),
        **sending.choices(values),
        refresh_seconds=finding.refresh_seconds(found.items),
        filters=filters,
        narrowed=finding.is_narrowed(filters),
    )
