"""Rows of the database as the wire items of the contract."""

from typing import Any

from sqlalchemy import Row

from contracts.accounts import Advertiser, ApiPrincipal, HostOwner, Partner, Principal, SignedIn
from contracts.accounts_rights import RIGHTS
from kit.clock import maybe_rfc3339, to_rfc3339

#: The platform's own looks, and what a new partner starts with.
PLATFORM_BRAND = "Golub"
ACCENT_COLOUR = "f66d19"
PRESSED_COLOUR = "e5b030"
#: So much of the hash of a logo tells its address from that of any other.
LOGO_LETTERS = 16


def host_owner(host: str, row: Row) -> HostOwner:
    return HostOwner(
        host=host,
        realm="platform" if row.partner_id is None else "partner",
        partner_id=row.partner_id,
        brand=row.name or PLATFORM_BRAND,
        accent_colour=row.accent_colour or ACCENT_COLOUR,
        pressed_colour=row.pressed_colour or PRESSED_COLOUR,
        zone=row.zone or "",
        logo=bytes(row.logo or b"").hex()[:LOGO_LETTERS],
        logo_width=row.logo_width or 0,
        logo_height=row.logo_height or 0,
    )


def principal(row: Row) -> Principal:
    """A partner has every right by being one; of a manager's only those that there are."""
    known = {"partner": list(RIGHTS), "manager": [one for one in RIGHTS if one in row.rights]}
    return Principal(**picked(row, Principal) | {"rights": known.get(row.role, [])})


def signed_in(token: str, session: dict[str, Any], principal_row: Row) -> SignedIn:
    """`session` is the row that `sessions.new_session` made."""
    expires_at, who = to_rfc3339(session["expires_at"]), principal(principal_row)
    return SignedIn(token=token, expires_at=expires_at, principal=who, step=session["step"])


def partner(row: Row) -> Partner:
    return Partner(**picked(row, Partner) | {"created_at": to_rfc3339(row.created_at)})


def advertiser(row: Row) -> Advertiser:
    texts = {
        "contract_date": row.contract_date.isoformat(),
        "created_at": to_rfc3339(row.created_at),
        "last_sign_in_at": maybe_rfc3339(row.last_sign_in_at),
        "changed_at": maybe_rfc3339(row.changed_at),
    }
    return Advertiser(**picked(row, Advertiser) | texts)


def api_principal(row: Row) -> ApiPrincipal:
    return ApiPrincipal(**picked(row, ApiPrincipal))


def picked(row: Row, item: Any) -> dict[str, Any]:
    """The columns that have the item's names."""
    return {name: getattr(row, name) for name in item.__slots__}
