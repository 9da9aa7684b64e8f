"""Whose cabinet it is."""

from contracts.errors import NotFound
from gateway_http.access import user


def advertiser_id() -> str:
    """The advertiser of the signed-in person, never one that the request names."""
    found = user().advertiser_id
    if found is None:
        raise NotFound
    return found
