"""«В кабинет»: with a reason and the password, half an hour, one cabinet at a time, under the visitor's own session."""

import pytest

from contracts.accounts_own import CabinetSession, CabinetVisit
from contracts.errors import Conflict, Forbidden, Malformed, NotFound, Unauthenticated
from tests.service.accounts.conftest import PASSWORD, World, new_advertiser

HOST = "one.example"


def enter(world: World, token: str, **changes: str) -> CabinetVisit:
    values = {"advertiser_id": world.advertiser_id, "reason": "To help with a mailing", "password": PASSWORD}
    return world.client.enter_cabinet(**{"host": HOST, "token": token, "address": "192.0.2.1", **values, **changes})


def inside(world: World, token: str) -> CabinetSession:
    return world.client.cabinet_session(host=HOST, token=token)


def role(world: World, token: str) -> str:
    return inside(world, token).principal.role


def problems(error: pytest.ExceptionInfo) -> dict[str, str]:
    return {one["pointer"]: one["code"] for one in error.value.data["errors"]}


@pytest.mark.parametrize("login", ["boss", "anna"])
def test_the_visitor_acts_in_the_cabinet_and_stays_itself_elsewhere(world: World, login: str) -> None:
    world.manager()
    token = world.sign_in(login)
    assert (role(world, token), inside(world, token).visit) != ("advertiser", None)
    visit = enter(world, token)
    found = inside(world, token)
    assert found.actor is not None
    assert (found.principal.login, found.principal.advertiser_id) == ("client", world.advertiser_id)
    assert (found.actor.login, found.visit) == (login, visit)
    assert (visit.actor_login, visit.login, visit.expires_at) == (login, "client", "2026-11-22T09:30:00Z")
    assert world.client.session(host=HOST, token=token).login == login


def test_the_advertisers_own_session_is_its_own(world: World) -> None:
    found = inside(world, world.sign_in())
    assert (found.principal.role, found.actor, found.visit) == ("advertiser", None, None)


def test_a_visit_ends_after_half_an_hour_however_busy(world: World) -> None:
    token = world.sign_in("boss")
    enter(world, token)
    for _ in range(29):
        world.clock.advance(60)
        assert role(world, token) == "advertiser"
    world.clock.advance(60)
    assert role(world, token) == "partner"
    assert enter(world, token).started_at == "2026-11-22T09:30:00Z"


def test_leaving_returns_to_the_own_session_which_went_on(world: World) -> None:
    token = world.sign_in("boss")
    visit = enter(world, token)
    world.clock.advance(120)
    left = world.client.leave_cabinet(host=HOST, token=token)
    assert left is not None
    assert (left.id, left.ended_at) == (visit.id, "2026-11-22T09:02:00Z")
    assert (role(world, token), world.alive(token)) == ("partner", True)
    assert world.client.leave_cabinet(host=HOST, token=token) is None


def test_visits_are_never_nested(world: World) -> None:
    second = world.client.create_advertiser(world.partner_id, new_advertiser("second")).id
    token = world.sign_in("boss")
    enter(world, token)
    with pytest.raises(Conflict) as error:
        enter(world, token, advertiser_id=second)
    assert problems(error) == {"/form": "cabinet_not_here"}
    assert inside(world, token).principal.advertiser_id == world.advertiser_id


def test_an_advertiser_enters_nothing_nor_does_a_manager_without_the_right(world: World) -> None:
    world.manager(rights=["clients", "settings"])
    for login in ("client", "anna"):
        with pytest.raises(Forbidden):
            enter(world, world.sign_in(login))
    with pytest.raises(Forbidden):
        token = world.sign_in("root", host="platform.example")
        enter(world, token, host="platform.example")


def test_the_advertiser_of_another_partner_is_as_absent_as_none(world: World) -> None:
    token = world.sign_in("boss")
    for foreign in (world.other_advertiser_id, world.partner_id, "x", ""):
        with pytest.raises(NotFound):
            enter(world, token, advertiser_id=foreign)
    assert world.query("SELECT 1 FROM cabinet_visits") == []


def test_a_reason_and_the_own_password_are_asked_for(world: World) -> None:
    token = world.sign_in("boss")
    for changes, told in (
        ({"reason": " "}, {"/reason": "required"}),
        ({"reason": "why"}, {"/reason": "reason_short"}),
        ({"reason": "x" * 201}, {"/reason": "too_long"}),
        ({"password": "wrong one"}, {"/password": "own_password_wrong"}),
    ):
        with pytest.raises(Malformed) as error:
            enter(world, token, **changes)
        assert problems(error) == told
    assert role(world, token) == "partner"


def test_a_blocked_advertiser_is_not_entered_and_blocking_ends_a_visit(world: World) -> None:
    token = world.sign_in("boss")
    enter(world, token)
    world.client.set_advertiser_state(world.partner_id, world.advertiser_id, "blocked")
    assert role(world, token) == "partner"
    world.client.leave_cabinet(host=HOST, token=token)
    with pytest.raises(Conflict):
        enter(world, token)


def test_blocking_signing_out_or_losing_the_right_ends_the_visit(world: World) -> None:
    made, boss = world.manager(), world.person()
    token = world.sign_in("anna")
    enter(world, token)
    world.client.set_manager_state(world.partner_id, made.id, "blocked", actor_id=boss)
    with pytest.raises(Unauthenticated):
        inside(world, token)
    world.client.set_manager_state(world.partner_id, made.id, "active", actor_id=boss)
    token = world.sign_in("anna")
    assert role(world, token) == "manager"
    enter(world, token)
    world.query("UPDATE users SET rights = '{clients}' WHERE login = 'anna' RETURNING 1")
    assert role(world, token) == "manager"
    own = world.sign_in("boss")
    enter(world, own)
    world.client.sign_out(own)
    with pytest.raises(Unauthenticated):
        inside(world, own)


def test_a_visit_belongs_to_one_session_alone(world: World) -> None:
    first, second = world.sign_in("boss"), world.sign_in("boss")
    enter(world, first)
    assert (role(world, first), role(world, second)) == ("advertiser", "partner")


def test_the_advertiser_sees_who_came_when_why_and_until_when(world: World) -> None:
    token = world.sign_in("boss")
    enter(world, token, reason="First  time")
    world.clock.advance(60)
    world.client.leave_cabinet(host=HOST, token=token)
    enter(world, token, reason="Second time")
    world.clock.advance(60)
    world.client.sign_out(token)
    seen = world.client.cabinet_visits(world.partner_id, world.advertiser_id)
    assert [(one.reason, one.actor_login, one.started_at, one.ended_at) for one in seen] == [
        ("Second time", "boss", "2026-11-22T09:01:00Z", "2026-11-22T09:02:00Z"),
        ("First time", "boss", "2026-11-22T09:00:00Z", "2026-11-22T09:01:00Z"),
    ]
    assert world.client.cabinet_visits(world.other_partner_id, world.advertiser_id) == []
