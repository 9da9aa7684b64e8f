"""accounts: the list of a partner's advertisers, and changes of many of them at once."""

from contracts.accounts_advertisers import Advertiser, AdvertiserPage
from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, to_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
ADVERTISER_LIST_PROBLEMS = {
    "page_invalid": "There is no such page",
    "page_size_invalid": "A page has 1 to 200 rows",
    "limit_invalid": "At most 1,000 rows at once",
    "field_unknown": "There is no such field to search in",
    "sort_unknown": "The list can't be sorted by this",
    "moment_invalid": "This is no moment",
    "action_unknown": "There is no such action",
    "nothing_marked": "Mark at least one advertiser",
    "too_many_found": "The filter finds more than 10,000 advertisers: narrow it down",
}

#: Fields that are searched in, and sorted by, in the order in which their normal spelling is stored.
SEARCH_FIELDS = ("login", "name", "company", "contract", "email", "phone", "promo_code")
REGISTERED, LAST_SIGN_IN = "registered", "last_sign_in"
SORTS = (REGISTERED, LAST_SIGN_IN, *SEARCH_FIELDS)

#: `manager_id` of a query for those that are nobody's.
NOBODYS = "none"

BLOCK, UNBLOCK, LET_OUT, ASSIGN_MANAGER = ACTIONS = ("block", "unblock", "let_out", "assign_manager")

#: Why an advertiser was left as it was (English msgids).
NOT_CHANGED = {
    "absent": "there is no such advertiser",
    "already": "it was so already",
}

#: Most that a call changes, and most ids of a query.
MOST_CHANGED = 10_000


@wire
class AdvertiserQuery:
    """What of the list is shown. `field` empty: search in all of SEARCH_FIELDS. Moments RFC 3339, `before` not included.

    `state` active, blocked or empty; `test_mode` None: either; `ids`: among these alone, at most 10,000.
    """

    search: str = ""
    field: str = ""
    registered_from: str | None = None
    registered_before: str | None = None
    manager_id: str = ""
    state: str = ""
    test_mode: bool | None = None
    ids: list[str] | None = None
    sort: str = REGISTERED
    descending: bool = True


@wire
class AdvertiserRun:
    """Rows after a cursor, newest first; `next_cursor` None at the end."""

    items: list[Advertiser]
    next_cursor: str | None


@wire
class AdvertisersChange:
    """`action`: one of ACTIONS; `manager_id` for assign_manager, empty: nobody's."""

    action: str
    manager_id: str = ""


@wire
class NotChanged:
    """`why`: a code of NOT_CHANGED."""

    id: str
    login: str
    why: str


@wire
class AdvertisersChanged:
    """`unchanged`: the first 100 of `unchanged_count`."""

    changed_ids: list[str]
    unchanged: list[NotChanged]
    unchanged_count: int


@wire
class ManagerChoice:
    id: str
    name: str


class AdvertiserListCalls(Client):
    """A part of the client of accounts."""

    def list_advertisers(
        self, partner_id: str, *, search: str = "", page: int = 1, page_size: int = 50
    ) -> AdvertiserPage:
        """Newest first. `search` looks in every field; `total` counts up to 10,000."""
        arguments = {"partner_id": partner_id, "search": search, "page": page, "page_size": page_size}
        return from_wire(AdvertiserPage, self._call("list_advertisers", **arguments))

    def find_advertisers(
        self, partner_id: str, query: AdvertiserQuery, *, page: int = 1, page_size: int = 50
    ) -> AdvertiserPage:
        """A page of what the query finds; `total` counts up to 10,000. `Malformed` names what can't be asked."""
        arguments = {"partner_id": partner_id, "query": to_wire(query), "page": page, "page_size": page_size}
        return from_wire(AdvertiserPage, self._call("find_advertisers", **arguments))

    def run_of_advertisers(
        self, partner_id: str, query: AdvertiserQuery, *, cursor: str | None = None, limit: int = 1_000
    ) -> AdvertiserRun:
        """All that the query finds, newest first, at most 1,000 in a call: for files."""
        arguments = {"partner_id": partner_id, "query": to_wire(query), "cursor": cursor, "limit": limit}
        return from_wire(AdvertiserRun, self._call("run_of_advertisers", **arguments))

    def change_advertisers(
        self,
        partner_id: str,
        change: AdvertisersChange,
        *,
        author: str,
        ids: list[str] | None = None,
        query: AdvertiserQuery | None = None,
    ) -> AdvertisersChanged:
        """Up to 1,000 ids, or all that a query finds (`Conflict` above 10,000), in one transaction."""
        arguments = {"partner_id": partner_id, "change": to_wire(change), "author": author, "ids": ids}
        asked = None if query is None else to_wire(query)
        return from_wire(AdvertisersChanged, self._call("change_advertisers", **arguments, query=asked))

    def manager_choices(self, partner_id: str) -> list[ManagerChoice]:
        """The partner's managers by name, at most 1,000."""
        return many_from_wire(ManagerChoice, self._call("manager_choices", partner_id=partner_id))
