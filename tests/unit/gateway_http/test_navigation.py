"""Menus and addresses of lists."""

from datetime import date

import pytest
from flask import Flask

from gateway_http import navigation, settings_tabs
from gateway_http.addresses import ROUTES


def test_a_link_of_a_list_keeps_the_rest_of_its_state(app: Flask) -> None:
    with app.test_request_context("/admin/advertisers?q=ро+1&page_size=50&page=3"):
        assert navigation.page_url(page=4) == "/admin/advertisers?q=%D1%80%D0%BE+1&page_size=50&page=4"
        assert navigation.page_url(q=None, page=None) == "/admin/advertisers?page_size=50"


@pytest.mark.parametrize(
    ("page", "pages", "shown"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (5, 10, [1, 2, 3, 4, 5, 6, 7, None, 10]),
        (6, 20, [1, None, 4, 5, 6, 7, 8, None, 20]),
        (20, 20, [1, None, 18, 19, 20]),
    ],
)
def test_a_pager_shows_the_ends_and_the_neighbours(page: int, pages: int, shown: list[int | None]) -> None:
    assert navigation.page_numbers(page, pages) == shown


def test_each_role_has_its_own_menu() -> None:
    assert [item.label for item in navigation.menu("partner")] == [
        "Cabinet",
        "Senders",
        "Moderation of texts",
        "Default tariffs",
        "Issued invoices",
        "Promo codes",
        "Statistics",
        "Settings",
        "Help",
    ]
    assert navigation.menu("stranger") == ()


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("/admin/advertisers/new", "admin.advertisers"),
        ("/admin/senders", "admin.sender_requests"),
        ("/admin/moderation/rules", "admin.moderation"),
        ("/help", "docs.help"),
        ("/help/tariffs", "docs.help"),
    ],
)
def test_exactly_one_line_of_the_menu_is_current(app: Flask, address: str, endpoint: str) -> None:
    with app.test_request_context(address):
        current = [item.endpoint for item in navigation.menu("partner") if navigation.is_current(item)]
    assert current == [endpoint]


def test_every_tab_of_the_settings_is_a_page_of_its_own_and_current_there(app: Flask) -> None:
    assert len({tab.endpoint for tab in settings_tabs.SETTINGS_TABS}) == len(settings_tabs.SETTINGS_TABS)
    for tab in settings_tabs.SETTINGS_TABS:
        with app.test_request_context(ROUTES[tab.endpoint][0]):
            assert settings_tabs.current_tab() == tab
    with app.test_request_context("/admin/settings/oferta/2"):
        current = settings_tabs.current_tab()
    assert current is not None and current.endpoint == "admin.settings_oferta"


def test_periods_of_a_report_include_both_days() -> None:
    periods = {label: (first, last) for label, first, last in navigation.date_ranges(date(2026, 3, 1))}
    assert periods["7 days"] == ("2026-02-23", "2026-03-01")
    assert periods["This month"] == ("2026-03-01", "2026-03-01")
    assert periods["Last month"] == ("2026-02-01", "2026-02-28")
