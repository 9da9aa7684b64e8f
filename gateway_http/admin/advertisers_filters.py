"""The state of «Кабинет», which stands in its address: what can't be read there is as if it were not given."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from contracts.accounts_advertiser_lists import NOBODYS, REGISTERED, SEARCH_FIELDS, SORTS, AdvertiserQuery
from gateway_http.access import partner_id, user
from gateway_http.forms import parse_day, parse_id
from gateway_http.state import clients
from kit.clock import to_rfc3339

PAGE_SIZES = (20, 50, 100, 200)
USUAL_PAGE_SIZE = 50
MOST_PAGES = 10_000
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """As in the address. `begin`, `end`: days; `test` yes, no or empty; `red`: only those with an unpaid package."""

    q: str
    field: str
    begin: str
    end: str
    manager: str
    state: str
    test: str
    red: bool
    sort: str
    down: bool
    page: int
    page_size: int

    @property
    def any(self) -> bool:
        """Whether the list shows less than everybody."""
        return bool(self.q or self.begin or self.end or self.manager or self.state or self.test or self.red)

    def address(self) -> dict[str, Any]:
        """The arguments of the address of what is shown, without the place in it."""
        sort = {"sort": self.sort, "dir": "" if self.down else "up"} if self.sort != REGISTERED or not self.down else {}
        narrowed = {"q": self.q, "field": self.field, "from": self.begin, "to": self.end, "manager": self.manager}
        narrowed |= {"state": self.state, "test": self.test, "red": "1" if self.red else ""}
        return {name: value for name, value in (narrowed | sort).items() if value}


def given(liked_page_size: int) -> Filters:
    """The filters of this request; `liked_page_size` where the address says none."""
    arguments = request.args
    page_size = arguments.get("page_size", liked_page_size, int)
    sort, manager = arguments.get("sort", ""), arguments.get("manager", "")
    return Filters(
        q=arguments.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH],
        field=_one_of(arguments.get("field", ""), SEARCH_FIELDS),
        begin=_day(arguments.get("from", "")),
        end=_day(arguments.get("to", "")),
        manager=manager if manager == NOBODYS else parse_id(manager),
        state=_one_of(arguments.get("state", ""), ("active", "blocked")),
        test=_one_of(arguments.get("test", ""), ("yes", "no")),
        red=arguments.get("red", "") == "1",
        sort=sort if sort in SORTS else REGISTERED,
        down=arguments.get("dir", "") != "up",
        page=min(max(arguments.get("page", 1, int), 1), MOST_PAGES),
        page_size=page_size if page_size in PAGE_SIZES else USUAL_PAGE_SIZE,
    )


def query_of(filters: Filters) -> AdvertiserQuery:
    """What accounts is asked; the red flags are billing's, so their owners are asked for first."""
    flagged = clients().billing.unpaid_advertisers(partner_id()) if filters.red else None
    return AdvertiserQuery(
        search=filters.q,
        field=filters.field,
        registered_from=_moment(filters.begin),
        registered_before=_moment(filters.end, days=1),
        manager_id=filters.manager,
        state=filters.state,
        test_mode={"yes": True, "no": False}.get(filters.test),
        ids=flagged,
        sort=filters.sort,
        descending=filters.down,
    )


def _one_of(written: str, known: tuple[str, ...]) -> str:
    return written if written in known else ""


def _day(written: str) -> str:
    return written if parse_day(written) else ""


def _moment(written: str, days: int = 0) -> str | None:
    """When that day, or the next one, begins where the reader is."""
    day = parse_day(written)
    if day is None:
        return None
    return to_rfc3339(datetime.combine(day + timedelta(days=days), time(), ZoneInfo(user().zone)))
