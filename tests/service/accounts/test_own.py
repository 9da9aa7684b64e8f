"""People's own account: a new password asks for the old one, sessions are seen and ended."""

import pytest

from contracts.errors import Malformed, NotFound, TooManyRequests, Unauthenticated
from tests.service.accounts.conftest import PASSWORD, World

HOST = "one.example"


def change(world: World, token: str, old: str = PASSWORD, new: str = "another one") -> None:
    world.client.change_own_password(host=HOST, token=token, old=old, new=new, address="192.0.2.1")


def problems(error: pytest.ExceptionInfo) -> dict[str, str]:
    return {one["pointer"]: one["code"] for one in error.value.data["errors"]}


@pytest.mark.parametrize("login", ["client", "boss"])
def test_a_new_password_of_ones_own_ends_the_other_sessions_alone(world: World, login: str) -> None:
    here, elsewhere = world.sign_in(login), world.sign_in(login)
    change(world, here)
    assert (world.alive(here), world.alive(elsewhere)) == (True, False)
    with pytest.raises(Unauthenticated):
        world.sign_in(login)
    assert world.sign_in(login, "another one")
    assert world.events() == ([[world.advertiser_id]] if login == "client" else [])


def test_the_old_password_is_asked_for_and_a_weak_new_one_is_refused(world: World) -> None:
    token = world.sign_in()
    with pytest.raises(Malformed) as error:
        change(world, token, old="wrong one")
    assert problems(error) == {"/old_password": "own_password_wrong"}
    for new, code in (
        ("short", "password_too_short"),
        ("password", "password_too_common"),
        ("x" * 129, "password_too_long"),
    ):
        with pytest.raises(Malformed) as error:
            change(world, token, new=new)
        assert problems(error) == {"/new_password": code}
    assert world.sign_in()


def test_guessing_the_old_password_in_a_stolen_session_is_slowed_down(world: World) -> None:
    token = world.sign_in()
    for _ in range(5):
        with pytest.raises(Malformed):
            change(world, token, old="wrong one")
    with pytest.raises(TooManyRequests):
        change(world, token)


def test_people_see_their_own_sessions_and_end_one_or_all_others(world: World) -> None:
    here = world.sign_in(user_agent="Firefox")
    world.clock.advance(60)
    for place in ("192.0.2.7", "192.0.2.8", "192.0.2.9"):
        world.sign_in(address=place)
    world.sign_in("boss")
    found = world.client.own_sessions(host=HOST, token=here)
    assert {one.address for one in found} == {"192.0.2.1", "192.0.2.7", "192.0.2.8", "192.0.2.9"}
    assert [one.user_agent for one in found if one.current] == ["Firefox"]
    other = next(one for one in found if one.address == "192.0.2.7")
    world.client.end_own_session(host=HOST, token=here, session_id=other.id)
    assert len(world.client.own_sessions(host=HOST, token=here)) == 3
    assert world.client.end_other_sessions(host=HOST, token=here) == 2
    assert [one.current for one in world.client.own_sessions(host=HOST, token=here)] == [True]


def test_the_session_of_another_person_is_not_found(world: World) -> None:
    mine, theirs = world.sign_in(), world.sign_in("boss")
    (foreign,) = world.client.own_sessions(host=HOST, token=theirs)
    for session_id in (foreign.id, "x", ""):
        with pytest.raises(NotFound):
            world.client.end_own_session(host=HOST, token=mine, session_id=session_id)
    assert world.alive(theirs)


def test_an_ended_session_asks_for_nothing_any_more(world: World) -> None:
    token = world.sign_in()
    world.client.sign_out(token)
    with pytest.raises(Unauthenticated):
        world.client.own_sessions(host=HOST, token=token)
    with pytest.raises(Unauthenticated):
        change(world, token)
