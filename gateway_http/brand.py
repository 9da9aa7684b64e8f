"""How a host looks to everybody who comes to it: its owner's colours, logo and sign, and what a page says of them."""

from base64 import b64decode
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Any

from flask import Blueprint, Response, request, url_for

from contracts.accounts import HostOwner
from contracts.errors import NotFound
from gateway_http import access, theme
from gateway_http.state import clients, gateway

blueprint = Blueprint("brand", __name__)

_YEAR_SECONDS = 31_536_000
_MINUTE_SECONDS = 60
#: A logo that is not much wider than high can be read in the corner of a tab.
_WIDEST_SIGN = 1.5
_SIGN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="{fill}"/>'
    '<text x="16" y="23" text-anchor="middle" font-family="system-ui,sans-serif" font-size="20" font-weight="700" '
    'fill="{ink}">{letter}</text></svg>'
)


@blueprint.get("/theme.css")
def stylesheet() -> Response:
    """The partner's colours. An address with the right `v` may be kept for ever: other colours get another one."""
    owner = access.tenant()
    css = theme.theme_css(owner.accent_colour, owner.pressed_colour)
    return _kept(Response(css, mimetype="text/css"), theme.theme_version(owner.accent_colour, owner.pressed_colour))


@blueprint.get("/brand/logo")
def logo() -> Response:
    """The logo of this host's partner, whatever the address says: `v` only lets a new one replace an old one at once."""
    owner = access.tenant()
    contents = logo_of(owner)
    if contents is None:
        raise NotFound
    return _kept(Response(contents, mimetype="image/png"), _digest(contents))


@blueprint.get("/brand/icon")
def icon() -> Response:
    """The sign in the tab of a browser where the logo is none: the first letter in the partner's colour."""
    owner = access.tenant()
    return _kept(Response(sign_of(owner.brand, owner.accent_colour), mimetype="image/svg+xml"), _sign_version(owner))


def logo_of(owner: HostOwner) -> bytes | None:
    """The PNG of the logo of this host's owner, asked for once in some minutes; None where it has none."""
    if owner.partner_id is None or not owner.logo:
        return None
    key, logos = (owner.partner_id, owner.logo), gateway().logos
    found = logos.get(key)
    if found is None:
        try:
            found = b64decode(clients().accounts.logo(owner.partner_id))
        except NotFound:
            return None
        # A logo that was changed since this host was looked up has no place under the old one's name.
        if _digest(found) == owner.logo:
            logos.put(key, found)
    return found


def _digest(contents: bytes) -> str:
    """As `HostOwner.logo` names it."""
    return sha256(contents).hexdigest()[:16]


def shown(owner: HostOwner) -> dict[str, Any]:
    """`brand` of every page; see templates/README.md."""
    version = _theme_version(owner.accent_colour, owner.pressed_colour)
    brand: dict[str, Any] = {"name": owner.brand, "logo_url": "", "theme_version": version}
    if owner.logo:
        brand |= {"logo_url": url_for("brand.logo", v=owner.logo)}
        brand |= {"logo_width": owner.logo_width, "logo_height": owner.logo_height}
    if owner.realm == "partner":
        square = owner.logo and max(owner.logo_width, 1) <= _WIDEST_SIGN * owner.logo_height
        brand["icon_url"] = brand["logo_url"] if square else url_for("brand.icon", v=_sign_version(owner))
    return brand


def sign_of(name: str, accent: str) -> str:
    """An SVG of our own with one letter in it, which is escaped as the name is the partner's to choose."""
    fill = theme.parse_colour(accent)
    return _SIGN.format(fill=fill, ink=theme.readable_text(fill), letter=escape(name[:1].upper()))


def _sign_version(owner: HostOwner) -> str:
    """The two things that the sign is made of."""
    return f"{owner.accent_colour}{ord(owner.brand[:1].upper() or 'G'):x}"


@lru_cache(maxsize=1000)
def _theme_version(accent: str, pressed: str) -> str:
    return theme.theme_version(accent, pressed)


def _kept(response: Response, version: str) -> Response:
    """Kept for ever under the address of this version, for a minute under any other."""
    kept = request.args.get("v") == version
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS if kept else _MINUTE_SECONDS}" + (
        ", immutable" if kept else ""
    )
    return response
