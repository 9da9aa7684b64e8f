"""Links as their operator changes them, in a process that has their binds, and where what waits goes when one is down."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import text

from contracts.errors import Conflict, Malformed, NotFound
from contracts.smpp_gateway import SmppGatewayClient
from contracts.smpp_links import LinkChange
from kit.vault import Vault
from services.smpp_gateway import constants as c
from services.smpp_gateway import repository_parts
from services.smpp_gateway.context import Context
from services.smpp_gateway.expiring import end_late
from services.smpp_gateway.failover import Failover
from services.smpp_gateway.fleet import Fleet
from services.smpp_gateway.lease import BindKey, Fence
from services.smpp_gateway.link_book import LinkBook
from services.smpp_gateway.link_changing import LinkChanging
from services.smpp_gateway.link_runner import LinkRunner
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_types import Response
from services.smpp_gateway.repository_leases import Report
from services.smpp_gateway.routing import NoRoutes
from services.smpp_gateway.service import SmppGatewayService
from services.smpp_gateway.submitting import Submitting
from services.smpp_gateway.sweeping import Sweeping
from tests.service.smpp_gateway.rooms import NOW, PRICE, Room

SECRET = b"s" * 32
SETTINGS = {"host": "127.0.0.1", "port": 1, "system_id": "golub"}


def _vault() -> Vault:
    return Vault(SECRET, "smpp_gateway", "password of the link")


class Desk:
    """A process with its links. Its sessions are played: `states` says of each link what they are."""

    def __init__(self, room: Room, monkeypatch: pytest.MonkeyPatch, given: LinkSettings | None = None) -> None:
        self.room, self.seconds = room, [0.0]
        self.states: dict[str, str] = {}
        self.ended: list[tuple[BindKey, float]] = []
        self.anew: list[BindKey] = []
        monkeypatch.setattr(LinkRunner, "start", lambda _: None)
        monkeypatch.setattr(LinkRunner, "stop", lambda one, seconds: self.ended.append((one.key, seconds)))
        monkeypatch.setattr(LinkRunner, "reconnect", lambda one, reason: self.anew.append(one.key))
        monkeypatch.setattr(LinkRunner, "report", lambda one: self._report(one))
        self.fleet = self.process("this one", given)
        self.failover = Failover(room.context, self.fleet)
        room.context.router = NoRoutes(self.fleet.statuses)
        gateway = SimpleNamespace(fleet=self.fleet, links=LinkChanging(room.context, _vault))
        service = worker_factory(SmppGatewayService, db=room.db, clock=room.clock, gateway=gateway)
        self.client = SmppGatewayClient(lambda _s, method, arguments, _t: getattr(service, method)(**arguments))

    def process(self, name: str, given: LinkSettings | None = None) -> Fleet:
        context = self.room.context if not hasattr(self, "fleet") else _like(self.room.context)
        fence = Fence(lambda: self.seconds[0])
        return Fleet(context, LinkBook(_vault, given), name, fence=fence, moment=self.room.clock.now)

    def _report(self, runner: LinkRunner) -> Any:
        return Report(self.states.get(runner.key.link, "bound"), 0, "", 0)

    def put(self, name: str, **changes: Any) -> Any:
        given = {"title": name.title(), "binds": 1, "settings": SETTINGS, "version": 0, "password": "secret", **changes}
        return self.client.put_operator_link(LinkChange(name=name, **given), author="operator")

    def pass_seconds(self, seconds: float, *fleets: Fleet) -> None:
        """Second by second, each process doing what it does each second."""
        for _ in range(int(seconds)):
            self.seconds[0] += 1
            self.room.clock.advance(1)
            for fleet in fleets or (self.fleet,):
                fleet.renew()
                fleet.look()
                fleet.watch()


def _like(context: Context) -> Context:
    return replace(context)


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
    later = LinkBook(_vault, replace(given, host="smsc2"))
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
        keys = repository_parts.submitting(connection, "main", 1, 10)
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
        assert [key.message_id for key in repository_parts.submitting(connection, "main", 1, 10)] == ids[:1]
        assert repository_parts.submitting(connection, "main", 2, 10) == []
        assert repository_parts.unresolved(connection, 10) == 1


def _queues(room: Room) -> dict[str, list[str]]:
    """Recipients by link, in the order in which they would be claimed."""
    statement = "SELECT link, recipient FROM message WHERE state = 'charged' ORDER BY link, due_at, id"
    found: dict[str, list[str]] = {}
    with room.db.begin() as connection:
        for link, recipient in connection.execute(text(statement)):
            found.setdefault(link, []).append(recipient)
    return found


def _charged(desk: Desk, *recipients: str) -> list[str]:
    ids = desk.room.accept(*recipients)
    while desk.room.sweeping.claim_accepted() or desk.room.charging.run_once():
        pass
    return ids


def _numbers(first: int, count: int) -> list[str]:
    return [f"7903{number:07d}" for number in range(first, first + count)]


def test_what_waits_for_a_link_that_stays_down_goes_to_the_next_in_order_and_does_not_come_back(desk: Desk) -> None:
    room = desk.room
    desk.put("first")
    desk.put("second")
    desk.pass_seconds(2)
    _charged(desk, *_numbers(1, 3))
    desk.pass_seconds(1)
    _charged(desk, *_numbers(4, 3))
    assert _queues(room) == {"first": _numbers(1, 6)}
    desk.states["first"] = "down"
    desk.pass_seconds(4)
    desk.failover.run_once()
    assert "second" not in _queues(room), "it may come back soon"
    desk.pass_seconds(3)
    _charged(desk, *_numbers(7, 1))
    while desk.failover.run_once():
        room.clock.advance(1)
    assert _queues(room) == {"second": _numbers(1, 7)}
    _charged(desk, *_numbers(8, 1))
    assert _queues(room) == {"second": _numbers(1, 8)}, "nothing waits for the first any more: what is new goes past it"
    desk.states["first"] = "bound"
    desk.pass_seconds(2)
    room.clock.advance(1)
    desk.failover.run_once()
    _charged(desk, *_numbers(9, 1))
    assert _queues(room) == {"second": _numbers(1, 8), "first": _numbers(9, 1)}


def test_what_an_operator_has_or_may_have_stays_and_what_it_did_not_take_goes(desk: Desk) -> None:
    room = desk.room
    desk.put("main")
    desk.put("second")
    desk.pass_seconds(2)
    throttled, silent, untouched = _charged(desk, *_numbers(1, 3))
    half = room.accept(_numbers(4, 1)[0], text="я" * 150)[0]
    room.charging.run_once()
    room.link.window = 2
    room.submitting.run_once()
    room.submitting.on_responses([_response(room, 0, 0x58)])
    room.submitting.on_lost([room.link.sent[1].key])  # type: ignore[list-item]
    room.link.window = 1
    in_memory = room.context.queue("main").take(100)
    room.context.queue("main").put([one for one in in_memory if one.id == half])
    room.link.window = 100
    room.submitting.run_once()
    room.submitting.on_responses([_response(room, 2, 0), _response(room, 3, 0x58), _response(room, 4, 0)])
    desk.client.enable_operator_link("main", False, author="operator")
    desk.pass_seconds(35)
    while desk.failover.run_once():
        room.clock.advance(1)
    links = {key: room.work(key).link for key in (throttled, silent, untouched, half)}
    assert links == {throttled: "second", untouched: "second", silent: "main", half: "main"}
    with pytest.raises(Conflict, match="Messages wait"):
        desk.client.delete_operator_link("main", author="operator")


def _response(room: Room, index: int, status: int) -> Any:
    return Response(room.link.sent[index].key, status, f"id{index}" if status == 0 else None)


def test_without_another_link_messages_wait_for_theirs_and_say_so(desk: Desk) -> None:
    room = desk.room
    desk.put("only")
    desk.pass_seconds(2)
    _charged(desk, *_numbers(1, 2))
    desk.states["only"] = "down"
    desk.pass_seconds(8)
    assert not desk.failover.run_once()
    assert _queues(room) == {"only": _numbers(1, 2)}
    assert not desk.fleet.is_up("only")
    [status] = desk.client.operator_link_statuses()
    assert (status.state, status.waiting, status.binds[0].owner) == ("down", 2, "this one")
    [view] = desk.client.links()
    assert (view.name, view.state, view.waiting) == ("only", "down", 2)


def test_what_waits_for_a_link_that_never_comes_back_ends_with_its_validity_and_costs_nothing(desk: Desk) -> None:
    room = desk.room
    desk.put("only")
    desk.pass_seconds(2)
    (message,) = _charged(desk, *_numbers(1, 1))
    desk.client.enable_operator_link("only", False, author="operator")
    desk.pass_seconds(35)
    desk.failover.run_once()
    assert room.work(message).state == "charged"
    room.clock.advance(7_200)
    desk.failover.run_once()
    work = room.work(message)
    assert (work.state, work.reason) == ("expired", "held_too_long")
    room.settling.run_once()
    assert room.work(message).charged == 0
    desk.client.delete_operator_link("only", author="operator")


def test_a_part_that_waits_for_a_link_that_never_comes_back_ends_with_its_validity_beside_one_that_went(
    desk: Desk,
) -> None:
    room = desk.room
    desk.put("only")
    desk.pass_seconds(2)
    (message,) = room.accept(*_numbers(1, 1), text="я" * 150)
    room.charging.run_once()
    room.sweeping.claim_charged("only")
    Submitting(room.context, "only", room.link, desk.fleet.ends("only")).run_once()
    room.submitting.on_responses([_response(room, 0, 0), _response(room, 1, 0x58), _response(room, 2, 0)])
    desk.client.enable_operator_link("only", False, author="operator")
    desk.pass_seconds(35)
    desk.failover.run_once()
    assert room.work(message).state == "charged"
    room.clock.advance(7_200)
    end_late(room.context, desk.fleet.ends)
    assert room.work(message).state == "submitted", "what went may still have its receipt"
    room.clock.advance(7_200)
    Sweeping(room.context, desk.fleet.ends).overdue("only")
    assert (room.work(message).state, room.work(message).reason) == ("expired", "held_too_long")
    room.settling.run_once()
    work = room.work(message)
    assert work.due_at is None and work.charged == PRICE * (work.parts - 1)
    desk.client.delete_operator_link("only", author="operator")


def test_each_link_has_its_own_patience_with_what_got_no_response(desk: Desk) -> None:
    room = desk.room
    desk.put("main", unresolved_seconds=30)
    desk.pass_seconds(1)
    (message,) = _charged(desk, *_numbers(1, 1))
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
    _charged(desk, *_numbers(1, 2))
    desk.client.drain_operator_link("first", True, author="operator")
    desk.pass_seconds(1)
    room.clock.advance(1)
    while desk.failover.run_once():
        room.clock.advance(1)
    _charged(desk, *_numbers(3, 1))
    assert _queues(room) == {"second": _numbers(1, 3)}
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
    works = [desk.room.work(one) for one in desk.room.accept(*_numbers(1, 100))]
    for link in ("a", "b"):
        context.queue(link).most = 100
    context.queue("a").put(works[:95])
    assert context.room_of(context.queue("b"))(3) == 10, "a batch of its own, however full the others are"
    context.queue("a").take(60)
    assert context.room_of(context.queue("b"))(3) == 65
