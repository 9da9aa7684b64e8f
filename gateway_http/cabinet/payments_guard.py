"""What an advertiser has to agree to before it pays."""

from flask import Response, url_for

from contracts.accounts import Offer
from gateway_http import pages
from gateway_http.access import partner_id
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.state import clients


def offer_to_accept() -> Offer | None:
    """The newest oferta, while this advertiser has not accepted it; None where there is nothing to accept."""
    offer = clients().accounts.offer_for(partner_id(), advertiser_id())
    return None if offer is None or offer.accepted_at else offer


def contract_missing() -> bool:
    """Whether the partner asks for a contract before a payment and this advertiser has none."""
    standing = clients().accounts.contract_standing(partner_id(), advertiser_id())
    return standing.required and not standing.signed


def to_terms(next_endpoint: str) -> Response | None:
    """The way to what has to be done before a payment: the contract, then the oferta; None where nothing has to."""
    if contract_missing():
        return pages.see_other(url_for("cabinet.contract"))
    return to_oferta(next_endpoint)


def to_oferta(next_endpoint: str) -> Response | None:
    """The way to the page of the oferta where it has to be accepted first, which leads on to `next_endpoint`."""
    if offer_to_accept() is None:
        return None
    return pages.see_other(url_for("cabinet.oferta", next=url_for(next_endpoint)))
