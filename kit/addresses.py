"""Addresses that people choose for us to connect to: those of the public internet alone, our own network is not theirs."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

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
    """The address leads where nothing that people choose may lead; `args[0]` says it in words."""


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
