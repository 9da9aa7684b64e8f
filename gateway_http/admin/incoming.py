"""«Получение SMS»: the numbers and keywords of one advertiser, and where what people write there is sent.

Template advertisers/incoming.html: `numbers` (contracts.smpp_incoming.IncomingNumber of the partner), `owners`
{advertiser_id: Advertiser}, `smpp` (bool), `destination` (contracts.notify.Destination or None), `form`, `errors`, `dialog`
(the form that they belong to: owner or destination).
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed, NotFound
from contracts.notify import DestinationChange
from contracts.smpp_incoming import Forwarding, IncomingNumber
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.people import advertiser_context, own_advertisers
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients

OWNER, DESTINATION = "owner", "destination"
LONGEST_URL = 2_000


def install(blueprint: Blueprint) -> None:
    address = "/advertisers/<uuid:advertiser_id>/incoming"
    blueprint.add_url_rule(
        address, "advertiser_incoming", form_view(advertiser_incoming, incoming_owner_set), methods=["GET", "POST"]
    )
    blueprint.post(f"{address}/release", endpoint="incoming_release")(incoming_release)
    blueprint.post(f"{address}/destination", endpoint="incoming_destination")(incoming_destination)
    blueprint.post(f"{address}/secret", endpoint="incoming_secret")(incoming_secret)


@roles(PARTNER, MANAGER, right="clients")
def advertiser_incoming(advertiser_id: UUID) -> Response:
    return _page(advertiser_id)


@audits("incoming_number.given", "Gave a number for incoming messages")
@roles(PARTNER, MANAGER, right="clients")
def incoming_owner_set(advertiser_id: UUID) -> Response:
    """Give the advertiser a keyword of a number, or all that no keyword gives to others."""
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    form = Form(request.form)
    number, keyword = form.text("number", required=True, longest=20), form.text("keyword", longest=32)
    if not form.errors:
        try:
            clients().smpp_gateway.set_incoming_owner(
                partner_id(), number, keyword=keyword, advertiser_id=owner.id, author=user().login
            )
        except (Conflict, Malformed) as error:
            form.take(error)
    if form.errors:
        return _page(advertiser_id, form, OWNER)
    return _done(gettext("Saved: the advertiser receives these messages."), advertiser_id)


@audits("incoming_number.taken_away", "Took away a number for incoming messages")
@roles(PARTNER, MANAGER, right="clients")
def incoming_release(advertiser_id: UUID) -> Response:
    """Take a keyword or a number away from this advertiser; nothing happens where it is another one's meanwhile."""
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    form = Form(request.form)
    number, keyword = form.text("number", longest=20), form.text("keyword", longest=32)
    known = next((one for one in clients().smpp_gateway.incoming_numbers(partner_id()) if one.number == number), None)
    if known is None or owner.id not in _owners_of(known, keyword):
        raise NotFound
    clients().smpp_gateway.set_incoming_owner(
        partner_id(), number, keyword=keyword, advertiser_id=None, author=user().login
    )
    return _done(gettext("Saved: the advertiser receives these messages no more."), advertiser_id)


def _owners_of(number: IncomingNumber, keyword: str) -> list[str | None]:
    if not keyword:
        return [number.advertiser_id]
    return [one.advertiser_id for one in number.keywords if one.keyword == keyword]


@audits("incoming_destination.changed", "Changed where incoming messages are sent")
@roles(PARTNER, MANAGER, right="clients")
def incoming_destination(advertiser_id: UUID) -> Response:
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    form = Form(request.form)
    url, email = form.text("url", longest=LONGEST_URL), form.text("email", longest=254)
    if not form.errors:
        try:
            change = DestinationChange(url=url, email=email, states=form.checked("states"))
            clients().notify.set_destination(partner_id(), owner.id, change, author=user().login)
            forwarding = Forwarding(smpp=form.checked("smpp"), states=change.states)
            clients().smpp_gateway.set_forwarding(partner_id(), owner.id, forwarding)
        except Malformed as error:
            form.take(error)
    if form.errors:
        return _page(advertiser_id, form, DESTINATION)
    return _done(gettext("Saved: messages go there from now on."), advertiser_id)


@audits("incoming_secret.renewed", "Made a new secret of the webhook")
@roles(PARTNER, MANAGER, right="clients")
def incoming_secret(advertiser_id: UUID) -> Response:
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    clients().notify.new_webhook_secret(partner_id(), owner.id, author=user().login)
    return _done(gettext("The webhook is signed with a new secret from now on."), advertiser_id)


def _done(text: str, advertiser_id: UUID) -> Response:
    return pages.done(text, "admin.advertiser_incoming", advertiser_id=advertiser_id)


def _page(advertiser_id: UUID, form: Form | None = None, dialog: str = "") -> Response:
    context: dict[str, Any] = advertiser_context(advertiser_id)
    numbers = clients().smpp_gateway.incoming_numbers(partner_id())
    owners = {one.advertiser_id for one in numbers} | {word.advertiser_id for one in numbers for word in one.keywords}
    return pages.page(
        "advertisers/incoming.html",
        422 if form else 200,
        numbers=numbers,
        owners=own_advertisers(one for one in owners if one),
        smpp=clients().smpp_gateway.forwarding(str(advertiser_id)).smpp,
        destination=clients().notify.destination(partner_id(), str(advertiser_id)),
        form=form.values if form else {},
        errors=form.errors if form else {},
        dialog=dialog,
        **context,
    )
