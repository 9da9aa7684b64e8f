"""Partners and advertisers as the operator's pages of routes name them."""

from collections.abc import Iterable

from contracts.accounts import Advertiser
from gateway_http.forms import parse_id
from gateway_http.state import clients

MOST_IDS = 1_000
#: A login is found among so many that hold it as a part.
MOST_FOUND = 100


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """Names of partners and logins of advertisers by their ids, of those that are known."""
    wanted = sorted({one for one in ids if parse_id(one)})[:MOST_IDS]
    if not wanted:
        return {}
    names = {one.id: one.login for one in clients().accounts.advertisers(wanted)}
    return names | {one.id: one.name for one in clients().accounts.list_partners() if one.id in wanted}


def advertiser_of(partner_id: str, login: str) -> Advertiser | None:
    """The partner's advertiser with exactly this login, in whatever case."""
    found = clients().accounts.list_advertisers(partner_id, search=login[:100], page=1, page_size=MOST_FOUND)
    return next((one for one in found.items if one.login.casefold() == login.casefold()), None)


def any_advertiser_of(login: str) -> Advertiser | None:
    """The same among all partners."""
    found = (advertiser_of(one.id, login) for one in clients().accounts.list_partners())
    return next((one for one in found if one is not None), None)
