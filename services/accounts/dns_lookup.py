"""Looks names up in the DNS, with dnspython.

Processes import it after monkey-patching, so its sockets and selectors are green: a look-up holds up nothing else.
Every look-up ends after `LOOKUP_SECONDS`, whatever the servers do.
"""

from typing import Any, Protocol

import dns.exception
import dns.message
import dns.rdatatype
import dns.resolver
from eventlet import GreenPool
from nameko.extensions import DependencyProvider

from services.accounts.domains import Found

LOOKUP_SECONDS = 4.0


class Resolver(Protocol):
    def look(self, name: str) -> Found:
        """Where the name leads; never raises for what the DNS says or leaves unsaid."""


class DnsResolver:
    """Asks `servers` (addresses), by itself those of the system."""

    def __init__(self, servers: list[str] | None = None, port: int = 53) -> None:
        self._servers, self._port = servers or [], port

    def look(self, name: str) -> Found:
        """A and AAAA at once; an answer of one of them is one, unless the other could not be had."""
        # One that answers for another name's record may be a search list's: the final dot says that this is the whole name.
        answers = list(GreenPool(2).imap(lambda kind: self._ask(f"{name}.", kind), ("A", "AAAA")))
        if None in answers:
            return Found(answered=False)
        names = dict.fromkeys(one for answer in answers if answer for one in answer.names)
        addresses = dict.fromkeys(one for answer in answers if answer for one in answer.addresses)
        return Found(tuple(names), tuple(addresses))

    def _ask(self, name: str, kind: str) -> Found | None:
        """None where nobody answers, or where the servers fail."""
        try:
            answer = self._resolver().resolve(name, kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN as absent:
            # A CNAME may lead to a name that has no address yet, and it is the CNAME that counts.
            return Found(tuple(one for response in absent.responses().values() for one in _aliases(response)))
        except (dns.exception.DNSException, OSError):
            return None
        return Found(_aliases(answer.response), tuple(one.address for one in answer.rrset or ()))

    def _resolver(self) -> dns.resolver.Resolver:
        made = dns.resolver.Resolver(configure=not self._servers)
        if self._servers:
            made.nameservers, made.port = self._servers, self._port
        made.timeout, made.lifetime = LOOKUP_SECONDS / 2, LOOKUP_SECONDS
        made.cache = None
        return made


def _aliases(response: dns.message.Message) -> tuple[str, ...]:
    """The names that CNAMEs of the answer lead to."""
    found = [rrset for rrset in response.answer if rrset.rdtype == dns.rdatatype.CNAME]
    return tuple(str(one.target).rstrip(".").lower() for rrset in found for one in rrset)


class Dns(DependencyProvider):
    """`dns = Dns()`: `self.dns.look(name)`."""

    def setup(self) -> None:
        given = self.container.config["settings"].dns_servers
        self._resolver = DnsResolver([one.strip() for one in given.split(",") if one.strip()])

    def get_dependency(self, worker_ctx: Any) -> Resolver:
        return self.container.config.get("dns") or self._resolver
