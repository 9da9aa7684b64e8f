"""«Входящие SMS»: what people wrote to the advertiser.

Template cabinet/incoming.html: `messages` (list of contracts.smpp_incoming.IncomingView), `webhooks` {id: WebhookFate},
`next_cursor`, `filters` {q, cursor}.
"""

from flask import Blueprint, Response, request

from contracts.errors import Unavailable
from contracts.notify import WebhookFate
from gateway_http import pages
from gateway_http.access import ADVERTISER, roles
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import parse_id
from gateway_http.state import clients

PER_PAGE = 50


def install(blueprint: Blueprint) -> None:
    blueprint.get("/incoming", endpoint="incoming")(incoming)


def list_filters() -> dict[str, str | None]:
    """The list's state from the address; what can't be read there is as if it were not given."""
    search = request.args.get("q", "").replace("\0", "").strip()[:20]
    return {"q": search, "cursor": parse_id(request.args.get("cursor", "")) or None}


@roles(ADVERTISER, acting=True)
def incoming() -> Response:
    filters = list_filters()
    found = clients().smpp_gateway.incoming(
        advertiser_id(), cursor=filters["cursor"], limit=PER_PAGE, search=filters["q"] or ""
    )
    return pages.page(
        "cabinet/incoming.html",
        messages=found.items,
        webhooks=_fates([one.id for one in found.items]),
        next_cursor=found.next_cursor,
        filters=filters,
    )


def _fates(ids: list[str]) -> dict[str, WebhookFate]:
    """The list is shown without them when notify doesn't answer."""
    try:
        return {one.id: one for one in clients().notify.webhook_fates(advertiser_id(), ids)} if ids else {}
    except Unavailable:
        return {}
