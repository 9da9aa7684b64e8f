"""Whose host a request came to: looked up exactly, and remembered for a short while."""

import re

from contracts.accounts import AccountsClient, HostOwner
from contracts.errors import NotFound
from gateway_http.asking import Asking
from gateway_http.cache import TimedCache

KNOWN_SECONDS = 30.0
#: Short, so that a new partner's host works at once; long enough that strangers' names cost no call each.
UNKNOWN_SECONDS = 3.0
MOST_HOSTS = 10_000

_NAME = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])\.?(?::[0-9]{1,5})?")


def normal_host(header: str) -> str:
    """The host name of a Host header in lower case, without port and final dot; `NotFound` for what is none."""
    match = _NAME.fullmatch(header.lower())
    if match is None:
        raise NotFound("There is nothing at this address.")
    return match["name"]


class Tenants:
    def __init__(self, accounts: AccountsClient) -> None:
        self._accounts = accounts
        self._known: TimedCache[HostOwner] = TimedCache(seconds=KNOWN_SECONDS, most=MOST_HOSTS)
        self._unknown: TimedCache[bool] = TimedCache(seconds=UNKNOWN_SECONDS, most=MOST_HOSTS)
        self._asking: Asking[HostOwner] = Asking()
        self._forgotten = 0

    def owner(self, host_header: str) -> HostOwner:
        """Owner of the host of this request; `NotFound` with a sentence that tells nothing of other hosts."""
        host = normal_host(host_header)
        found = self._known.get(host)
        if found is None and not self._unknown.get(host):
            found = self._asking.ask(host, lambda: self._look_up(host))
        if found is None:
            raise NotFound("There is nothing at this address.")
        return found

    def remembered(self, host_header: str) -> HostOwner | None:
        """The owner, if it is remembered; asks nobody. `NotFound` for what is no host."""
        return self._known.get(normal_host(host_header))

    def forget(self, partner_ids: list[str]) -> None:
        """Ask accounts again for every host of these partners."""
        self._forgotten += 1
        self._asking.forget()
        changed = frozenset(partner_ids)
        self._known.drop(lambda owner: owner.partner_id in changed)

    def _look_up(self, host: str) -> HostOwner | None:
        if self._unknown.get(host):
            return None
        forgotten_before = self._forgotten
        try:
            found = self._accounts.resolve_host(host)
        except NotFound:
            self._unknown.put(host, True)
            return None
        # An answer that was on its way when hosts changed may be the old one.
        if forgotten_before == self._forgotten:
            self._known.put(host, found)
        return found
