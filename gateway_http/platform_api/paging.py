"""Pages of lists that services give as a whole: their numbers are bounded there."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any

from marshmallow import fields, validate

from gateway_http.api.limits import MOST_PER_PAGE, PER_PAGE
from gateway_http.api.schemas import Strict
from gateway_http.api.schemas_money import WRONG_CURSOR


class PageQuery(Strict):
    cursor = fields.String(
        validate=validate.Regexp(r"[0-9A-Za-z-]{1,40}\Z", error=WRONG_CURSOR),
        metadata={"description": "`next_cursor` of the page before"},
    )
    limit = fields.Integer(load_default=PER_PAGE, validate=validate.Range(1, MOST_PER_PAGE))


def page_of(items: Iterable[Any], key: Callable[[Any], str], query: dict[str, Any]) -> tuple[list[Any], str | None]:
    """The items after the cursor in the order of their keys, and the cursor of the next page."""
    ordered = sorted(items, key=key)
    begin = bisect_right(ordered, query["cursor"], key=key) if "cursor" in query else 0
    shown = ordered[begin : begin + query["limit"]]
    return shown, key(shown[-1]) if begin + len(shown) < len(ordered) else None
