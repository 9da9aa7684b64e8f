"""One advertiser: made once however often its form is sent, and changed by one person at a time."""

import dataclasses

import pytest

from contracts.accounts_advertisers import Advertiser, AdvertiserChange
from contracts.errors import Conflict, Malformed, NotFound, Unauthenticated
from kit.ids import uuid7
from tests.service.accounts.conftest import World, new_advertiser


def change_of(found: Advertiser, **changes: str) -> AdvertiserChange:
    names = [field.name for field in dataclasses.fields(AdvertiserChange)]
    return AdvertiserChange(**{name: getattr(found, name) or "" for name in names} | changes)


def codes(error: pytest.ExceptionInfo) -> dict[str, str]:
    return {one["pointer"]: one["code"] for one in error.value.data["errors"]}


def test_the_same_form_again_makes_nobody_else(world: World) -> None:
    new = new_advertiser("repeated", id=str(uuid7()), promo_code="SPRING", comment="a\r\nb")
    made = world.client.create_advertiser(world.partner_id, new)
    assert (made.id, made.promo_code, made.comment, made.version) == (new.id, "SPRING", "a\nb", 1)
    assert world.client.create_advertiser(world.partner_id, new) == made
    assert world.client.list_advertisers(world.partner_id, search="repeated").total == 1


def test_the_password_of_the_second_sending_counts(world: World) -> None:
    new = new_advertiser("repeated", id=str(uuid7()))
    world.client.create_advertiser(world.partner_id, new)
    world.client.create_advertiser(world.partner_id, dataclasses.replace(new, password="another secret"))
    assert world.sign_in("repeated", "another secret")
    world.client.create_advertiser(world.partner_id, dataclasses.replace(new, password="a third secret"))
    with pytest.raises(Unauthenticated):
        world.sign_in("repeated", "a third secret")


def test_an_id_that_made_another_advertiser_is_refused(world: World) -> None:
    new = new_advertiser("first", id=str(uuid7()))
    world.client.create_advertiser(world.partner_id, new)
    for partner, other in (
        (world.partner_id, dataclasses.replace(new, login="other")),
        (world.partner_id, dataclasses.replace(new, company="Other")),
        (world.other_partner_id, new),
    ):
        with pytest.raises(Conflict) as error:
            world.client.create_advertiser(partner, other)
        assert codes(error) == {"/id": "id_used"}
    with pytest.raises(Malformed):
        world.client.create_advertiser(world.partner_id, dataclasses.replace(new, id="x"))


def test_a_change_is_found_by_what_was_written_and_tells_the_new_zone(world: World) -> None:
    manager = world.add_manager("anna")
    before = world.client.advertiser(world.partner_id, world.advertiser_id)
    changes = {
        "company": "ООО «Ёлка»",
        "zone": "Asia/Omsk",
        "manager_id": manager,
        "comment": "VIP",
        "phone": "8 (900) 12",
    }
    after = world.client.change_advertiser(
        world.partner_id, before.id, change_of(before, **changes), version=1, author="boss"
    )
    assert (after.company, after.zone, after.manager_name, after.phone) == ("ООО «Ёлка»", "Asia/Omsk", "anna", "890012")
    assert (after.version, after.changed_by, after.login) == (2, "boss", "client")
    assert world.client.list_advertisers(world.partner_id, search="елка").total == 1
    assert world.zones()[before.id] == "Asia/Omsk"


def test_the_second_of_two_people_is_told_who_was_faster(world: World) -> None:
    before = world.client.advertiser(world.partner_id, world.advertiser_id)
    world.client.change_advertiser(
        world.partner_id, before.id, change_of(before, company="One"), version=1, author="anna"
    )
    with pytest.raises(Conflict) as error:
        world.client.change_advertiser(
            world.partner_id, before.id, change_of(before, company="Two"), version=1, author="boss"
        )
    assert codes(error) == {"/version": "changed_meanwhile"}
    assert (error.value.data["changed_by"], error.value.data["changed_at"]) == ("anna", "2026-11-22T09:00:00Z")
    assert world.client.advertiser(world.partner_id, before.id).company == "One"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("company", "x" * 201, "too_long"),
        ("email", "x", "email_invalid"),
        ("phone", "abc", "phone_invalid"),
        ("contract_number", " ", "required"),
        ("contract_date", "1.2.2026", "date_invalid"),
        ("zone", "Mars", "zone_unknown"),
        ("comment", "x" * 2001, "comment_too_long"),
        ("comment", "a\x00b", "text_invalid"),
        ("manager_id", "x", "manager_unknown"),
        ("manager_id", "01890000-0000-7000-8000-000000000000", "manager_unknown"),
    ],
)
def test_what_is_wrong_in_a_change_is_told_at_its_field(world: World, field: str, value: str, code: str) -> None:
    before = world.client.advertiser(world.partner_id, world.advertiser_id)
    with pytest.raises(Malformed) as error:
        world.client.change_advertiser(
            world.partner_id, before.id, change_of(before, **{field: value}), version=1, author="boss"
        )
    assert codes(error) == {f"/{field}": code}
    assert world.client.advertiser(world.partner_id, before.id) == before


def test_another_partners_advertiser_is_changed_by_nobody_else(world: World) -> None:
    theirs = world.client.advertiser(world.other_partner_id, world.other_advertiser_id)
    with pytest.raises(NotFound):
        world.client.change_advertiser(world.partner_id, theirs.id, change_of(theirs), version=1, author="boss")
    with pytest.raises(NotFound):
        world.client.end_advertiser_sessions(world.partner_id, theirs.id)


def test_ended_sessions_are_no_longer_signed_in(world: World) -> None:
    token = world.sign_in()
    assert world.client.end_advertiser_sessions(world.partner_id, world.advertiser_id) == 1
    assert world.client.end_advertiser_sessions(world.partner_id, world.advertiser_id) == 0
    with pytest.raises(Unauthenticated):
        world.client.session(host="one.example", token=token)
