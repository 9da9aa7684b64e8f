"""One message of the advertiser: where it goes, what became of each part, what it cost, and who can act.

Template cabinet/message.html: `message` (contracts.smpp_search.MessageView), `region` (text or empty), `refresh_seconds`.
"""

from uuid import UUID

from flask import Blueprint, Response

from contracts.errors import GolubError
from contracts.smpp_search import MessageView
from gateway_http import pages
from gateway_http.access import ADVERTISER, roles
from gateway_http.cabinet.finding import refresh_seconds
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.get("/messages/<uuid:message_id>", endpoint="message")(message)


@roles(ADVERTISER, acting=True)
def message(message_id: UUID) -> Response:
    found = clients().smpp_gateway.message(advertiser_id(), str(message_id))
    return pages.page(
        "cabinet/message.html", message=found, region=region_of(found), refresh_seconds=refresh_seconds([found])
    )


def region_of(found: MessageView) -> str:
    """As the numbering plan has it today; empty where it knows none or does not answer."""
    if not found.recipient.isdecimal():
        return ""
    try:
        return clients().tariffs.look_up([found.recipient])[0].region
    except GolubError:
        return ""
