"""Links as their operator changes them, in a process that has their binds."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from contracts.errors import Conflict, Malformed, NotFound
from kit.vault import Vault
from services.smpp_gateway import constants as c
from services.smpp_gateway import repository_parts
from services.smpp_gateway.fleet import Fleet
from services.smpp_gateway.lease import BindKey
from services.smpp_gateway.link_book import LinkBook
from services.smpp_gateway.link_runner import LinkRunner
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_types import Response
from services.smpp_gateway.sweeping import Sweeping
from tests.service.smpp_gateway.desk import SETTINGS, Desk, charged, numbers, queues, vault
from tests.service.smpp_gateway.rooms import NOW, Room


@pytest.fixture
def desk(room: Room, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(room, monkeypatch)


def _keys(fleet: Fleet) -> list[BindKey]:
    return sorted(fleet.runners)


def test_a_link_that_was_put_is_run_within_a_second_and_deleted_when_nothing_needs_it(desk: Desk) -> None:
    link = desk.put("mts", binds=2)
    assert (link.version > 0, link.has_password, link.enabled, link.author) == (True, True, True, "operator")
    assert link.settings["window"] == 100
    assert "secret" not in str(link)
    desk.pass_seconds(1)
    assert _keys(desk.fleet) == [("mts", 1), ("mts", 2)]
    assert desk.fleet.book.specs["mts"].settings.password == "secret"  # type: ignore[union-attr]
    desk.client.delete_operator_link("mts", author="operator")
    desk.pass_seconds(1)
    _finished(desk)
    assert _keys(desk.fleet) == []
    with pytest.raises(NotFound):
        desk.client.operator_link("mts")


def _finished(desk: Desk) -> None:
    for thread in list(desk.fleet._leaving.values()):
        thread.wait()


def test_the_password_lies_encrypted_and_another_secret_does_not_open_it(desk: Desk) -> None:
    desk.put("mts")
    with desk.room.db.begin() as connection:
        row = connection.execute(text("SELECT password, settings::text FROM link")).one()
    assert "secret" not in str(row)
    other = LinkBook(lambda: Vault(b"t" * 32, "smpp_gateway", "password of the link"))
    with desk.room.db.begin() as connection:
        other.refresh(connection, NOW)
    assert other.specs["mts"].settings is None
    assert "enter the password of the link again" in other.specs["mts"].trouble


def test_a_change_of_the_window_goes_into_the_session_and_one_of_the_host_makes_a_new_one(desk: Desk) -> None:
    link = desk.put("mts")
    desk.pass_seconds(1)
    (runner,) = desk.fleet.runners.values()
    runner.link = SimpleNamespace(settings=runner.settings, state=None)  # type: ignore[assignment]
    link = desk.put("mts", version=link.version, password=None, settings=SETTINGS | {"window": 7})
    desk.pass_seconds(1)
    assert (runner.link.settings.window, desk.anew) == (7, [])  # type: ignore[union-attr]
    desk.put("mts", version=link.version, password=None, settings=SETTINGS | {"host": "127.0.0.2"})
    desk.pass_seconds(1)
    assert desk.anew == [("mts", 1)]
    desk.client.reconnect_operator_link("mts", author="operator")
    desk.pass_seconds(2)
    assert desk.anew == [("mts", 1)] * 2


def test_what_will_not_do_is_told_with_pointers_and_nothing_is_stored(desk: Desk) -> None:
    with pytest.raises(Malformed) as refused:
        desk.put("Мегафон!", binds=0, password=None, settings={"host": "", "port": 99_999, "system_id": "x"})
    pointers = {one["pointer"] for one in refused.value.data["errors"]}
    assert pointers == {"/name", "/binds", "/password", "/settings/host", "/settings/port"}
    assert desk.client.operator_links() == []
    desk.put("mts")
    with pytest.raises(Conflict):
        desk.put("mts", title="Again")


def test_the_environment_gives_main_and_only_the_rest_of_it_is_changed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = LinkSettings(host="smsc", port=2775, system_id="id", password="word", window=20)
    desk = Desk(room, monkeypatch, given)
    desk.pass_seconds(1)
    [link] = desk.client.operator_links()
    assert (link.name, link.settings["host"], set(link.given) >= {"host", "password"}) == ("main", "smsc", True)
    changed = desk.put(
        "main",
        version=link.version,
        password=None,
        settings=link.settings | {"host": "elsewhere", "alphabet": "latin_1"},
    )
    assert (changed.settings["host"], changed.settings["alphabet"]) == ("smsc", "latin_1")
    desk.pass_seconds(1)
    settings = desk.fleet.runners[BindKey("main", 1)].settings
    assert (settings.host, settings.password, settings.alphabet) == ("smsc", "word", "latin_1")
    with pytest.raises(Conflict, match="SMSC_URL"):
        desk.client.delete_operator_link("main", author="operator")
    later = LinkBook(vault, replace(given, host="smsc2"))
    with room.db.begin() as connection:
        later.refresh(connection, NOW)
        assert later.specs["main"].settings.host == "smsc2"  # type: ignore[union-attr]
        assert later.specs["main"].settings.alphabet == "latin_1"  # type: ignore[union-attr]


def test_two_processes_share_the_binds_and_the_one_that_is_left_takes_all(desk: Desk) -> None:
    desk.put("mts", binds=2)
    desk.put("tele2", binds=2)
    other = desk.process("the other one")
    desk.fleet.renew()
    other.renew()
    desk.pass_seconds(2, desk.fleet, other)
    assert [key.number for key in _keys(desk.fleet)] == [1, 1]
    assert [key.number for key in _keys(other)] == [2, 2]
    desk.pass_seconds(14, other)
    assert len(_keys(other)) == 4
    desk.fleet.watch()
    _finished(desk)
    assert _keys(desk.fleet) == [], "it could not renew, and has put its binds down"


def test_a_process_that_comes_later_is_handed_its_share(desk: Desk) -> None:
    desk.put("mts", binds=2)
    desk.pass_seconds(1)
    assert len(desk.fleet.runners) == 2
    other = desk.process("the other one")
    for _ in range(40):
        desk.pass_seconds(1, desk.fleet, other)
        _finished(desk)
        if len(other.runners) == 1:
            break
    assert (len(desk.fleet.runners), len(other.runners)) == (1, 1)


def test_whoever_can_not_renew_puts_down_in_time_and_hurries(desk: Desk) -> None:
    desk.put("mts")
    desk.pass_seconds(1)
    (runner,) = desk.fleet.runners.values()
    desk.seconds[0] += 6.9
    desk.fleet.watch()
    assert desk.fleet.fence.open
    desk.seconds[0] += 0.2
    assert runner.free_window == 0
    assert runner.submit([]) == 0
    desk.fleet.watch()
    _finished(desk)
    assert desk.ended == [(("mts", 1), 2.0)]


def test_what_the_operator_answered_while_the_database_was_away_is_known_when_it_is_back(desk: Desk) -> None:
    room = desk.room
    desk.put("main")
    desk.pass_seconds(1)
    (runner,) = desk.fleet.runners.values()
    ids = room.accept("79030000001", "79030000002", "79030000003")
    room.charging.run_once()
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    with room.db.begin() as connection:
        keys = [key for key, _ in repository_parts.submitting(connection, "main", 1, 10)]
    # It ends for want of the database, with two answers that it could not store.
    runner.unstored = [Response(keys[0], 0, "a1"), Response(keys[1], c.ESME_RTHROTTLED, None)]
    desk.seconds[0] += 8
    desk.fleet.watch()
    _finished(desk)
    desk.pass_seconds(5)
    (after,) = desk.fleet.runners.values()
    after._stopping = True
    after.take_up()
    assert after is not runner
    with room.db.begin() as connection:
        parts = repository_parts.of_messages(connection, ids)
    assert [parts[key][0].state for key in ids] == ["submitted", "waiting", "unresolved"]


def test_a_new_owner_gives_up_what_that_bind_was_submitting_and_nothing_else(desk: Desk) -> None:
    room = desk.room
    desk.put("main", binds=2)
    ids = room.accept("79030000001", "79030000002")
    room.charging.run_once()
    room.sweeping.claim_charged("main")
    room.link.window = 1
    room.submitting.run_once()
    second = type(room.submitting)(room.context, "main", room.link, room.ends, 2)
    second.take_up(10)
    second.run_once()
    runner = LinkRunner(
        room.context,
        BindKey("main", 2),
        room.link.settings,
        room.ends,
        desk.fleet.fence,
        lambda: None,
        None,  # type: ignore[arg-type]
    )
    runner._stopping = True
    runner.take_up()
    with room.db.begin() as connection:
        assert [key.message_id for key, _ in repository_parts.submitting(connection, "main", 1, 10)] == ids[:1]
        assert repository_parts.submitting(connection, "main", 2, 10) == []
        assert repository_parts.unresolved(connection, 10) == 1


def test_each_link_has_its_own_patience_with_what_got_no_response(desk: Desk) -> None:
    room = desk.room
    desk.put("main", unresolved_seconds=30)
    desk.pass_seconds(1)
    (message,) = charged(desk, *numbers(1, 1))
    room.submitting.run_once()
    ends = desk.fleet.ends("main")
    submitting = type(room.submitting)(room.context, "main", room.link, ends)
    submitting.on_lost([room.link.sent[0].key])  # type: ignore[list-item]
    room.clock.advance(29)
    sweeping = Sweeping(room.context, desk.fleet.ends)
    sweeping.overdue("main")
    assert room.work(message).state == "submitted"
    room.clock.advance(2)
    sweeping.overdue("main")
    work = room.work(message)
    assert (work.state, work.reason) == ("unknown", "submit_outcome_unknown")


def test_a_draining_link_stays_bound_and_gets_nothing_new(desk: Desk) -> None:
    room = desk.room
    desk.put("first")
    desk.put("second")
    desk.pass_seconds(2)
    charged(desk, *numbers(1, 2))
    desk.client.drain_operator_link("first", True, author="operator")
    desk.pass_seconds(1)
    room.clock.advance(1)
    while desk.failover.run_once():
        room.clock.advance(1)
    charged(desk, *numbers(3, 1))
    assert queues(room) == {"second": numbers(1, 3)}
    assert ("first", 1) in desk.fleet.runners
    assert desk.client.operator_link_statuses()[0].state == "draining"


def test_one_links_trouble_and_full_window_do_not_hold_up_the_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("bad")
    desk.put("full")
    desk.put("good")
    desk.pass_seconds(1)
    tried: list[str] = []

    def submit_once(runner: LinkRunner) -> bool:
        tried.append(runner.key.link)
        if runner.key.link == "bad":
            raise RuntimeError("trouble")
        return False

    monkeypatch.setattr(LinkRunner, "submit_once", submit_once)
    firsts = set()
    for _ in range(3):
        tried.clear()
        with pytest.raises(RuntimeError):
            desk.fleet.submit_once()
        assert sorted(tried) == ["bad", "full", "good"]
        firsts.add(tried[0])
    assert len(firsts) == 3


def test_memory_is_bounded_for_all_links_together(desk: Desk) -> None:
    context = desk.room.context
    context.limits = replace(context.limits, most_in_memory=100, batch=10)
    works = [desk.room.work(one) for one in desk.room.accept(*numbers(1, 100))]
    for link in ("a", "b"):
        context.queue(link).most = 100
    context.queue("a").put(works[:95])
    assert context.room_of(context.queue("b"))(3) == 10, "a batch of its own, however full the others are"
    context.queue("a").take(60)
    assert context.room_of(context.queue("b"))(3) == 65
