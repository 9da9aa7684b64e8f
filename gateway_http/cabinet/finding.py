"""Which of the messages a list shows: what its address asks for, and the page of them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from contracts.smpp_gateway import FINAL_STATES, STATES
from contracts.smpp_search import MessageMatch, MessagePage, MessageView
from gateway_http.access import user
from gateway_http.forms import parse_day, parse_id
from gateway_http.state import clients
from kit.clock import from_rfc3339, to_rfc3339

PAGE_SIZES = (20, 50, 100)
#: A page refreshes its list so often while messages are fresh, and later, when they rather wait for money or a phone.
SOON_SECONDS, LATER_SECONDS = 3, 30
FRESH = timedelta(minutes=5)
_LONGEST = 100


def filters_asked() -> dict[str, Any]:
    """The list's state from the address; what can't be read there is as if it were not given."""
    size, state = request.args.get("page_size", PAGE_SIZES[1], int), request.args.get("state", "")
    first, last = (parse_day(request.args.get(name, "")) for name in ("date_from", "date_to"))
    return {
        **{name: _words(name) for name in ("q", "sender", "text", "mailing")},
        "state": state if state in STATES else "",
        "date_from": first.isoformat() if first else "",
        "date_to": last.isoformat() if last else "",
        "cursor": parse_id(request.args.get("cursor", "")) or None,
        "page_size": size if size in PAGE_SIZES else PAGE_SIZES[1],
    }


def is_narrowed(filters: dict[str, Any]) -> bool:
    return any(filters[name] for name in ("q", "sender", "text", "mailing", "state", "date_from", "date_to"))


def find(advertiser_id: str, filters: dict[str, Any]) -> MessagePage:
    """Days are those of whoever looks."""
    first, last = (parse_day(filters[name]) for name in ("date_from", "date_to"))
    match = MessageMatch(
        sender=filters["sender"],
        text=filters["text"],
        state=filters["state"],
        mailing=filters["mailing"],
        since=_begin(first) if first else None,
        until=_begin(last + timedelta(days=1)) if last else None,
    )
    return clients().smpp_gateway.messages(
        advertiser_id, cursor=filters["cursor"], limit=filters["page_size"], search=filters["q"], match=match
    )


def refresh_seconds(shown: list[MessageView], now: datetime | None = None) -> int | None:
    """How soon the list should be asked for again: soon while something fresh is on its way, None when all has ended."""
    moving = [one.accepted_at for one in shown if one.state not in FINAL_STATES]
    if not moving:
        return None
    return SOON_SECONDS if from_rfc3339(max(moving)) > (now or datetime.now(UTC)) - FRESH else LATER_SECONDS


def _words(name: str) -> str:
    return request.args.get(name, "").replace("\0", "").strip()[:_LONGEST]


def _begin(day: date) -> str:
    return to_rfc3339(datetime.combine(day, time(), ZoneInfo(user().zone)))
