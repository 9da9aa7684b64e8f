"""Hosts, partners and advertisers: who is created, found, and kept apart."""

import pytest

from contracts.errors import Conflict, Malformed, NotFound
from tests.service.accounts.conftest import PASSWORD, World, new_advertiser


def problems(error: pytest.ExceptionInfo[Malformed]) -> dict[str, str]:
    return {one["pointer"]: one["code"] for one in error.value.data["errors"]}


def test_a_host_belongs_to_the_platform_or_to_one_partner(world: World) -> None:
    platform, partner = world.client.resolve_host("platform.example"), world.client.resolve_host("one.example")
    assert (platform.realm, platform.partner_id) == ("platform", None)
    assert (partner.realm, partner.partner_id, partner.brand) == ("partner", world.partner_id, "One")
    assert (partner.accent_colour, partner.pressed_colour) == ("f66d19", "e5b030")


def test_a_host_tells_the_zone_that_its_partner_was_created_with(world: World) -> None:
    world.client.create_partner(
        name="Far", hosts=["far.example"], login="far", password=PASSWORD, zone="Asia/Vladivostok"
    )
    told = [world.client.resolve_host(host).zone for host in ("far.example", "platform.example")]
    assert told == ["Asia/Vladivostok", ""]


@pytest.mark.parametrize("host", ["sub.one.example", "one.example:80", "one.example.", "", "x\x00y", "\ud800"])
def test_a_host_is_found_exactly_or_not_at_all(world: World, host: str) -> None:
    with pytest.raises(NotFound):
        world.client.resolve_host(host)


def test_a_host_is_found_in_any_letter_case(world: World) -> None:
    assert world.client.resolve_host("ONE.Example").host == "one.example"


def test_creating_the_operator_again_gives_the_same_user_and_keeps_the_password(world: World) -> None:
    again = world.client.create_operator(login="Root", password="another one", host="platform.example")
    assert again == world.query("SELECT id FROM users WHERE role = 'operator'")[0][0].__str__()
    assert world.sign_in("root", host="platform.example")


def test_the_operator_cannot_take_a_partners_host(world: World) -> None:
    with pytest.raises(Conflict) as error:
        world.client.create_operator(login="second", password=PASSWORD, host="one.example")
    assert problems(error) == {"/host": "host_taken"}
    assert world.query("SELECT count(*) FROM users WHERE role = 'operator'")[0][0] == 1


def test_a_partner_with_a_taken_host_leaves_nothing_behind(world: World) -> None:
    hosts = ["three.example", "one.example"]
    with pytest.raises(Conflict) as error:
        world.client.create_partner(name="Three", hosts=hosts, login="boss", password=PASSWORD, zone="Europe/Moscow")
    assert problems(error) == {"/hosts/1": "host_taken"}
    assert [partner.name for partner in world.client.list_partners()] == ["Two", "One"]
    with pytest.raises(NotFound):
        world.client.resolve_host("three.example")


def test_partners_are_listed_with_their_hosts(world: World) -> None:
    hosts = ["a.example", "127.0.0.1"]
    world.client.create_partner(name="Three", hosts=hosts, login="boss", password=PASSWORD, zone="Europe/Moscow")
    assert {one.name: sorted(one.hosts) for one in world.client.list_partners()}["Three"] == ["127.0.0.1", "a.example"]


def test_letters_to_a_partner_go_where_it_was_said_last(world: World) -> None:
    assert [one.email for one in world.client.partners([world.partner_id, "no id"])] == [""]
    told = world.client.set_partner_email(world.partner_id, email=" money@one.example\n")
    assert (told.id, told.email, told.hosts) == (world.partner_id, "money@one.example", ["one.example"])
    both = world.client.partners([world.partner_id, world.other_partner_id])
    assert sorted((one.name, one.email) for one in both) == [("One", "money@one.example"), ("Two", "")]
    with pytest.raises(Malformed) as error:
        world.client.set_partner_email(world.partner_id, email="one.example")
    assert problems(error) == {"/email": "email_invalid"}
    assert world.client.set_partner_email(world.partner_id, email="").email == ""
    with pytest.raises(NotFound):
        world.client.set_partner_email("no id", email="money@one.example")
    with pytest.raises(Malformed):
        world.client.partners(["x"] * 1_001)


def test_everything_wrong_with_a_partner_is_told_at_once(empty: World) -> None:
    with pytest.raises(Malformed) as error:
        empty.client.create_partner(name=" ", hosts=["Big.example"], login="?", password="short", zone="Mars/Olympus")
    assert problems(error) == {
        "/name": "required",
        "/hosts/0": "host_invalid",
        "/login": "login_invalid",
        "/password": "password_too_short",
        "/zone": "zone_unknown",
    }


def test_everything_wrong_with_an_advertiser_is_told_at_once(world: World) -> None:
    wrong = new_advertiser(
        "a",
        password="qwerty123",
        contract_number="",
        contract_date="2026-02-30",
        zone="",
        sender_moderation="never",
        name="a\x07b",
        company="x" * 201,
        email="no@address",
        phone="12-34",
    )
    with pytest.raises(Malformed) as error:
        world.client.create_advertiser(world.partner_id, wrong)
    assert problems(error) == {
        "/login": "login_invalid",
        "/password": "password_too_common",
        "/contract_number": "required",
        "/contract_date": "date_invalid",
        "/zone": "zone_unknown",
        "/sender_moderation": "moderation_invalid",
        "/name": "text_invalid",
        "/company": "too_long",
        "/email": "email_invalid",
        "/phone": "phone_invalid",
    }


def test_an_advertiser_is_stored_as_given_and_tidied(world: World) -> None:
    new = new_advertiser(
        "Shop", name="  Анна\u00a0 Ли\t", company="ООО «Ромашка»", email="a@b.ru", phone="+7 (916) 123-45-67"
    )
    made = world.client.create_advertiser(world.partner_id, new)
    assert made == world.client.advertiser(world.partner_id, made.id)
    assert (made.login, made.name, made.company) == ("Shop", "Анна Ли", "ООО «Ромашка»")
    assert (made.phone, made.contract_date, made.state) == ("+79161234567", "2026-11-01", "active")
    assert (made.test_mode, made.any_sender, made.brand, made.last_sign_in_at) == (True, False, "One", None)
    assert made.created_at == "2026-11-22T09:00:00Z"


def test_a_login_is_unique_per_partner_whatever_its_letter_case(world: World) -> None:
    for login in ("CLIENT", "Boss"):
        with pytest.raises(Conflict) as error:
            world.client.create_advertiser(world.partner_id, new_advertiser(login))
        assert problems(error) == {"/login": "login_taken"}
    assert world.client.list_advertisers(world.partner_id).total == 1


def test_an_advertiser_of_an_unknown_partner_is_not_created(world: World) -> None:
    for partner_id in (world.advertiser_id, "nobody", ""):
        with pytest.raises(NotFound):
            world.client.create_advertiser(partner_id, new_advertiser("fresh"))


def test_another_partners_advertiser_does_not_exist(world: World) -> None:
    client, mine, theirs = world.client, world.partner_id, world.other_advertiser_id
    for attempt in (
        lambda: client.advertiser(mine, theirs),
        lambda: client.set_advertiser_state(mine, theirs, "blocked"),
        lambda: client.set_advertiser_password(mine, theirs, password="another one"),
        lambda: client.issue_api_key(mine, theirs, name="key"),
        lambda: client.set_smpp_password(mine, theirs, system_id="thief", password="secret1"),
        lambda: client.issue_smpp_password(mine, theirs, system_id="thief"),
        lambda: client.remove_smpp_login(mine, theirs, system_id="thief"),
        lambda: client.smpp_access(mine, theirs),
        lambda: client.set_smpp_settings(
            mine, theirs, client.smpp_access(world.other_partner_id, theirs).settings, author="x"
        ),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert world.events() == []
    assert client.advertiser(world.other_partner_id, theirs).state == "active"


@pytest.mark.parametrize("identifier", ["", "1", "x\x00", "'; --", "0" * 36])
def test_an_id_that_is_no_uuid_is_not_found(world: World, identifier: str) -> None:
    with pytest.raises(NotFound):
        world.client.advertiser(world.partner_id, identifier)
    with pytest.raises(NotFound):
        world.client.advertiser(identifier, world.advertiser_id)


def test_other_services_get_those_advertisers_that_exist(world: World) -> None:
    ids = [world.other_advertiser_id, world.partner_id, "nonsense", world.advertiser_id]
    found = {one.id: one.brand for one in world.client.advertisers(ids)}
    assert found == {world.advertiser_id: "One", world.other_advertiser_id: "Two"}
    assert world.client.advertisers([]) == []
    with pytest.raises(Malformed):
        world.client.advertisers(["x"] * 1001)
