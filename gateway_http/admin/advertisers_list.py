"""«Кабинет»: the list of the partner's advertisers, changes of the marked ones, and how the list is seen.

Template advertisers/list.html: `advertisers`, `total`, `more` (there are more than `total`), `filters`
(advertisers_filters.Filters), `balances`, `schemes`, `managers` (pairs), `columns`, `shown`, `choosable`, `page_sizes`,
`requests` and `owners` (sender names that wait).
"""

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext, ngettext

from contracts.accounts_advertiser_lists import (
    ASSIGN_MANAGER,
    BLOCK,
    LET_OUT,
    NOT_CHANGED,
    UNBLOCK,
    AdvertisersChange,
    AdvertisersChanged,
)
from contracts.errors import Conflict, GolubError, Malformed
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles, user
from gateway_http.admin import advertisers_columns, advertisers_file, advertisers_filters
from gateway_http.admin.advertisers_filters import PAGE_SIZES, USUAL_PAGE_SIZE, Filters
from gateway_http.admin.exports import begun
from gateway_http.admin.people import pending_requests, scheme_names
from gateway_http.audit import audits, unaudited
from gateway_http.i18n import N_
from gateway_http.sentences import told
from gateway_http.state import clients

PREFERENCE = "advertisers"
#: Of those that were left as they were so many are named.
MOST_NAMED = 5

#: Collected for the catalogue by being written down here: NOT_CHANGED is in contracts.
WHY = (N_("there is no such advertiser"), N_("it was so already"))


def install(blueprint: Blueprint) -> None:
    blueprint.get("/advertisers", endpoint="advertisers")(advertisers)
    blueprint.post("/advertisers/marked", endpoint="advertisers_marked")(advertisers_marked)
    blueprint.post("/advertisers/view", endpoint="advertisers_view")(advertisers_view)
    blueprint.post("/advertisers/file", endpoint="advertisers_file")(advertisers_as_file)


@roles(PARTNER, MANAGER, right="clients")
def advertisers() -> Response:
    liked = _liked()
    filters = advertisers_filters.given(liked["page_size"])
    if request.args.get("page_size", "") == str(filters.page_size) != str(liked["page_size"]):
        _like(liked | {"page_size": filters.page_size})
    query = advertisers_filters.query_of(filters)
    found = clients().accounts.find_advertisers(partner_id(), query, page=filters.page, page_size=filters.page_size)
    ids = [one.id for one in found.items]
    return pages.page(
        "advertisers/list.html",
        advertisers=found.items,
        total=found.total,
        more=found.more,
        filters=filters,
        page_sizes=PAGE_SIZES,
        balances=dict(zip(ids, clients().billing.balances(ids), strict=True)) if ids else {},
        schemes=scheme_names(ids),
        managers=managers(),
        **advertisers_columns.context(liked["hidden"]),
        **pending_requests(),
    )


def managers() -> list[tuple[str, str]]:
    """(id, name) of the partner's managers, as a choice takes them."""
    return [(one.id, one.name) for one in clients().accounts.manager_choices(partner_id())]


def _liked() -> dict[str, Any]:
    """How this person sees the list: `page_size` and `hidden` columns."""
    person = user()
    try:
        kept = clients().accounts.preference(person.partner_id, person.user_id, PREFERENCE)
    except GolubError:
        # A list without its columns' choice is a list still.
        kept = {}
    page_size, hidden = kept.get("page_size"), kept.get("hidden")
    return {
        "page_size": page_size if page_size in PAGE_SIZES else USUAL_PAGE_SIZE,
        "hidden": [one for one in hidden if one in advertisers_columns.CHOOSABLE] if isinstance(hidden, list) else [],
    }


def _like(view: dict[str, Any]) -> None:
    person = user()
    clients().accounts.set_preference(person.partner_id, person.user_id, PREFERENCE, view)


@unaudited("How a person sees a list changes nothing of anybody.")
@roles(PARTNER, MANAGER, right="clients")
def advertisers_view() -> Response:
    wanted = set(request.form.getlist("column"))
    page_size = request.form.get("page_size", USUAL_PAGE_SIZE, int)
    hidden = [one for one in advertisers_columns.CHOOSABLE if one not in wanted]
    _like({"page_size": page_size if page_size in PAGE_SIZES else USUAL_PAGE_SIZE, "hidden": hidden})
    return _to_list(advertisers_filters.given(USUAL_PAGE_SIZE))


@audits("advertisers.changed", "Changed several advertisers at once")
@roles(PARTNER, MANAGER, right="clients")
def advertisers_marked() -> Response:
    """One call for all of them; the next page says how many were changed, and which were not and why."""
    filters = advertisers_filters.given(USUAL_PAGE_SIZE)
    change = AdvertisersChange(action=request.form.get("action", ""), manager_id=request.form.get("manager_id", ""))
    by_filter = request.form.get("scope", "") == "filter"
    marked: dict[str, Any] = {"ids": list(dict.fromkeys(request.form.getlist("id")))}
    if by_filter:
        marked = {"query": advertisers_filters.query_of(filters)}
    audit.subject("advertisers", label=filters.q if by_filter else "")
    try:
        done = clients().accounts.change_advertisers(partner_id(), change, author=user().login, **marked)
    except (Conflict, Malformed) as error:
        audit.refused(error.code)
        flash(told(error.detail), "error")
        return _to_list(filters)
    audit.after({"action": change.action, "changed": len(done.changed_ids), "unchanged": done.unchanged_count})
    _say(change.action, done)
    return _to_list(filters)


def _say(action: str, done: AdvertisersChanged) -> None:
    count = len(done.changed_ids)
    if count:
        flash(_sentence(action, count), "success")
    if done.unchanged:
        named = [f"{one.login or '—'}: {gettext(NOT_CHANGED[one.why])}" for one in done.unchanged[:MOST_NAMED]]
        rest = done.unchanged_count - len(named)
        if rest:
            named.append(gettext("and %(count)s more", count=rest))
        flash(gettext("Left as they were: %(whom)s.", whom="; ".join(named)), "warning")


def _sentence(action: str, count: int) -> str:
    return {
        BLOCK: ngettext("%(num)s advertiser is blocked.", "%(num)s advertisers are blocked.", count),
        UNBLOCK: ngettext("%(num)s advertiser is unblocked.", "%(num)s advertisers are unblocked.", count),
        LET_OUT: ngettext("%(num)s advertiser left the test mode.", "%(num)s advertisers left the test mode.", count),
        ASSIGN_MANAGER: ngettext(
            "The manager of %(num)s advertiser is set.", "The manager of %(num)s advertisers is set.", count
        ),
    }[action]


@unaudited("A file shows what its maker may see anyway, and changes nothing.")
@roles(PARTNER, MANAGER, right="clients")
def advertisers_as_file() -> Response:
    filters = advertisers_filters.given(USUAL_PAGE_SIZE)
    wish = advertisers_file.wish_of(advertisers_filters.query_of(filters))
    return begun(wish, url_for("admin.advertisers", **filters.address()))


def _to_list(filters: Filters) -> Response:
    page: dict[str, Any] = {"page": filters.page} if filters.page > 1 else {}
    return pages.see_other(url_for("admin.advertisers", **filters.address(), **page))
