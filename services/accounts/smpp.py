"""What may be set for an advertiser's SMPP, and from where its programs may come. Pure."""

import ipaddress
import re
import secrets
import string
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from contracts.accounts_smpp import PRIORITY_URGENT, SmppSettings
from services.accounts.problems import Problems

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_SYSTEM_IDS = 10
MOST_NETWORKS = 50
#: What an advertiser may do until its partner says otherwise.
DEFAULTS = SmppSettings(enabled=True, max_binds=4, submits_per_second=200, window=100, allow_list=[])

_BOUNDS = {"max_binds": 100, "submits_per_second": 10_000, "window": 1_000}
_WORD = re.compile(r"[!-~]+")
_LETTERS = string.ascii_letters + string.digits
#: As many as SMPP allows: 47 bits, behind a lock-out.
_ISSUED_LENGTH = 8


def check_login(system_id: str, password: str) -> None:
    """SMPP 3.4, 5.2.1 and 5.2.2: a system_id has 15 octets at most, a password 8, both before their NUL."""
    problems = Problems()
    if not _WORD.fullmatch(system_id) or len(system_id) > 15:
        problems.add("/system_id", "system_id_invalid")
    if not _WORD.fullmatch(password) or not 6 <= len(password) <= 8:
        problems.add("/password", "smpp_password_invalid")
    problems.raise_if_any()


def new_password() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_ISSUED_LENGTH))


def checked(settings: SmppSettings) -> SmppSettings:
    """As it is to be stored; `Malformed` with everything that is wrong, networks by their index as they were given."""
    problems = Problems()
    for name, most in _BOUNDS.items():
        if not 1 <= getattr(settings, name) <= most:
            problems.add(f"/{name}", f"{name}_invalid")
    networks = checked_networks(problems, settings.allow_list)
    if not 0 <= settings.highest_priority <= PRIORITY_URGENT:
        problems.add("/highest_priority", "highest_priority_invalid")
    problems.raise_if_any()
    return SmppSettings(
        enabled=settings.enabled,
        max_binds=settings.max_binds,
        submits_per_second=settings.submits_per_second,
        window=settings.window,
        allow_list=networks,
        highest_priority=settings.highest_priority,
    )


def checked_networks(problems: Problems, written: Sequence[str]) -> list[str]:
    """In their shortest spelling, each once; what is wrong is named by its index in `/allow_list`."""
    networks = _networks(problems, written[: MOST_NETWORKS * 2])
    if len(written) > MOST_NETWORKS * 2 or len(networks) > MOST_NETWORKS:
        problems.add("/allow_list", "too_many_networks")
    return networks


def _networks(problems: Problems, written: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for index, one in enumerate(written):
        try:
            found[_spelling(_network(one.strip()))] = None
        except ValueError as error:
            inside = "host bits" in str(error)
            problems.add(f"/allow_list/{index}", "network_has_host" if inside else "network_invalid")
    return list(found)


def _network(written: str) -> Network:
    """Only the spellings that people write: an address, or an address, a slash and a number of bits."""
    address, slash, bits = written.partition("/")
    if slash and not (bits.isascii() and bits.isdigit() and len(bits) <= 3):
        raise ValueError("no prefix length")
    if "%" in address:
        raise ValueError("a scope means nothing to another machine")
    network = ipaddress.ip_network(written)
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is not None and network.prefixlen >= 96:
        return ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}")
    return network


def _spelling(network: Network) -> str:
    """One address without its prefix length."""
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


def may_come_from(allow_list: Sequence[str], address: str) -> bool:
    """Whether the list is empty or holds the address. What can't be read, on either side, allows nothing."""
    if not allow_list:
        return True
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(place, ipaddress.IPv6Address):
        place = place.ipv4_mapped or place
    return any(_holds(one, place) for one in allow_list)


def _holds(written: str, place: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return place in ipaddress.ip_network(written)
    except ValueError:
        return False
