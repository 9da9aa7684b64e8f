"""The operator's pages of partners' money: balances, credit, top-ups, movements."""

import pytest

from kit.ids import uuid7
from tests.unit.gateway_api.conftest import PLATFORM_HOST, HostClient, World


@pytest.fixture
def root(world: World) -> HostClient:
    return world.signed_in("root", PLATFORM_HOST)


def test_a_top_up_with_its_credit_line_is_done_once_however_often_it_is_sent(world: World, root: HostClient) -> None:
    page = f"/platform/partners/{world.partner_id}/credit"
    form = {"id": str(uuid7()), "amount": "1000", "credit": "500"}
    for _ in range(2):
        assert root.submit(page, **form).status_code == 303
    text = root.get("/platform/partners").text
    assert "1\xa0500,00\xa0₽" in text and "500,00\xa0₽" in text
    assert 'value="500,00"' in root.get(page).text, "the present credit stands in the form, so that a top-up keeps it"


def test_a_partners_movements_are_shown_with_who_made_them(world: World, root: HostClient) -> None:
    root.submit(f"/platform/partners/{world.partner_id}/credit", amount="77", credit="0")
    page = f"/platform/partners/{world.partner_id}/entries"
    text = root.get(page).text
    assert "+77,00\xa0₽" in text and "root" in text
    assert root.get(f"{page}/file").status_code == 200
    other = root.get(f"/platform/partners/{world.other_partner_id}/entries").text
    assert "+77,00\xa0₽" not in other and "движений нет" in other


@pytest.mark.parametrize("page", ["credit", "entries", "entries/file", "tariff"])
def test_a_partner_that_is_none_is_not_found(root: HostClient, page: str) -> None:
    assert root.get(f"/platform/partners/{uuid7()}/{page}").status_code == 404


@pytest.mark.parametrize("path", ["/platform/partners", "/platform/tariffs", "/platform/partners/{partner}/entries"])
def test_a_partner_does_not_see_the_operators_pages(world: World, path: str) -> None:
    boss = world.signed_in("boss")
    assert boss.get(path.format(partner=world.partner_id)).status_code == 403
