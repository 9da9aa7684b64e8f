"""«В кабинет»: who comes in, what stays closed there, and the way back."""

import pytest

from gateway_http import access
from gateway_http.sessions import CABINET
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import PASSWORD, HostClient, World

#: Everything that the partner's people may do in an advertiser's cabinet. Passwords, keys, secrets, factors, payments and
#: the oferta are not among it, and what is added to the cabinet is closed to them until it stands here.
OPEN = {
    ("cabinet.estimate", "POST"),
    ("cabinet.finances", "GET"),
    ("cabinet.incoming", "GET"),
    ("cabinet.invoice_pdf", "GET"),
    ("cabinet.level_save", "POST"),
    ("cabinet.mailing_cancel", "POST"),
    ("cabinet.mailing_pause", "POST"),
    ("cabinet.mailing_resume", "POST"),
    ("cabinet.message_cancel", "POST"),
    ("cabinet.message", "GET"),
    ("cabinet.messages", "GET"),
    ("cabinet.messages", "POST"),
    ("cabinet.messages_cancel", "POST"),
    ("cabinet.oferta", "GET"),
    ("cabinet.senders", "GET"),
    ("cabinet.senders", "POST"),
    ("cabinet.sending_pause", "POST"),
    ("cabinet.sending_resume", "POST"),
    ("cabinet.stop_list", "GET"),
    ("cabinet.stop_list", "POST"),
    ("cabinet.stop_remove", "POST"),
}
CLOSED = ("/cabinet/api-keys", "/cabinet/finances/invoices/new", "/cabinet/finances/promo", "/cabinet/oferta")


@pytest.fixture
def enter(world: World) -> str:
    return f"/admin/advertisers/{world.advertiser_id}/enter"


def inside(world: World, enter: str, login: str = "boss") -> HostClient:
    client = world.signed_in(login)
    response = client.submit(enter, reason="To help", password=PASSWORD)
    assert (response.status_code, response.location) == (303, "/cabinet/messages")
    return client


def test_these_and_no_other_views_are_open_to_visitors(world: World) -> None:
    found = set()
    for rule in world.app.url_map.iter_rules():
        view = world.app.view_functions[rule.endpoint]
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        found |= {(rule.endpoint, method) for method in methods if access.is_visited(view, method)}
    assert found == OPEN
    assert all(endpoint.startswith(CABINET) for endpoint, _ in found)


def test_a_visitor_sees_the_cabinet_under_a_banner_and_stays_itself_elsewhere(world: World, enter: str) -> None:
    boss = inside(world, enter)
    page = boss.get("/cabinet/messages")
    assert page.status_code == 200
    assert "acting-banner" in page.text and "/admin/cabinet/leave" in page.text
    assert 'href="/cabinet/api-keys"' not in page.text and 'href="/account"' not in page.text
    assert "acting-banner" not in boss.get("/admin/advertisers").text


def test_leaving_is_a_form_and_returns_to_the_own_session(world: World, enter: str) -> None:
    boss = inside(world, enter)
    assert boss.get("/admin/cabinet/leave").status_code == 405
    left = boss.submit("/cabinet/messages", "/admin/cabinet/leave")
    assert (left.status_code, left.location) == (303, enter)
    assert boss.get("/cabinet/messages").status_code == 403
    assert boss.get("/admin/advertisers").status_code == 200


@pytest.mark.parametrize("path", CLOSED)
def test_what_is_the_advertisers_alone_is_closed(world: World, enter: str, path: str) -> None:
    boss = inside(world, enter)
    world.platform.calls.clear()
    token = boss.csrf_token("/cabinet/messages")
    world.platform.calls.clear()
    form = {"csrf_token": token, "name": "x", "code": "X", "version": "1", "agreed": "1"}
    assert boss.post(path, data=form).status_code == 403
    assert {call[1] for call in world.platform.calls} <= {"cabinet_session", "resolve_host", "manager_card"}


def test_a_reason_and_the_own_password_are_asked_for(world: World, enter: str) -> None:
    boss = world.signed_in("boss")
    wrong = boss.submit(enter, reason="<b>To help</b>", password="wrong one")
    assert wrong.status_code == 422
    assert (
        "&lt;b&gt;To help&lt;/b&gt;" in wrong.text
        and "Это не ваш пароль" in wrong.text
        and "wrong one" not in wrong.text
    )
    assert boss.submit(enter, reason="", password=PASSWORD).status_code == 422
    assert boss.get("/cabinet/messages").status_code == 403


def test_without_the_right_and_for_anothers_advertiser_there_is_no_way_in(world: World, enter: str) -> None:
    manager = world.manager("clients", "statistics")
    assert manager.get(enter).status_code == 403
    foreign = world.add_advertiser("theirs", world.other_partner_id)
    boss = world.signed_in("boss")
    assert boss.get(f"/admin/advertisers/{foreign}/enter").status_code == 404
    token = boss.csrf_token(enter)
    form = {"csrf_token": token, "reason": "To help", "password": PASSWORD}
    assert boss.post(f"/admin/advertisers/{foreign}/enter", data=form).status_code == 404
    assert "В кабинет" not in manager.get(f"/admin/advertisers/{world.advertiser_id}").text
    assert world.manager("enter").get(enter).status_code == 200


def test_every_entry_of_the_journal_made_meanwhile_carries_both(world: World, enter: str) -> None:
    boss = inside(world, enter)
    assert boss.submit("/cabinet/finances", "/cabinet/sending/pause").status_code == 303
    boss.submit("/cabinet/messages", "/admin/cabinet/leave")
    found = [(one.action, one.login, one.acting_for, one.whom) for one in world.platform.accounts.begun.values()]
    assert [one[:3] for one in found] == [
        ("cabinet.entered", "boss", ""),
        ("sending.paused", "boss", "shop"),
        ("cabinet.left", "boss", ""),
    ]
    assert {one[3] for one in found[:2]} == {world.advertiser_id}


def test_a_second_visit_waits_for_the_end_of_the_first(world: World, enter: str) -> None:
    boss = inside(world, enter)
    again = boss.submit(enter, reason="To help", password=PASSWORD)
    assert again.status_code == 422 and "сначала выйдите" in again.text


def test_the_advertiser_reads_who_came_and_why(world: World, enter: str) -> None:
    inside(world, enter)
    page = world.signed_in("shop").get("/account")
    assert page.status_code == 200 and "To help" in page.text and "boss" in page.text


def test_what_a_visitor_does_is_in_the_journal_with_both_names(world: World, enter: str) -> None:
    """Sending too, which is no entry where the owner of the cabinet sends."""
    message = {"sender": "Golub", "recipients": "79123456789", "text": "hello", "key": str(uuid7())}
    world.signed_in("shop").submit("/cabinet/messages", **message)
    boss = inside(world, enter)
    boss.submit("/cabinet/messages", **message | {"key": str(uuid7())})
    boss.submit("/cabinet/messages", "/cabinet/stop-list", recipients="79123456789")
    begun = list(world.platform.accounts.begun.values())
    told = [(one.action, one.login, one.role, one.acting_for) for one in begun if one.acting_for]
    assert told == [("messages.sent", "boss", "partner", "shop"), ("stop_list.added", "boss", "partner", "shop")]
    assert {one.whom for one in begun} == {world.advertiser_id}
    assert "in the cabinet of shop" in _english(boss).get("/admin/audit").text


def _english(client: HostClient) -> HostClient:
    client.set_cookie("language", "en", domain=client.host)
    return client
