"""Where a webhook may lead. An advertiser chooses the address, and our network is not the advertiser's to look around in."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

LONGEST_URL = 2_000

_GLOBAL_IPV6 = ip_network("2000::/3")
# Beside what is not global: what a cloud answers its own machines on at a public address, and IPv6 that leads to IPv4.
_DENIED = tuple(
    map(
        ip_network,
        (
            "168.63.129.16/32",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "2001::/23",
            "2002::/16",
            "3fff::/20",
            "2620:4f:8000::/48",
        ),
    )
)


class NotAllowed(ValueError):
    """The address leads where no webhook may go; `args[0]` says it in words."""


def url_problem(url: str) -> str | None:
    """What is wrong with a webhook's URL as it is written, None where nothing is; a code of `contracts.notify.PROBLEMS`."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return "url_invalid"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "url_invalid"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "url_invalid"
    if parts.username is not None or parts.password is not None or "\\" in url:
        return "url_invalid"
    return None


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an address of the public internet, and leads to no other one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_allowed(address.ipv4_mapped)
        if address not in _GLOBAL_IPV6:
            return False
    return address.is_global and not address.is_multicast and not any(address in one for one in _DENIED)


def checked(addresses: Iterable[str], *, private: bool) -> list[str]:
    """The addresses a name stands for; `NotAllowed` where even one of them is none of the public internet.

    `private`: the operator allows all (development, an intranet).
    """
    found = list(dict.fromkeys(addresses))
    if not found:
        raise NotAllowed("The name has no address")
    for one in found:
        if not private and not is_allowed(ip_address(one.partition("%")[0])):
            raise NotAllowed("The address is not one of the public internet")
    return found
