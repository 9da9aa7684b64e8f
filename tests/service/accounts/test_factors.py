"""The second step: a half-finished sign-in opens nothing, a code is good once, and who may reset it."""

import pytest

from contracts.accounts import SignedIn
from contracts.errors import Conflict, Forbidden, Malformed, NotFound, TooManyRequests, Unauthenticated
from kit.settings import Settings
from services.accounts.totp import code_at, step_at
from tests.service.accounts.conftest import PASSWORD, World, process

HOST, ADDRESS = "one.example", "192.0.2.1"


def begins(world: World, login: str = "boss", host: str = HOST) -> SignedIn:
    return world.client.sign_in(host=host, login=login, password=PASSWORD, address=ADDRESS, user_agent="")


def code(world: World, secret: str, steps: int = 0) -> str:
    return code_at(secret, step_at(world.clock.now()) + steps)


def switch_on(world: World, login: str = "boss", host: str = HOST) -> tuple[str, list[str]]:
    """(secret, recovery codes); the next code is good, as the one that confirmed is of a step that is over."""
    token = begins(world, login, host).token
    secret = world.client.begin_factor(host=host, token=token, password=PASSWORD, address=ADDRESS).secret
    codes = world.client.confirm_factor(host=host, token=token, code=code(world, secret), address=ADDRESS)
    world.clock.advance(30)
    return secret, codes


def second(world: World, token: str, given: str, host: str = HOST, address: str = ADDRESS) -> SignedIn:
    return world.client.second_step(host=host, token=token, code=given, address=address, user_agent="")


def wrong(world: World, token: str, given: str, address: str = ADDRESS) -> None:
    with pytest.raises(Malformed) as error:
        second(world, token, given, address=address)
    assert [one["code"] for one in error.value.data["errors"]] == ["code_wrong"]


@pytest.mark.parametrize(("login", "host"), [("boss", HOST), ("root", "platform.example"), ("anna", HOST)])
def test_with_the_second_step_on_a_password_alone_opens_nothing(world: World, login: str, host: str) -> None:
    world.manager()
    secret, _ = switch_on(world, login, host)
    half = begins(world, login, host)
    assert (half.step, world.alive(half.token, host)) == ("code", False)
    whole = second(world, half.token, code(world, secret), host)
    assert (whole.step, whole.principal.login, world.alive(whole.token, host)) == ("", login, True)
    assert not world.alive(half.token, host)


def test_a_half_finished_sign_in_is_no_session_for_anything(world: World) -> None:
    switch_on(world)
    token = begins(world).token
    who = {"host": HOST, "token": token}
    client = world.client
    refused = [
        lambda: client.session(**who),
        lambda: client.cabinet_session(**who),
        lambda: client.own_sessions(**who),
        lambda: client.end_other_sessions(**who),
        lambda: client.factor(**who),
        lambda: client.first_factor(**who),
        lambda: client.pending_factor(**who),
        lambda: client.confirm_first_factor(**who, code="000000", address=ADDRESS, user_agent=""),
        lambda: client.begin_factor(**who, password=PASSWORD, address=ADDRESS),
        lambda: client.drop_factor(**who, password=PASSWORD, code="000000", address=ADDRESS),
        lambda: client.change_own_password(**who, old=PASSWORD, new="another one", address=ADDRESS),
        lambda: client.leave_cabinet(**who),
        lambda: client.enter_cabinet(
            **who, advertiser_id=world.advertiser_id, reason="to help", password=PASSWORD, address=ADDRESS
        ),
        lambda: client.second_step(host="two.example", token=token, code="000000", address=ADDRESS, user_agent=""),
    ]
    for call in refused:
        with pytest.raises(Unauthenticated):
            call()


def test_a_code_is_accepted_once_and_never_an_older_one(world: World) -> None:
    secret, _ = switch_on(world)
    given = code(world, secret)
    second(world, begins(world).token, given)
    half = begins(world).token
    wrong(world, half, given)
    wrong(world, half, code(world, secret, -1))
    second(world, half, code(world, secret, +1))


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(world: World, steps: int, good: bool) -> None:
    secret, _ = switch_on(world)
    world.clock.advance(120)
    half = begins(world).token
    given = code(world, secret, steps)
    if good:
        assert second(world, half, f" {given[:3]} {given[3:]} ").token
    else:
        wrong(world, half, given)


def test_a_wrong_code_stands_in_the_journal(world: World) -> None:
    switch_on(world)
    wrong(world, begins(world).token, "00000a")
    query = "SELECT login, outcome, code FROM audit_entries WHERE action = 'person.sign_in_refused' AND chain_id = :id"
    rows = world.query(query, id=world.partner_id)
    assert [tuple(row) for row in rows] == [("boss", "refused", "code_wrong")]


def test_a_recovery_code_is_good_once(world: World) -> None:
    _, codes = switch_on(world)
    assert len(set(codes)) == 10
    token = second(world, begins(world).token, codes[0].lower()).token
    assert world.client.factor(host=HOST, token=token).codes_left == 9
    wrong(world, begins(world).token, codes[0])


def test_five_wrong_codes_or_five_minutes_end_the_half_finished_sign_in(world: World) -> None:
    secret, _ = switch_on(world)
    half = begins(world).token
    for number in range(5):
        wrong(world, half, "00000a", f"192.0.2.{number}")
    with pytest.raises(Unauthenticated):
        second(world, half, code(world, secret))
    late = begins(world).token
    world.clock.advance(300)
    with pytest.raises(Unauthenticated):
        second(world, late, code(world, secret))


def test_guessing_codes_in_ever_new_sign_ins_is_slowed_down(world: World) -> None:
    secret, _ = switch_on(world)
    for number in range(20):
        wrong(world, begins(world).token, "00000a", f"192.0.2.{number}")
    with pytest.raises(TooManyRequests):
        second(world, begins(world).token, code(world, secret), address="192.0.2.99")


def test_the_secret_is_sealed_and_recovery_codes_are_hashed(world: World) -> None:
    secret, codes = switch_on(world)
    kept = str(
        world.query("SELECT f.*, encode(code_hash, 'escape') FROM factors f JOIN recovery_codes USING (user_id)")
    )
    assert secret not in kept
    assert not any(one in kept or one.replace("-", "") in kept for one in codes)


def test_switching_on_and_off_asks_for_the_password_and_a_code_and_ends_other_sessions(world: World) -> None:
    elsewhere, token = begins(world).token, begins(world).token
    who = {"host": HOST, "token": token}
    with pytest.raises(Malformed):
        world.client.begin_factor(**who, password="wrong one", address=ADDRESS)
    pending = world.client.begin_factor(**who, password=PASSWORD, address=ADDRESS)
    assert world.client.pending_factor(**who) == pending
    assert pending.uri.startswith("otpauth://totp/One%3Aboss?secret=")
    with pytest.raises(Malformed):
        world.client.confirm_factor(**who, code="000000x", address=ADDRESS)
    assert not world.client.factor(**who).on
    world.client.confirm_factor(**who, code=code(world, pending.secret), address=ADDRESS)
    assert (world.alive(token), world.alive(elsewhere)) == (True, False)
    assert world.client.pending_factor(**who) is None
    with pytest.raises(Conflict):
        world.client.begin_factor(**who, password=PASSWORD, address=ADDRESS)
    world.clock.advance(30)
    for password, given in (("wrong one", code(world, pending.secret)), (PASSWORD, "000000x")):
        with pytest.raises(Malformed):
            world.client.drop_factor(**who, password=password, code=given, address=ADDRESS)
    world.client.drop_factor(**who, password=PASSWORD, code=code(world, pending.secret), address=ADDRESS)
    assert begins(world).step == ""


def test_a_secret_that_nobody_confirms_is_gone_after_a_quarter_of_an_hour(world: World) -> None:
    who = {"host": HOST, "token": begins(world).token}
    secret = world.client.begin_factor(**who, password=PASSWORD, address=ADDRESS).secret
    world.clock.advance(15 * 60)
    assert world.client.pending_factor(**who) is None
    with pytest.raises(Malformed):
        world.client.confirm_factor(**who, code=code(world, secret), address=ADDRESS)


def test_advertisers_are_not_offered_it(world: World) -> None:
    who = {"host": HOST, "token": world.sign_in()}
    assert not world.client.factor(**who).offered
    with pytest.raises(Conflict):
        world.client.begin_factor(**who, password=PASSWORD, address=ADDRESS)


def test_where_the_partner_asks_for_it_new_sign_ins_set_it_up_first(world: World) -> None:
    world.manager()
    world.client.require_factor(world.partner_id, required=True)
    assert world.client.factor_required(world.partner_id)
    assert not world.client.factor_required(world.other_partner_id)
    assert (world.sign_in(), begins(world, host="two.example").step) != ("", "setup")
    half = begins(world, "anna")
    assert (half.step, world.alive(half.token)) == ("setup", False)
    pending = world.client.first_factor(host=HOST, token=half.token)
    assert world.client.first_factor(host=HOST, token=half.token) == pending
    with pytest.raises(Unauthenticated):
        second(world, half.token, code(world, pending.secret))
    whole = world.client.confirm_first_factor(
        host=HOST, token=half.token, code=code(world, pending.secret), address=ADDRESS, user_agent=""
    )
    assert (len(whole.codes), world.alive(whole.signed_in.token)) == (10, True)
    assert begins(world, "anna").step == "code"
    world.clock.advance(30)
    with pytest.raises(Conflict):
        world.client.drop_factor(
            host=HOST,
            token=whole.signed_in.token,
            password=PASSWORD,
            code=code(world, pending.secret),
            address=ADDRESS,
        )


def test_the_operator_may_be_asked_for_it_by_a_setting(world: World) -> None:
    strict = process(
        world.db, world.clock, world.gate, settings=Settings(secret_key="s" * 32, operator_totp="required")
    )
    asked = {"password": PASSWORD, "address": ADDRESS, "user_agent": ""}
    assert strict.sign_in(host="platform.example", login="root", **asked).step == "setup"
    assert strict.sign_in(host=HOST, login="boss", **asked).step == ""


def test_the_partner_resets_it_for_a_manager_and_the_operator_for_a_partner(world: World) -> None:
    made, other = world.manager(), world.manager("olga")
    switch_on(world, "anna")
    token = world.sign_in("olga")
    assert world.client.manager(world.partner_id, made.id).second_factor
    with pytest.raises(Forbidden):
        world.client.reset_manager_factor(world.partner_id, made.id, actor_id=other.id)
    with pytest.raises(NotFound):
        theirs = world.person(host="two.example")
        world.client.reset_manager_factor(world.other_partner_id, made.id, actor_id=theirs)
    world.client.reset_manager_factor(world.partner_id, made.id, actor_id=world.person())
    assert begins(world, "anna").step == ""
    switch_on(world, "boss")
    assert world.client.reset_partner_factor(world.partner_id) == 1
    assert begins(world).step == ""
    assert world.alive(token)


def test_after_a_change_of_the_platforms_secret_a_recovery_code_still_opens_the_account(world: World) -> None:
    secret, codes = switch_on(world)
    world.client = process(world.db, world.clock, world.gate, settings=Settings(secret_key="t" * 32))
    half = begins(world).token
    wrong(world, half, code(world, secret))
    assert second(world, half, codes[0]).token
