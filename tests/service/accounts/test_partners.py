"""Partners: registered with their domains, changed by one operator at a time, blocked and let in again."""

import pytest

from contracts.accounts_partners import NewPartner
from contracts.errors import Conflict, Forbidden, Malformed, NotFound, Unauthenticated
from tests.service.accounts.conftest import PASSWORD, World


def new_partner(**changes: object) -> NewPartner:
    given = {"name": "Пример", "hosts": ["SMS.Example.ru"], "login": "boss", "zone": "Asia/Omsk"} | changes
    return NewPartner(**given)  # type: ignore[arg-type]


def test_a_partner_signs_in_at_its_domain_with_the_password_it_was_given(world: World) -> None:
    made = world.client.register_partner(new_partner(email="a@example.ru"), author="root")
    assert world.sign_in("boss", made.password, host="sms.example.ru")
    card = world.client.partner_card(made.id)
    assert (card.name, card.email, card.login, card.zone, card.state) == (
        *("Пример", "a@example.ru", "boss", "Asia/Omsk", "active"),
    )
    assert world.zones()[made.id] == "Asia/Omsk"
    chosen = world.client.register_partner(new_partner(hosts=["b.example.ru"], password=PASSWORD), author="root")
    assert chosen.password == "" and world.sign_in("boss", host="b.example.ru")


def test_every_wrong_field_is_told_and_nothing_is_kept(world: World) -> None:
    wrong = new_partner(
        name="", hosts=["ok.example.ru", "10.0.0.1", "OK.example.ru"], login="?", zone="Mars", email="x", password="1"
    )
    with pytest.raises(Malformed) as refused:
        world.client.register_partner(wrong, author="root")
    assert {one["pointer"] for one in refused.value.data["errors"]} == {
        *("/name", "/hosts/1", "/hosts/2", "/login", "/zone", "/email", "/password"),
    }
    with pytest.raises(Conflict) as taken:
        world.client.register_partner(new_partner(hosts=["new.example.ru", "two.example"]), author="root")
    assert taken.value.data["errors"][0] | {"detail": ""} == {
        "pointer": "/hosts/1",
        "code": "host_taken",
        "detail": "",
    }
    assert len(world.client.list_partners()) == 2
    with pytest.raises(NotFound):
        world.client.resolve_host("new.example.ru")


def test_the_second_of_two_operators_is_told_that_it_was_changed(world: World) -> None:
    seen = world.client.partner_card(world.partner_id)
    changed = world.client.change_partner(
        seen.id, name="Uno", email="b@example.ru", zone="Asia/Omsk", version=seen.version
    )
    assert (changed.name, changed.zone, changed.version) == ("Uno", "Asia/Omsk", seen.version + 1)
    with pytest.raises(Conflict) as refused:
        world.client.change_partner(seen.id, name="Eins", email="", zone="UTC", version=seen.version)
    assert refused.value.data["errors"][0]["code"] == "changed_meanwhile"
    assert world.client.partner_card(world.partner_id) == changed
    assert world.zones()[world.partner_id] == "Asia/Omsk"
    with pytest.raises(NotFound):
        world.client.change_partner("nobody", name="x", email="", zone="UTC", version=1)


def test_nothing_of_a_blocked_partner_is_let_in_until_it_is_unblocked(world: World) -> None:
    client, token = world.client, world.sign_in()
    key = client.issue_api_key(world.partner_id, world.advertiser_id, name="shop").key
    client.set_smpp_password(world.partner_id, world.advertiser_id, system_id="shop", password="secret12")
    before = len(world.events())
    blocked = client.set_partner_state(world.partner_id, state="blocked", version=1)
    assert blocked.state == "blocked" and world.events()[before:] == [[world.advertiser_id]]
    with pytest.raises(NotFound):
        client.resolve_host("one.example")
    with pytest.raises(Unauthenticated):
        client.session(host="one.example", token=token)
    with pytest.raises(Unauthenticated):
        world.sign_in()
    with pytest.raises(Forbidden):
        client.authenticate_api_key(key=key, address="192.0.2.1")
    with pytest.raises(Forbidden):
        client.authenticate_smpp(system_id="shop", password="secret12", address="192.0.2.1")
    assert client.resolve_host("two.example").partner_id == world.other_partner_id

    client.set_partner_state(world.partner_id, state="active", version=blocked.version)
    assert client.authenticate_api_key(key=key, address="192.0.2.1").advertiser_id == world.advertiser_id
    with pytest.raises(Unauthenticated):
        client.session(host="one.example", token=token)
    assert world.sign_in()
