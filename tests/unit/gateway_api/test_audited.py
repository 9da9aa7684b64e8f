"""What is recorded: each route that changes something says how, or why not."""

import pytest

from contracts.accounts_audit import MASK, NEW_MASK, masked
from contracts.errors import Unavailable
from gateway_http import access, audit, csrf
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import HOST, OTHER_HOST, PLATFORM_HOST, World

#: Whose rooms these are, is recorded; a program of an advertiser may be exempt.
RECORDED = ("/admin/", "/platform/", "/cabinet/", "/api/v1/platform/")
#: In these rooms alone a view may go without: what it does is a record by itself, or changes nothing.
EXEMPT = {"cabinet.estimate", "admin.settings_letters_preview"}
EXEMPT |= {"admin.advertisers_view", "admin.advertisers_file"}
EXEMPT |= {"admin.moderation_try"}


def test_every_route_that_changes_something_is_recorded_or_says_why_not(world: World) -> None:
    for rule in world.app.url_map.iter_rules():
        for method in (rule.methods or set()) - csrf.SAFE_METHODS:
            view = access.acting(world.app.view_functions[rule.endpoint], method)
            action, why = audit.action_of(view), audit.why_not(view)
            assert bool(action) != bool(why), f"{method} {rule}: say @audits(...) or @unaudited(...)"
            if why and rule.rule.startswith(RECORDED):
                assert rule.endpoint in EXEMPT, f"{method} {rule} changes something for people"


def test_every_action_has_a_sentence_for_people(world: World) -> None:
    silent = [action for action, sentence in audit.SENTENCES.items() if not sentence]
    assert silent == [], "give them one where they are declared: @audits(action, sentence)"


@pytest.mark.parametrize("action", ["", "package", "Package.added", "package.added.twice", "package."])
def test_an_action_is_named_by_noun_and_verb(action: str) -> None:
    with pytest.raises(ValueError, match=r"noun\.verb"):
        audit.audits(action)


def journal(world: World) -> list[tuple[str, str, str, str]]:
    """(action, login, outcome, code) of each action, oldest first."""
    accounts = world.platform.accounts
    ended = {id: (one.outcome, one.code) for id, one in accounts.ended.items()}
    return [(one.action, one.login, *ended.get(one.id, ("unfinished", ""))) for one in accounts.begun.values()]


def test_a_change_is_in_the_journal_before_it_is_made_and_how_it_went_after_it(world: World) -> None:
    client, page = world.signed_in("boss"), f"/admin/advertisers/{world.advertiser_id}/senders"
    token = client.csrf_token(page)
    world.platform.calls.clear()
    headers = {"X-Request-Id": "request-1"}
    response = client.post(f"{page}/policy", data={"csrf_token": token, "any_sender": "1"}, headers=headers)
    assert response.status_code == 303
    called = [call[1] for call in world.platform.calls]
    assert called.index("note_begun") < called.index("set_policy") < called.index("note_ended")
    [begun] = world.platform.accounts.begun.values()
    assert (begun.partner_id, begun.role, begun.whom) == (world.partner_id, "partner", world.advertiser_id)
    assert (begun.address, begun.request_id) == ("127.0.0.1", "request-1")
    assert journal(world) == [("sender_policy.changed", "boss", "done", "")]


def test_what_the_journal_can_not_begin_with_is_not_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(action: object) -> None:
        raise Unavailable("accounts is away")

    client, page = world.signed_in("boss"), f"/admin/advertisers/{world.advertiser_id}/senders"
    token = client.csrf_token(page)
    monkeypatch.setattr(world.platform.accounts, "note_begun", away)
    world.platform.calls.clear()
    response = client.post(f"{page}/policy", data={"csrf_token": token, "any_sender": "1"})
    assert (response.status_code, "Retry-After" in response.headers) == (503, True)
    assert "set_policy" not in {call[1] for call in world.platform.calls}


def test_an_end_that_can_not_be_noted_changes_nothing_for_the_person(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(action: object) -> None:
        raise Unavailable("accounts is away")

    client, page = world.signed_in("boss"), f"/admin/advertisers/{world.advertiser_id}/senders"
    monkeypatch.setattr(world.platform.accounts, "note_ended", away)
    assert client.submit(page, f"{page}/policy", any_sender="1").status_code == 303
    assert journal(world) == [("sender_policy.changed", "boss", "unfinished", "")]


def test_what_was_refused_or_failed_is_told_with_its_code(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, page = world.signed_in("boss"), f"/admin/advertisers/{world.advertiser_id}/senders"
    assert client.submit(page, name="").status_code == 422
    assert client.submit(page, f"/admin/advertisers/{uuid7()}/senders/policy").status_code == 404
    monkeypatch.setattr(world.platform.senders, "set_policy", lambda **_: 1 // 0)
    assert client.submit(page, f"{page}/policy").status_code == 500
    assert client.submit(page, f"/admin/senders/{uuid7()}/refuse", reason="").status_code == 303
    assert journal(world) == [
        ("sender.added", "boss", "refused", "malformed"),
        ("sender_policy.changed", "boss", "refused", "not_found"),
        ("sender_policy.changed", "boss", "failed", "internal_error"),
        ("sender.refused", "boss", "refused", "malformed"),
    ]


def test_who_is_not_let_in_begins_nothing(world: World) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}/senders"
    assert world.signed_in("shop").post(f"{page}/policy").status_code == 403
    assert world.manager("money").post(f"{page}/policy").status_code == 403
    assert world.signed_in("boss").post(f"{page}/policy").status_code == 403, "without the token of the form"
    assert world.signed_in("boss").get(page).status_code == 200
    assert journal(world) == []


def test_a_program_of_the_operator_is_told_by_the_name_of_its_key(world: World) -> None:
    key = world.platform.accounts.issue_operator_key("robot", True, [], "root")["key"]
    sent = {"Authorization": f"Bearer {key}"}
    response = world.http(PLATFORM_HOST).delete("/api/v1/platform/links/none", headers=sent)
    assert response.status_code == 404
    assert journal(world) == [("link.deleted", "API: robot", "refused", "not_found")]
    [begun] = world.platform.accounts.begun.values()
    assert (begun.partner_id, begun.role, begun.subject_id) == (None, "operator_api", "none")


def test_sending_by_programs_asks_nothing_of_the_journal(world: World) -> None:
    message = {"recipient": "79123456789", "sender": "Golub", "text": "hello"}
    for headers in ({}, {"Accept-Encoding": "identity", "X-Plain": "no"}):
        assert world.api("POST", "/messages", json={"messages": [message]}, headers=headers).status_code < 300
    assert "note_begun" not in {call[1] for call in world.platform.calls}


def test_secrets_and_texts_are_masked_and_a_new_one_is_told() -> None:
    before = {"smtp_password1": "a", "apiKey": "k", "text": "x", "login": "me"}
    after = {"smtp_password1": "b", "text": "x", "login": "you", "monkey": "kept"}
    shown = masked(before, after)
    assert shown == (
        {"smtp_password1": MASK, "apiKey": MASK, "text": MASK, "login": "me"},
        {"smtp_password1": NEW_MASK, "text": MASK, "login": "you", "monkey": "kept"},
    )
    assert masked(*shown) == shown


def test_the_journal_shows_what_was_before_and_after_and_is_searched(world: World) -> None:
    client, page = world.signed_in("boss"), f"/admin/advertisers/{world.advertiser_id}/senders"
    client.set_cookie("language", "en", domain=HOST)
    client.submit(page, f"{page}/policy", any_sender="1")
    client.submit(page, name="<b>GOLUB</b>")
    shown = client.get("/admin/audit").text
    assert "Changed the rules for sender names" in shown and "Any sender" in shown and "Added a sender name" in shown
    assert "<b>GOLUB</b>" not in shown
    rows = client.get("/admin/audit?action=sender_policy.changed").text.partition("<tbody>")[2]
    assert "Changed the rules" in rows and "Added a sender name" not in rows
    assert "Nothing found" in client.get("/admin/audit?who=nobody&date_from=2026-11-01").text
    assert client.get(f"/admin/audit?whom={world.advertiser_id}").status_code == 200
    for strange in ("cursor=%00", "date_from=x", "who=" + "x" * 500, "action=%3Cscript%3E", "whom=1"):
        assert client.get(f"/admin/audit?{strange}").status_code == 200


def test_nobody_sees_the_journal_of_others(world: World) -> None:
    client, page = world.signed_in("boss"), f"/admin/advertisers/{world.advertiser_id}/senders"
    client.submit(page, f"{page}/policy", any_sender="1")
    rival = world.signed_in("rival", OTHER_HOST)
    assert (
        page.rpartition("/")[0] not in rival.get("/admin/audit").text and "boss" not in rival.get("/admin/audit").text
    )
    assert rival.get(f"/admin/audit?whom={world.advertiser_id}").status_code == 404
    operator = world.signed_in("root", PLATFORM_HOST).get("/platform/audit")
    assert operator.status_code == 200 and "boss" not in operator.text
    assert world.manager("clients").get("/admin/audit").status_code == 403
