"""The operator's pages of partners' money: balances, credit, top-ups, movements."""

import re

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


def test_a_top_up_touches_the_credit_line_only_if_it_was_changed_in_the_form(world: World, root: HostClient) -> None:
    page = f"/platform/partners/{world.partner_id}/credit"
    root.submit(page, amount="0", credit="100")
    mine = _prefilled(root, page)
    assert mine == {"credit": "100,00", "credit_was": "100,00"}
    root.submit(page, **{**_prefilled(root, page), "amount": "0", "credit": "900"})
    assert root.submit(page, amount="50", **mine).status_code == 303
    account = world.platform.billing.account(world.partner_id)
    assert (account["credit"], account["credited"]) == (9_000_000, 500_000)
    refused = root.submit(page, **{**mine, "amount": "70", "credit": "200"})
    assert refused.status_code == 422 and 'id="f-credit-error"' in refused.text
    assert "изменил другой сотрудник" in refused.text and 'value="70"' in refused.text
    assert (account["credit"], account["credited"]) == (9_000_000, 500_000)


def _prefilled(root: HostClient, page: str) -> dict[str, str]:
    text = root.get(page).text
    found = (re.search(rf'name="{name}" value="([^"]*)"', text) for name in ("credit", "credit_was"))
    return {name: match[1] for name, match in zip(("credit", "credit_was"), found, strict=True) if match}


def test_a_correction_of_either_sign_is_done_once_and_stands_among_the_movements(
    world: World, root: HostClient
) -> None:
    page = f"/platform/partners/{world.partner_id}/credit"
    path = page.replace("credit", "correction")
    root.submit(page, amount="100", credit="0")
    id = _id_of(root.get(page).text, path)
    for _ in range(2):
        assert root.submit(page, path, id=id, amount="−30,50", reason="typed twice").status_code == 303
    assert root.submit(page, path, amount="1", reason="agreed").status_code == 303
    assert world.platform.billing.account(world.partner_id)["credited"] == 705_000
    text = root.get(f"/platform/partners/{world.partner_id}/entries").text
    assert "typed twice" in text and "agreed" in text and "root" in text


def test_a_correction_that_is_refused_opens_its_dialog_again_and_may_be_sent_anew(
    world: World, root: HostClient
) -> None:
    page = f"/platform/partners/{world.partner_id}/credit"
    path = page.replace("credit", "correction")
    root.submit(page, amount="10", credit="7")
    id = _id_of(root.get(page).text, path)
    unread = root.submit(page, path, id=id, amount="0", reason=" ")
    assert unread.status_code == 422 and _id_of(unread.text, path) == id
    assert 'id="correct-amount-error"' in unread.text and 'id="correct-reason-error"' in unread.text
    refused = root.submit(page, path, id=id, amount="-10,01", reason="agreed")
    assert refused.status_code == 422 and "data-open-now" in refused.text
    assert "Снять можно не больше 10.00: остальное списано или удержано" in refused.text
    assert 'value="7,00"' in refused.text, "the top-up behind the dialog stands as it was"
    again = _id_of(refused.text, path)
    assert again != id
    assert root.submit(page, path, id=again, amount="-10", reason="agreed").status_code == 303


def _id_of(text: str, path: str) -> str:
    """The id that the form to `path` was given."""
    found = re.search(rf'action="{path}".*?name="id" value="([^"]+)"', text, re.S)
    assert found
    return found[1]


def test_the_address_for_letters_is_saved_and_what_is_none_is_said_at_the_field(world: World, root: HostClient) -> None:
    page = f"/platform/partners/{world.partner_id}/credit"
    path = page.replace("credit", "email")
    assert root.submit(page, path, email="money@one.example").status_code == 303
    assert 'value="money@one.example"' in root.get(page).text
    refused = root.submit(page, path, email="not one")
    assert refused.status_code == 422 and 'id="f-email-error"' in refused.text and 'value="not one"' in refused.text
    assert world.platform.accounts.sellers[world.partner_id].email == "money@one.example"


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


@pytest.mark.parametrize("action", ["correction", "email"])
def test_a_partner_corrects_nothing_of_its_own_balance(world: World, action: str) -> None:
    boss = world.signed_in("boss")
    path = f"/platform/partners/{world.partner_id}/{action}"
    answer = boss.submit("/admin/advertisers", path, amount="1", reason="mine", email="a@one.example")
    assert answer.status_code == 403
    assert world.platform.billing.account(world.partner_id)["credited"] == 0
