"""What the text of an oferta may be, and how offers look in the contract. No bus, no SQL, no clock."""

from datetime import datetime

from sqlalchemy import Row

from contracts.accounts import Offer, OfferAcceptance
from kit.clock import maybe_rfc3339, to_rfc3339
from services.accounts.problems import Problems

MOST_OFFER = 100_000
MOST_AUTHOR = 100


def tidied(text: str) -> str:
    """One kind of line end, none at the end: what a browser adds makes no other text."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n ")


def check(text: str) -> None:
    """`Malformed` for a text that is empty, too long or can't be stored and shown."""
    problems = Problems()
    if not text.strip():
        problems.add("/text", "required")
    elif len(text) > MOST_OFFER:
        problems.add("/text", "too_long")
    elif not all(character.isprintable() or character in "\n\t\u00a0\u00ad\ufeff" for character in text):
        problems.add("/text", "text_invalid")
    problems.raise_if_any()


def offer(row: Row, *, accepted_at: datetime | None = None, acceptances: int = 0) -> Offer:
    return Offer(
        version=row.version,
        text=row.text,
        published_at=to_rfc3339(row.published_at),
        author=row.author,
        accepted_at=maybe_rfc3339(accepted_at),
        acceptances=acceptances,
    )


def acceptance(row: Row) -> OfferAcceptance:
    return OfferAcceptance(
        version=row.version,
        advertiser_id=str(row.advertiser_id),
        login=row.login,
        address=row.address,
        accepted_at=to_rfc3339(row.accepted_at),
    )
