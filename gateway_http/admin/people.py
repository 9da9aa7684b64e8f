"""The partner's advertisers, as several pages need them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from contracts.accounts import Advertiser
from contracts.errors import GolubError
from contracts.senders import Policy, Sender
from gateway_http.access import partner_id
from gateway_http.clients import Clients
from gateway_http.state import clients

MOST_IDS = 1000
MANUAL, AUTOMATIC = MODERATIONS = ("manual", "automatic")


def advertiser_context(advertiser_id: UUID) -> dict[str, Any]:
    """What the head of every page of one advertiser shows; `NotFound` for another partner's."""
    found = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    return {"advertiser": found, "advertiser_balance": clients().billing.balances([found.id])[0]}


def policy_of(advertiser_id: UUID) -> Policy | None:
    """Which sender names the advertiser may use; accounts only remembers what was wished when it was added."""
    return clients().senders.policy(partner_id(), str(advertiser_id))


def scheme_names(ids: list[str]) -> dict[str, str]:
    """«Инд. схема трафика»: the names of schemes of their own, by advertiser; none where the gateway does not answer."""
    return schemes_of(clients(), ids)


def schemes_of(services: Clients, ids: list[str]) -> dict[str, str]:
    if not ids:
        return {}
    try:
        found = services.smpp_gateway.route_assignments(subject_ids=ids)
    except GolubError:
        # The list is of people and their money: it is shown without this column's contents.
        return {}
    return {one.subject_id: one.scheme_name for one in found if one.subject == "advertiser"}


def own_advertisers(ids: Iterable[str]) -> dict[str, Advertiser]:
    """Those of these ids that are the partner's own, by id."""
    wanted = sorted(set(ids))[:MOST_IDS]
    found = clients().accounts.advertisers(wanted) if wanted else []
    return {one.id: one for one in found if one.partner_id == partner_id()}


def pending_requests() -> dict[str, Any]:
    """Sender names that wait for the partner, and whose they are."""
    requests: list[Sender] = clients().senders.pending(partner_id())
    return {"requests": requests, "owners": own_advertisers(one.advertiser_id for one in requests)}
