"""Domains of partners: what a name may be, what a look at the DNS means, and which state follows. No bus, SQL, DNS, clock.

A domain is requested, has its DNS verified, has a certificate, is active. Requests are served in the last state alone,
and from there only people take it: a DNS server that is away must not end anybody's service.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from contracts.accounts_domains import ACTIVE, CERTIFICATE, DNS_VERIFIED, REQUESTED
from kit.settings import Settings
from services.accounts.fields import host_key

#: What a look at the DNS finds. A look without answer says nothing, neither for nor against the domain.
OURS, ELSEWHERE, PARTLY, NOTHING, NO_ANSWER = "ours", "elsewhere", "partly", "nothing", "no_answer"

MOST_DOMAINS = 50
MOST_TYPED = 300
#: So many looks in a row that find it elsewhere take a domain that is not active back to where it began.
MOST_FAILURES = 3

LEAST_PAUSE = timedelta(minutes=2)
MOST_PAUSE = timedelta(hours=6)
#: An active domain is looked at for a warning alone.
ACTIVE_PAUSE = timedelta(hours=12)


@dataclass(slots=True, frozen=True)
class Targets:
    """Where domains are to point: names (by CNAME) and addresses (by A and AAAA) of the platform."""

    names: frozenset[str]
    addresses: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.names or self.addresses)


@dataclass(slots=True, frozen=True)
class Found:
    """What the DNS says of a name: the names that its CNAMEs lead to, and its addresses. `answered`: whether it said anything."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    answered: bool = True


def targets_of(settings: Settings) -> Targets:
    """`SystemExit` with a sentence where an address is none."""
    names = (one.strip().rstrip(".").lower() for one in settings.public_names.split(","))
    addresses = (one.strip() for one in settings.public_addresses.split(","))
    try:
        own = frozenset(str(ipaddress.ip_address(one)) for one in addresses if one)
    except ValueError as error:
        raise SystemExit(f"GOLUB_PUBLIC_ADDRESSES holds addresses with commas between: {error}.") from None
    return Targets(frozenset(one for one in names if one), own)


def read_host(typed: str) -> tuple[str, str]:
    """(host as it is stored, code of what is wrong with it): one of them is empty."""
    text = typed.strip().lower().removesuffix(".")
    if not text:
        return "", "required"
    if is_address(text):
        return "", "domain_is_address"
    name, colon, port = text.rpartition(":")
    if colon and port.isdecimal():
        return "", "domain_is_address" if is_address(name.strip("[]")) else "domain_has_port"
    try:
        host = host_key(text.encode("idna").decode()) if len(text) <= MOST_TYPED else ""
    except UnicodeError:
        host = ""
    # A last label of digits is part of an address to some programs, and one label is nobody's domain.
    good = "." in host and not host.rpartition(".")[2].isdecimal()
    return (host, "") if good else ("", "domain_invalid")


def shown_host(host: str) -> str:
    """As people write it; a name that pretends to be encoded and is not stays as it is."""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def verdict_of(found: Found, targets: Targets, own: Iterable[str] = ()) -> str:
    """`own`: addresses that the platform's public names have by themselves.

    A CNAME to one of our names is enough, as its addresses are then our own affair. Otherwise every address has to be
    ours: with one that is not, some of the visitors come to a stranger.
    """
    if not found.answered:
        return NO_ANSWER
    if targets.names.intersection(found.names):
        return OURS
    if not found.addresses:
        return NOTHING
    ours = targets.addresses.union(own).intersection(found.addresses)
    if not ours:
        return ELSEWHERE
    return OURS if len(ours) == len(set(found.addresses)) else PARTLY


def points_at(found: Found) -> list[str]:
    """For people: the last name that it leads to, and its addresses."""
    return [*found.names[-1:], *found.addresses][:10]


def failures_after(failures: int, verdict: str) -> int:
    """Looks in a row that found it elsewhere; one without answer does not count."""
    if verdict == NO_ANSWER:
        return failures
    return 0 if verdict == OURS else failures + 1


def state_after(state: str, verdict: str, failures: int, certified: bool) -> str:
    """The state that follows a look at the DNS; `failures` include this one. `certified`: it has a certificate that holds."""
    if state == ACTIVE:
        return ACTIVE
    if verdict == OURS:
        return ACTIVE if certified else DNS_VERIFIED
    if state != REQUESTED and failures >= MOST_FAILURES:
        return REQUESTED
    return state


def state_certified(state: str, verdict: str) -> str:
    """The state of a domain that has just got a certificate."""
    if state in (ACTIVE, REQUESTED):
        return state
    # The last look may have found it elsewhere since it was verified: then the next good one makes it active.
    return ACTIVE if verdict == OURS else CERTIFICATE


def pause_after(state: str, verdict: str, failures: int) -> timedelta:
    """How long until the next look: short at first, as people wait for it, then longer and longer."""
    if state == ACTIVE:
        return ACTIVE_PAUSE if verdict == OURS else MOST_PAUSE
    if verdict == OURS:
        return MOST_PAUSE
    return min(LEAST_PAUSE * 2 ** min(failures, 10), MOST_PAUSE)
