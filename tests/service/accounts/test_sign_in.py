"""Sign-in and sessions: on whose host, for how long, and what ends them."""

import pytest
from argon2 import PasswordHasher

from contracts.errors import TooManyRequests, Unauthenticated
from services.accounts import passwords
from tests.service.accounts.conftest import PASSWORD, World, new_advertiser

ONE, TWO, PLATFORM = "one.example", "two.example", "platform.example"
HOUR = 3600.0


def refused(world: World, **arguments: str) -> str:
    with pytest.raises(Unauthenticated) as error:
        world.sign_in(**arguments)
    return str(error.value)


def alive(world: World, token: str, host: str = ONE) -> bool:
    try:
        world.client.session(host=host, token=token)
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "login", "role"),
    [
        (ONE, "client", "advertiser"),
        (ONE, "Boss", "partner"),
        (TWO, "CLIENT", "advertiser"),
        (PLATFORM, "root", "operator"),
    ],
)
def test_people_sign_in_on_their_own_host(world: World, host: str, login: str, role: str) -> None:
    answer = world.client.sign_in(host=host, login=login, password=PASSWORD, address="192.0.2.1", user_agent="")
    assert answer.principal.role == role
    assert answer.expires_at == "2026-11-29T09:00:00Z"
    assert world.client.session(host=host, token=answer.token) == answer.principal


def test_a_principal_has_the_ids_and_the_zone_of_its_role(world: World) -> None:
    advertiser = world.client.session(host=ONE, token=world.sign_in())
    partner = world.client.session(host=TWO, token=world.sign_in("boss", host=TWO))
    operator = world.client.session(host=PLATFORM, token=world.sign_in("root", host=PLATFORM))
    assert (advertiser.partner_id, advertiser.advertiser_id) == (world.partner_id, world.advertiser_id)
    assert (partner.partner_id, partner.advertiser_id, partner.zone) == (world.other_partner_id, None, "Asia/Omsk")
    assert (operator.partner_id, operator.advertiser_id) == (None, None)


def test_every_refusal_sounds_the_same(world: World) -> None:
    world.client.create_advertiser(world.partner_id, new_advertiser("blocked"))
    blocked = world.client.list_advertisers(world.partner_id, search="blocked").items[0]
    world.client.set_advertiser_state(world.partner_id, blocked.id, "blocked")
    said = {
        refused(world, password="wrong password"),
        refused(world, password=""),
        refused(world, password=PASSWORD + "x" * 200),
        refused(world, login="nobody"),
        refused(world, login="x\x00\ud800"),
        refused(world, login="root"),
        refused(world, host=PLATFORM),
        refused(world, host="unknown.example"),
        refused(world, host="x\x00\ud800"),
        refused(world, login="blocked"),
    }
    assert said == {"The login or the password is wrong."}


def test_an_unknown_login_costs_a_verification_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(passwords, "_matches", lambda stored, octets: calls.append(stored) or False)
    refused(world, login="nobody")
    refused(world)
    assert len(calls) == 2
    assert all(stored.startswith("$argon2id$v=19$m=8,t=1,p=1$") for stored in calls)


def test_the_session_holds_on_its_partners_hosts_only(world: World) -> None:
    hosts = ["a.example", "b.example"]
    world.client.create_partner(name="Three", hosts=hosts, login="boss", password=PASSWORD, zone="Europe/Moscow")
    token = world.sign_in("boss", host="a.example")
    assert alive(world, token, "b.example")
    assert not alive(world, token, ONE)
    assert not alive(world, token, PLATFORM)
    assert not alive(world, world.sign_in("root", host=PLATFORM), ONE)


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "я" * 500])
def test_a_token_that_was_never_given_out_is_refused(world: World, token: str) -> None:
    assert not alive(world, token)


def test_the_token_itself_is_not_stored(world: World) -> None:
    token = world.sign_in()
    assert len(token) >= 43
    assert token not in str(world.query("SELECT s.*, encode(token_hash, 'escape') FROM sessions s"))


def test_a_session_ends_after_twelve_idle_hours(world: World) -> None:
    token = world.sign_in()
    world.clock.advance(12 * HOUR - 1)
    assert alive(world, token)
    world.clock.advance(12 * HOUR - 1)
    assert alive(world, token)
    world.clock.advance(12 * HOUR)
    assert not alive(world, token)


def test_a_session_ends_after_seven_days_however_busy(world: World) -> None:
    token = world.sign_in()
    for _ in range(7 * 4 - 1):
        world.clock.advance(6 * HOUR)
        assert alive(world, token)
    world.clock.advance(6 * HOUR)
    assert not alive(world, token)


def test_last_seen_is_written_once_a_minute_at_most(world: World) -> None:
    token = world.sign_in()
    seen = []
    for _ in range(4):
        world.clock.advance(25)
        assert alive(world, token)
        seen.append(world.query("SELECT last_seen_at FROM sessions")[0][0])
    assert len(set(seen)) == 2


def test_signing_out_ends_this_session_alone(world: World) -> None:
    first, second = world.sign_in(), world.sign_in()
    world.client.sign_out(first)
    world.client.sign_out("unknown")
    assert (alive(world, first), alive(world, second)) == (False, True)


def test_blocking_ends_the_sessions_for_good(world: World) -> None:
    token = world.sign_in()
    assert world.client.set_advertiser_state(world.partner_id, world.advertiser_id, "blocked").state == "blocked"
    assert not alive(world, token)
    refused(world)
    world.client.set_advertiser_state(world.partner_id, world.advertiser_id, "active")
    assert not alive(world, token)
    assert world.sign_in()
    assert world.events() == [[world.advertiser_id]] * 2


def test_a_new_password_ends_the_sessions_and_the_old_password(world: World) -> None:
    token = world.sign_in()
    world.client.set_advertiser_password(world.partner_id, world.advertiser_id, password="another one")
    assert not alive(world, token)
    refused(world)
    assert world.sign_in(password="another one")
    assert world.events() == [[world.advertiser_id]]


def test_a_password_typed_in_another_unicode_form_is_the_same(world: World) -> None:
    world.client.set_advertiser_password(world.partner_id, world.advertiser_id, password="мой пароль")
    assert world.sign_in(password="мои\u0306 пароль")


def test_a_stored_hash_of_an_older_profile_is_renewed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    world.sign_in()
    (stored,) = world.query("SELECT password_hash FROM users WHERE advertiser_id = :id", id=world.advertiser_id)[0]
    assert "m=16,t=2,p=1" in stored
    assert world.sign_in()


def test_the_sign_in_is_noted(world: World) -> None:
    world.clock.advance(60)
    world.sign_in()
    assert world.client.advertiser(world.partner_id, world.advertiser_id).last_sign_in_at == "2026-11-22T09:01:00Z"


def test_guessing_one_login_from_one_address_is_slowed_down(world: World) -> None:
    for _ in range(5):
        refused(world, password="wrong password")
    with pytest.raises(TooManyRequests) as error:
        world.sign_in()
    assert error.value.data == {"retry_after_seconds": 30}
    world.clock.advance(30)
    assert world.sign_in()


def test_an_unknown_login_is_slowed_down_alike(world: World) -> None:
    for _ in range(5):
        refused(world, login="nobody")
    with pytest.raises(TooManyRequests):
        world.sign_in("nobody")


def test_guessing_many_logins_from_one_address_is_slowed_down(world: World) -> None:
    for number in range(30):
        refused(world, login=f"guess{number}")
    with pytest.raises(TooManyRequests):
        world.sign_in("boss")
    assert world.sign_in("boss", address="192.0.2.2")


def test_strangers_cannot_lock_the_owner_out(world: World) -> None:
    world.sign_in()
    for number in range(50):
        refused(world, password="wrong password", address=f"198.51.100.{number}")
    with pytest.raises(TooManyRequests):
        world.sign_in(address="203.0.113.7")
    assert world.sign_in()


def test_signing_in_rightly_is_never_slowed_down(world: World) -> None:
    for _ in range(60):
        world.sign_in()


def test_old_sessions_are_purged(world: World) -> None:
    world.sign_in()
    world.clock.advance(61 * 24 * HOUR)
    token = world.sign_in()
    from services.accounts import credentials_repository

    with world.db.begin() as connection:
        assert credentials_repository.purge_sessions(connection, world.clock.now()) == 1
    assert alive(world, token)
