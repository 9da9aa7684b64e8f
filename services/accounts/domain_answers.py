"""Rows of domains and certificates: as the wire items of the contract, and from what was checked."""

from datetime import datetime
from typing import Any

from contracts.accounts_domains import Certificate, Domain
from kit.clock import maybe_rfc3339, to_rfc3339
from services.accounts import certificates, domains, fields


def domain(row: Any, now: datetime) -> Domain:
    """Of a row with the columns of its certificate, which are NULL where there is none."""
    return Domain(
        host=row.host,
        shown=domains.shown_host(row.host),
        partner_id=row.partner_id,
        state=row.state,
        issuing=row.issuing,
        verdict=row.verdict,
        points_at=list(row.points_at),
        failures=row.failures,
        checked_at=maybe_rfc3339(row.checked_at),
        version=row.version,
        created_at=to_rfc3339(row.created_at),
        author=row.author,
        certificate=_certificate(row, now) if row.not_after is not None else None,
    )


def _certificate(row: Any, now: datetime) -> Certificate:
    return Certificate(
        source=row.source,
        subject=row.subject,
        issuer=row.issuer,
        names=list(row.names),
        not_before=to_rfc3339(row.not_before),
        not_after=to_rfc3339(row.not_after),
        fingerprint=row.fingerprint,
        chain=row.chain_length,
        days_left=certificates.days_left(row.not_after, now),
        author=row.certificate_author,
    )


def certificate_row(row: Any, good: certificates.Checked, source: str, author: str, now: datetime) -> dict[str, Any]:
    """A certificate of that domain, without its key."""
    return {
        "host": row.host,
        "partner_id": row.partner_id,
        "source": source,
        "subject": fields.storable(good.subject, certificates.MOST_TEXT),
        "issuer": fields.storable(good.issuer, certificates.MOST_TEXT),
        "names": [fields.storable(name, fields.MOST_TEXT) for name in good.names],
        "not_before": good.not_before,
        "not_after": good.not_after,
        "fingerprint": good.fingerprint,
        "chain": good.chain,
        "chain_length": good.length,
        "warned_days": None,
        "author": fields.storable(author, fields.MOST_TEXT),
        "created_at": now,
    }
