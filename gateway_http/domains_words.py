"""What a domain's state means for people: what was found in the DNS, and what is to be done there."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from contracts.accounts_domains import ACTIVE, DNS_VERIFIED, REQUESTED, Domain, Domains

#: From so many days before the end of a certificate on people are warned.
WARNED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Advice:
    """A sentence on a domain; `tone` as that of a notice."""

    tone: str
    text: str


def target(known: Domains) -> str:
    """Where a domain is to point, as part of a sentence."""
    names, addresses = ", ".join(known.names), ", ".join(known.addresses)
    if names and addresses:
        return gettext(
            "a CNAME to %(names)s, or A and AAAA records with %(addresses)s", names=names, addresses=addresses
        )
    if names:
        return gettext("a CNAME to %(names)s", names=names)
    return gettext("an A or AAAA record with %(addresses)s", addresses=addresses)


def advice_of(domain: Domain, known: Domains) -> list[Advice]:
    """What is wrong with a domain and what is to be done; nothing where all is well."""
    return [*_of_dns(domain, known), *_of_certificate(domain)]


def _of_dns(domain: Domain, known: Domains) -> list[Advice]:
    if not known.names and not known.addresses:
        return []
    found = {"host": domain.shown, "found": ", ".join(domain.points_at), "target": target(known)}
    sentences = {
        "": gettext("Nobody has looked at the DNS of %(host)s yet: it should be %(target)s.", **found),
        "nothing": gettext("%(host)s leads nowhere, it should be %(target)s.", **found),
        "elsewhere": gettext("%(host)s points at %(found)s, it should be %(target)s.", **found),
        "partly": gettext(
            "%(host)s points at %(found)s, and not all of that is ours: it should be %(target)s alone.", **found
        ),
        "no_answer": gettext(
            "The DNS servers of %(host)s did not answer. It is looked at again by itself; it should be %(target)s.",
            **found,
        ),
    }
    if domain.verdict not in sentences or (domain.state == ACTIVE and domain.verdict in ("", "no_answer")):
        return []
    advice = [Advice("info" if domain.verdict == "" else "warning", sentences[domain.verdict])]
    if domain.state == ACTIVE:
        advice.append(Advice("info", gettext("The domain is served all the same, and only the operator can end that.")))
    return advice


def _of_certificate(domain: Domain) -> list[Advice]:
    held = domain.certificate
    if held is None:
        return [Advice("info", _without_certificate(domain))] if domain.state != ACTIVE or domain.issuing else []
    if held.days_left < 0:
        return [Advice("danger", gettext("The certificate has ended: browsers warn everybody who comes here."))]
    if held.days_left < WARNED_DAYS:
        return [Advice("warning", gettext("The certificate ends in %(days)s days.", days=held.days_left))]
    return []


def _without_certificate(domain: Domain) -> str:
    if domain.issuing == "acme":
        return gettext("The certificate is awaited from the issuer of the cluster.")
    if domain.state in (REQUESTED, DNS_VERIFIED):
        return gettext(
            "There is no certificate yet: the operator uploads one or leaves it to the issuer of the cluster."
        )
    return gettext("There is no certificate here.")


def lines_of(text: str) -> Sequence[str]:
    """Hosts as people write them: one on a line, or with commas between."""
    return [one.strip() for one in text.replace(",", "\n").split("\n") if one.strip()]
