"""«Статистика SMS»: totals of a period by day, direction, advertiser, sender or state."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from contracts.accounts import Advertiser
from contracts.stats import GROUPS
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles
from gateway_http.admin.people import own_advertisers
from gateway_http.forms import parse_day, parse_id
from gateway_http.state import clients

USUAL_DAYS = 7
MOST_DAYS = 366
#: As many as one page of accounts holds; others can still be found by the group «advertiser».
MOST_OPTIONS = 200


def install(blueprint: Blueprint) -> None:
    blueprint.get("/statistics/sms", endpoint="statistics_sms")(statistics_sms)


@roles(PARTNER, MANAGER, right="statistics")
def statistics_sms() -> Response:
    today = datetime.now(UTC).date()
    filters = _filters(today)
    period = {name: filters[name] for name in ("date_from", "date_to")}
    chosen = filters["advertiser_id"] or None
    rows = clients().stats.totals(partner_id(), group_by=filters["group_by"], advertiser_id=chosen, **period)
    by_day = filters["group_by"] == "day"
    days = rows if by_day else clients().stats.totals(partner_id(), group_by="day", advertiser_id=chosen, **period)
    known = clients().accounts.list_advertisers(partner_id(), page=1, page_size=MOST_OPTIONS).items
    return pages.page(
        "statistics/sms.html",
        filters=filters,
        today=today,
        rows=rows,
        days=days,
        labels=_labels([row.key for row in rows]) if filters["group_by"] == "advertiser_id" else {},
        advertiser_options=[(one.id, _name(one)) for one in known],
    )


def _filters(today: date) -> dict[str, Any]:
    """The period and group from the address; what can't be read there is as if it were not given."""
    last = parse_day(request.args.get("date_to", "")) or today
    first = parse_day(request.args.get("date_from", "")) or last - timedelta(days=USUAL_DAYS - 1)
    first = max(min(first, last), last - timedelta(days=MOST_DAYS - 1))
    group = request.args.get("group_by", "day")
    return {
        "date_from": first.isoformat(),
        "date_to": last.isoformat(),
        "group_by": group if group in GROUPS else "day",
        "advertiser_id": parse_id(request.args.get("advertiser_id", "")),
    }


def _labels(ids: list[str]) -> dict[str, str]:
    return {key: _name(one) for key, one in own_advertisers(ids).items()}


def _name(advertiser: Advertiser) -> str:
    shown = advertiser.company or advertiser.name
    return f"{advertiser.login} ({shown})" if shown else advertiser.login
