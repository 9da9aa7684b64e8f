"""Which package an address or a query names: one of the key's advertiser, by its number or its id."""

from uuid import UUID

from contracts.billing_packages import Package
from contracts.errors import NotFound
from gateway_http.access import caller
from gateway_http.api.limits import MOST_NUMBER
from gateway_http.state import clients


def own_packages() -> list[Package]:
    return clients().billing.packages(caller().partner_id, caller().advertiser_id)


def find_package(name: str) -> Package:
    """`NotFound` in the same words for what does not exist, is another's, or is no name of a package."""
    number = number_of(name)
    wanted = None if number else canonical(name)
    for one in own_packages():
        if wanted in (None, one.id) and number in (None, one.number):
            return one
    raise NotFound


def number_of(text: str) -> int | None:
    """A number from 1 to `MOST_NUMBER` as people write it; None for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_NUMBER))
    return (int(text) or None) if is_number else None


def canonical(text: str) -> str:
    """A UUID in its usual spelling; `NotFound` for anything else."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound from None
