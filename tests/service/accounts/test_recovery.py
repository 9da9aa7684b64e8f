"""Forgotten passwords: who gets a link, how often, and what it can do; the registration letter; the zones of a partner."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.accounts_recovery import PersonalLetter
from contracts.errors import Conflict, Malformed, NotFound, TooManyRequests, Unauthenticated
from contracts.wire import from_wire
from kit.settings import Settings
from kit.vault import Sealed, letter_owner, letters_vault
from services.accounts import recovery
from tests.service.accounts.conftest import PASSWORD, START, World, client_of, new_advertiser, service_of

NEW = "a new long password"


class Desk:
    """The service itself, for its loop, and what is in its letters."""

    def __init__(self, world: World, **settings: str) -> None:
        self.world = world
        self.settings = Settings(secret_key="s" * 32, **settings)
        self.service = service_of(world.db, world.clock, world.gate, settings=self.settings)
        self.client = client_of(self.service)
        self.places = 0

    def ask(self, wanted: str, host: str = "one.example", *, place: str = "") -> list[PersonalLetter]:
        """The letters that this request brings."""
        self.places += 1
        before = len(self.letters())
        self.client.ask_recovery(host=host, wanted=wanted, address=place or f"198.51.100.{self.places % 250}")
        self.service.send_recoveries()
        return self.letters()[before:]

    def letters(self) -> list[PersonalLetter]:
        rows = self.world.query(
            "SELECT envelope -> 'data' -> 'items' FROM outbox WHERE name = 'letters_asked' ORDER BY id"
        )
        return [from_wire(PersonalLetter, item) for row in rows for item in row[0]]

    def secrets(self, letter: PersonalLetter) -> dict[str, str]:
        return letters_vault(self.settings).open(letter_owner(letter.id), Sealed(letter.key_id, letter.sealed))

    def token(self, letter: PersonalLetter) -> str:
        return self.secrets(letter)["FORGET"].rpartition("/")[2]


@pytest.fixture
def desk(world: World) -> Desk:
    world.client.create_advertiser(world.partner_id, new_advertiser("anna", email="Anna@Shop.example", name="Анна"))
    return Desk(world)


def test_whoever_is_not_there_gets_the_same_answer_and_nobody_is_looked_up_for_it(desk: Desk) -> None:
    for wanted in ("anna", "nobody", "anna@shop.example", "x" * 5_000, "a\0b", "", "'; --"):
        assert desk.client.ask_recovery(host="one.example", wanted=wanted, address="192.0.2.1") is None
    assert desk.letters() == []
    desk.service.send_recoveries()
    assert {letter.login for letter in desk.letters()} == {"anna"}
    assert desk.world.query("SELECT count(*) FROM recovery_requests")[0][0] == 0


@pytest.mark.parametrize("wanted", ["anna", " ANNA ", "anna@shop.example", "ANNA@SHOP.EXAMPLE"])
def test_a_link_goes_to_the_address_of_the_login_or_e_mail(desk: Desk, wanted: str) -> None:
    (letter,) = desk.ask(wanted)
    assert (letter.kind, letter.login, letter.email, letter.brand) == ("recovery", "anna", "Anna@Shop.example", "One")
    assert desk.secrets(letter)["FORGET"].startswith("http://one.example:8080/recovery/")
    token = desk.token(letter)
    assert token not in str(letter) and len(token) >= 43
    stored = desk.world.query("SELECT * FROM recoveries")
    assert len(stored) == 1 and token not in str(stored) and token.encode() not in bytes(stored[0].token_hash)
    assert desk.client.recovery(host="one.example", token=token).login == "anna"


def test_the_link_is_built_from_the_stored_host(desk: Desk) -> None:
    secure = Desk(desk.world, https="1")
    (letter,) = secure.ask("anna", "ONE.example")
    assert secure.secrets(letter)["FORGET"].startswith("https://one.example/recovery/")
    for host in ("evil.example", "one.example@evil.example", "platform.example", ""):
        with pytest.raises(NotFound):
            desk.ask("anna", host)


def test_a_partner_and_nobody_blocked_or_of_another_partner_gets_a_link(desk: Desk) -> None:
    world = desk.world
    assert desk.ask("boss") == []
    world.client.set_partner_email(world.partner_id, email="boss@one.example")
    (letter,) = desk.ask("boss")
    assert (letter.email, letter.advertiser_id) == ("boss@one.example", None)
    assert desk.ask("anna", "two.example") == [] and desk.ask("anna@shop.example", "two.example") == []
    anna = world.client.create_advertiser(world.partner_id, new_advertiser("berta", email="b@shop.example")).id
    world.client.set_advertiser_state(world.partner_id, anna, "blocked")
    assert desk.ask("berta") == []


def test_a_link_sets_a_password_once_ends_every_session_and_tells_so(desk: Desk) -> None:
    world = desk.world
    (letter,) = desk.ask("anna")
    session, token = world.sign_in("anna"), desk.token(letter)
    with pytest.raises(Malformed):
        desk.client.recover(host="one.example", token=token, password="short")
    desk.client.recover(host="one.example", token=token, password=NEW)
    for host, given in (("one.example", session),):
        with pytest.raises(Unauthenticated):
            world.client.session(host=host, token=given)
    with pytest.raises(Unauthenticated):
        world.sign_in("anna")
    assert world.sign_in("anna", NEW)
    [told] = [one for one in desk.letters() if one.kind == "password_changed"]
    assert (told.email, told.sealed) == ("Anna@Shop.example", "")
    with pytest.raises(NotFound):
        desk.client.recover(host="one.example", token=token, password="another password")
    assert world.sign_in("anna", NEW)


def test_a_link_works_for_30_minutes_on_its_own_host_only(desk: Desk) -> None:
    token = desk.token(desk.ask("anna")[0])
    for host, given in (("two.example", token), ("one.example", token[:-1]), ("one.example", ""), ("", token)):
        with pytest.raises(NotFound):
            desk.client.recovery(host=host, token=given)
        with pytest.raises(NotFound):
            desk.client.recover(host=host, token=given, password=NEW)
    desk.world.clock.advance(1799)
    assert desk.client.recovery(host="one.example", token=token)
    desk.world.clock.advance(1)
    with pytest.raises(NotFound):
        desk.client.recover(host="one.example", token=token, password=NEW)


def test_older_links_end_when_the_password_is_set_another_way(desk: Desk) -> None:
    world = desk.world
    first, second = desk.token(desk.ask("anna")[0]), desk.token(desk.ask("anna")[0])
    desk.client.recover(host="one.example", token=second, password=NEW)
    with pytest.raises(NotFound):
        desk.client.recover(host="one.example", token=first, password=PASSWORD)
    world.clock.advance(3600)
    (letter,) = desk.ask("anna")
    world.client.set_advertiser_password(world.partner_id, letter.advertiser_id or "", password="set by the partner")
    with pytest.raises(NotFound):
        desk.client.recovery(host="one.example", token=desk.token(letter))


def test_nobody_floods_a_mailbox_nor_leaves_its_owner_without_a_link(desk: Desk) -> None:
    tokens: list[str] = []
    for _minute in range(0, 180, 5):
        tokens += [desk.token(letter) for letter in desk.ask("anna")]
        assert desk.client.recovery(host="one.example", token=tokens[-1]).login == "anna"
        made = desk.world.query("SELECT count(*) FROM recoveries WHERE made_at > :since", since=desk.world.clock.now() - timedelta(hours=1))  # fmt: skip
        assert made[0][0] <= 4
        desk.world.clock.advance(300)


def test_one_mailbox_of_many_accounts_gets_a_bounded_number_of_letters(desk: Desk) -> None:
    world = desk.world
    for number in range(8):
        world.client.create_advertiser(world.partner_id, new_advertiser(f"s{number}", email="anna@shop.example"))
    assert len(desk.ask("anna@shop.example")) == 5
    for number in range(8):
        desk.ask(f"s{number}")
    assert len(desk.letters()) == 8


def test_who_asks_too_often_from_one_place_is_told_to_wait_and_others_are_not(desk: Desk) -> None:
    for _ in range(10):
        desk.ask("anna", place="192.0.2.7")
    with pytest.raises(TooManyRequests):
        desk.ask("berta", place="192.0.2.7")
    desk.ask("anna", place="192.0.2.8")


def test_used_links_go_after_a_day(desk: Desk) -> None:
    desk.ask("anna")
    desk.world.clock.advance(86_401)
    desk.service.purge_recoveries()
    assert desk.world.query("SELECT count(*) FROM recoveries")[0][0] == 0


def test_the_pace_is_told_from_what_was_sent() -> None:
    minutes = [timedelta(minutes=number) for number in (0, 1, 19, 20, 59)]
    assert recovery.may_send([], START)
    assert recovery.may_send([START], START)
    assert [recovery.may_send([START, START], START + later) for later in minutes] == [False, False, False, True, True]


def test_sign_in_data_goes_in_the_transaction_that_makes_the_advertiser(desk: Desk) -> None:
    world = desk.world
    with pytest.raises(Malformed):
        desk.client.create_advertiser(world.partner_id, new_advertiser("vera", send_letter=True))
    new = new_advertiser("vera", email="vera@shop.example", name="Вера", send_letter=True)
    made = desk.client.create_advertiser(world.partner_id, new)
    (letter,) = desk.letters()
    assert (letter.kind, letter.advertiser_id, letter.name) == ("registration", made.id, "Вера")
    assert desk.secrets(letter) == {"PASSWORD": PASSWORD}
    assert PASSWORD not in str(letter)
    with pytest.raises(Conflict):
        desk.client.create_advertiser(world.partner_id, new)
    assert len(desk.letters()) == 1


def test_a_partner_says_which_zones_it_offers(world: World) -> None:
    client, partner = world.client, world.partner_id
    assert client.zone_settings(partner).offered == []
    given: dict[str, Any] = {"offered": ["Asia/Omsk", "UTC"], "default_zone": "Asia/Omsk", "author": "boss"}
    assert client.set_zone_settings(partner, version=0, **given).version == 1
    assert client.zone_settings(partner).offered == ["Asia/Omsk", "UTC"]
    assert client.zone_settings(world.other_partner_id).offered == []
    with pytest.raises(Conflict) as late:
        client.set_zone_settings(partner, version=0, **given)
    assert late.value.data["author"] == "boss"
    for wrong in ({"offered": []}, {"offered": ["Mars/North"]}, {"default_zone": "Europe/Moscow"}):
        with pytest.raises(Malformed):
            client.set_zone_settings(partner, version=1, **given | wrong)
    for absent in ("x", "00000000-0000-7000-8000-000000000000"):
        with pytest.raises(NotFound):
            client.zone_settings(absent)
