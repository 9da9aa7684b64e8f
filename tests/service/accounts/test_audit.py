"""The journal of actions: it only grows, shows its own people alone, and tells when somebody has touched it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts.accounts_audit import (
    DONE,
    NEW_MASK,
    REFUSED,
    SIGN_IN_REFUSED,
    SIGNED_IN,
    SIGNED_OUT,
    UNFINISHED,
    ActionBegun,
    ActionEnded,
    AuditEntry,
    AuditFilters,
)
from contracts.errors import Malformed, NotFound, Unauthenticated
from kit.clock import to_rfc3339
from kit.ids import uuid7_text
from services.accounts.audit import audit
from tests.service.accounts.conftest import World


@pytest.fixture(autouse=True)
def journal(world: World) -> World:
    """Entries of other tests are gone as nobody but the owner of the tables could make them go."""
    with triggers_off(world) as run:
        run("TRUNCATE audit_entries, audit_chains")
    return world


@contextmanager
def triggers_off(world: World) -> Iterator[Any]:
    """What a superuser can do who means to leave no trace."""
    with world.db.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        connection.execute(text("ALTER TABLE audit_chains DISABLE TRIGGER USER"))
        yield lambda sql: connection.execute(text(sql))
        connection.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER USER"))
        connection.execute(text("ALTER TABLE audit_chains ENABLE TRIGGER USER"))


def begin(world: World, action: str = "package.added", own: bool = True, **changes: Any) -> ActionBegun:
    values = {
        "partner_id": world.partner_id if own else None,
        "user_id": uuid7_text(),
        "login": "boss",
        "role": "partner",
    }
    values |= {"address": "192.0.2.1", "request_id": "r-1", "whom": world.advertiser_id} | changes
    begun = ActionBegun(id=uuid7_text(), action=action, **values)
    world.client.note_begun(begun)
    return begun


def act(world: World, action: str = "package.added", own: bool = True, end: Any = None, **changes: Any) -> ActionBegun:
    begun = begin(world, action, own, **changes)
    values = {"outcome": DONE, "subject_kind": "package", "subject_label": "Package 5"} | (end or {})
    world.client.note_ended(ActionEnded(id=begun.id, partner_id=begun.partner_id, **values))
    return begun


def entries(world: World, own: bool = True, **filters: Any) -> list[AuditEntry]:
    return world.client.audit_entries(world.partner_id if own else None, AuditFilters(**filters)).items


def findings(world: World) -> set[tuple[str, str]]:
    with world.db.begin() as connection:
        return {(one.check, one.subject) for one in audit(connection)}


def test_an_action_is_one_entry_with_who_whom_and_what_was_before_and_after(world: World) -> None:
    end = {"before": {"credit": 0, "note": None}, "after": {"credit": 50_000_000, "note": "ÿ ключ \u2028"}}
    begun = act(world, acting_for="client", end=end)
    [entry] = entries(world)
    assert (entry.login, entry.role, entry.acting_for, entry.address) == ("boss", "partner", "client", "192.0.2.1")
    assert (entry.id, entry.action, entry.outcome, entry.request_id) == (begun.id, "package.added", DONE, "r-1")
    assert (entry.whom, entry.whom_label, entry.subject_label) == (world.advertiser_id, "client", "Package 5")
    assert (entry.before, entry.after) == (end["before"], end["after"])
    assert findings(world) == set()


def test_an_action_that_has_not_ended_is_seen_as_one_of_which_nobody_knows(world: World) -> None:
    begun = begin(world)
    assert [one.outcome for one in entries(world)] == [UNFINISHED]
    world.client.note_ended(ActionEnded(id=begun.id, partner_id=world.partner_id, outcome=REFUSED, code="conflict"))
    assert [(one.outcome, one.code) for one in entries(world)] == [(REFUSED, "conflict")]


def test_what_is_told_twice_stands_there_once(world: World) -> None:
    begun = begin(world)
    world.client.note_begun(begun)
    for outcome in (DONE, REFUSED):
        world.client.note_ended(ActionEnded(id=begun.id, partner_id=world.partner_id, outcome=outcome))
    assert [one.outcome for one in entries(world)] == [DONE]
    assert world.query("SELECT count(*) FROM audit_entries")[0][0] == 2


def test_what_never_began_can_not_end_and_another_partner_can_not_end_it(world: World) -> None:
    begun = begin(world)
    for id, partner_id in ((uuid7_text(), world.partner_id), (begun.id, world.other_partner_id), (begun.id, None)):
        with pytest.raises(NotFound):
            world.client.note_ended(ActionEnded(id=id, partner_id=partner_id, outcome=DONE))
    with pytest.raises(NotFound):
        begin(world, partner_id=uuid7_text())


def test_a_partner_never_sees_what_others_and_the_operator_did(world: World) -> None:
    act(world)
    act(world, partner_id=world.other_partner_id, whom=world.advertiser_id)
    act(world, own=False, login="root", role="operator", whom=world.partner_id)
    assert [one.whom_label for one in entries(world)] == ["client"]
    [other] = world.client.audit_entries(world.other_partner_id, AuditFilters()).items
    assert other.whom_label == "", "the login of another partner's advertiser is not its business"
    [own] = entries(world, own=False)
    assert (own.login, own.whom_label) == ("root", "One")
    for nobody in ("00000000-0000-0000-0000-000000000000", "nobody"):
        with pytest.raises(NotFound):
            world.client.audit_entries(nobody, AuditFilters())


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entries SET login = 'other'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "DELETE FROM audit_chains",
        "TRUNCATE audit_chains",
    ],
)
def test_the_journal_only_grows(world: World, sql: str) -> None:
    act(world)
    with pytest.raises(DBAPIError, match="only grows"):
        world.query(sql)
    assert len(entries(world)) == 1 and findings(world) == set()


@pytest.mark.parametrize(
    ("sql", "check"),
    [
        ("UPDATE audit_entries SET login = 'other' WHERE seq = 3", "journal_changed"),
        ("UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE seq = 3", "journal_changed"),
        ("""UPDATE audit_entries SET after = '{"credit": 2}' WHERE seq = 4""", "journal_changed"),
        ("DELETE FROM audit_entries WHERE seq = 3", "journal_broken"),
        ("DELETE FROM audit_entries WHERE seq IN (1, 2)", "journal_broken"),
        ("DELETE FROM audit_entries WHERE seq = 6", "journal_end"),
        ("DELETE FROM audit_entries", "journal_end"),
        ("DELETE FROM audit_chains", "journal_end"),
    ],
)
def test_the_chain_tells_what_a_superuser_changed_with_triggers_off(world: World, sql: str, check: str) -> None:
    for _ in range(3):
        act(world, end={"after": {"credit": 1}})
    with triggers_off(world) as run:
        run(sql)
    assert findings(world) == {(check, world.partner_id)}


def test_a_row_that_was_changed_with_its_hash_no_longer_fits_the_one_after_it(world: World) -> None:
    for _ in range(2):
        act(world)
    with triggers_off(world) as run:
        run("UPDATE audit_entries SET hash = sha256(hash) WHERE seq = 2")
    assert findings(world) == {("journal_changed", world.partner_id), ("journal_broken", world.partner_id)}


def test_the_journal_is_searched_by_who_what_whom_when_and_any_part_of_a_name(world: World) -> None:
    first = act(world)
    world.clock.advance(3600)
    second = act(world, "sender.approved", login="Manager", whom="", end={"subject_label": "ООО «Ёлка» <b>"})
    third = act(world, "sender.refused", own=True, subject_id=uuid7_text())
    ids = {first.id: 1, second.id: 2, third.id: 3}

    def found(**filters: Any) -> list[int]:
        return [ids[one.id] for one in entries(world, **filters)]

    since = to_rfc3339(world.clock.now() - timedelta(minutes=1))
    assert found() == [3, 2, 1]
    assert found(who="manager") == [2] and found(who="manag") == []
    assert found(action="sender.approved") == [2]
    assert found(whom=world.advertiser_id) == [3, 1]
    assert (
        found(text="елка") == [2]
        and found(text="CLIENT") == [3, 1]
        and found(text="%%") == []
        and found(text="x") == [3, 2, 1]
    )
    assert found(text=third.subject_id) == [3] and found(text=world.advertiser_id.upper()) == [3, 1]
    assert found(since=since) == [3, 2] and found(until=since) == [1]
    for wrong in ({"since": "yesterday"}, {"cursor": "x"}, {"limit": 0}, {"limit": 501}):
        with pytest.raises(Malformed):
            entries(world, **wrong)


def test_pages_follow_each_other_without_a_gap_or_a_repeat(world: World) -> None:
    made = [act(world).id for _ in range(5)]
    cursor, seen = "", []
    while True:
        page = world.client.audit_entries(world.partner_id, AuditFilters(cursor=cursor, limit=2))
        seen += [one.id for one in page.items]
        act(world)
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == made[::-1]


def test_secrets_and_texts_never_get_into_the_journal(world: World) -> None:
    secret = "hunter-2-hunter"
    before = {"smtp_password": "old", "message_text": secret, "login": "a"}
    act(world, end={"before": before, "after": {"smtp_password": secret, "totp_secret": secret, "login": "b"}})
    [entry] = entries(world)
    assert entry.after == {"smtp_password": NEW_MASK, "totp_secret": NEW_MASK, "login": "b"}
    assert secret not in str(world.query("SELECT * FROM audit_entries"))


def test_what_is_too_long_is_cut_with_a_mark(world: World) -> None:
    many = {f"field{number}": "я" * 5_000 for number in range(300)} | {"nul": "\x00", "deep": {"a": [1.5]}}
    act(world, end={"after": many, "subject_label": "x" * 5_000}, login="я" * 5_000)
    [[size, label]] = world.query(
        "SELECT length(convert_to(after::text, 'UTF8')), length(subject_label) FROM audit_entries WHERE phase = 'ended'"
    )
    assert size <= 16 * 1024 and label == 200
    assert "…" in entries(world)[0].after
    act(world, end={"after": {"nul": "a\x00b", "deep": {"a": [1.5]}, "lone": "\ud800"}})
    assert entries(world)[0].after == {"nul": "ab", "deep": '{"a": [1.5]}', "lone": "?"}
    assert findings(world) == set()


def test_signing_in_and_out_and_a_wrong_password_are_entries(world: World) -> None:
    token = world.sign_in()
    with pytest.raises(Unauthenticated):
        world.sign_in("client" + "x" * 500, "never shown anywhere")
    world.client.sign_out(token)
    world.client.sign_out(token)
    shown = [(one.action, one.outcome, one.whom_label) for one in entries(world)]
    assert shown == [(SIGNED_OUT, DONE, "client"), (SIGN_IN_REFUSED, REFUSED, ""), (SIGNED_IN, DONE, "client")]
    refused = entries(world, action=SIGN_IN_REFUSED)[0]
    assert (len(refused.login), refused.address, refused.user_id) == (64, "192.0.2.1", "")
    assert "never shown" not in str(world.query("SELECT * FROM audit_entries"))
    with pytest.raises(Unauthenticated):
        world.sign_in(host="nobody.example")
    assert len(entries(world)) == 3 and entries(world, own=False) == []
