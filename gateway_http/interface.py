"""Gives a Flask app what the templates expect: gettext, filters, globals and the colour scheme."""

from typing import Any

from flask import Flask, request

from contracts import accounts
from contracts.accounts_advertiser_lists import SEARCH_FIELDS
from gateway_http import access, i18n, navigation, sentences, settings_tabs, states, theme
from gateway_http.static_files import asset_url, icon_url


def init_app(app: Flask) -> None:
    """Install the interface. The app itself adds `csrf_token`, `brand`, `user`, `zone` (see templates/README.md)."""
    i18n.init_app(app)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset_url=asset_url,
        icon_url=icon_url,
        may=access.may,
        menu=navigation.menu,
        is_current=navigation.is_current,
        page_url=navigation.page_url,
        page_numbers=navigation.page_numbers,
        date_ranges=navigation.date_ranges,
        pairs=navigation.pairs,
        SETTINGS_TABS=settings_tabs.SETTINGS_TABS,
        current_settings_tab=settings_tabs.current_tab,
        state_look=states.state_look,
        reason_of=states.reason,
        told=sentences.told,
        told_reason=sentences.told_reason,
        ACCOUNT_RULES=accounts.PROBLEMS,
        SEARCH_FIELDS=SEARCH_FIELDS,
        ACTORS=states.ACTORS,
        ROLES=states.ROLES,
        MESSAGE_STATES=states.MESSAGE_STATES,
        SMS_TYPES=states.SMS_TYPES,
        STATISTICS_GROUPS=states.STATISTICS_GROUPS,
    )
    app.context_processor(_colour_scheme)


def _colour_scheme() -> dict[str, Any]:
    """`colour_scheme`: light or dark as the cookie says; None lets `theme.js` ask the browser."""
    wanted = request.cookies.get(theme.COLOUR_SCHEME_COOKIE)
    return {"colour_scheme": wanted if wanted in theme.COLOUR_SCHEMES else None}
