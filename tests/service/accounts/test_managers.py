"""Managers: what a form may say, who may change whom, and what ends when one is blocked."""

import base64
from io import BytesIO

import pytest
from PIL import Image

from contracts.errors import Conflict, Forbidden, Malformed, NotFound, Unauthenticated
from tests.service.accounts.conftest import PASSWORD, World, manager_form


def png(width: int = 34, height: int = 33) -> str:
    kept = BytesIO()
    Image.new("RGB", (width, height), "white").save(kept, "PNG")
    return base64.b64encode(kept.getvalue()).decode()


def problems(error: pytest.ExceptionInfo) -> dict[str, str]:
    return {one["pointer"]: one["code"] for one in error.value.data["errors"]}


FULL = {
    "phone": "+7 (916) 123-45-67",
    "email": "anna@example.ru",
    "working_days": "Пн–Пт",
    "working_hours": "9:00–18:00",
    "icq": "123456",
    "skype": "anna.example",
    "photo": png(),
    "notice_phone": "+79161234568",
    "sms_on_sender": True,
    "sms_on_user": True,
    "notice_email": "notices@example.ru",
    "email_on_sender": True,
    "email_on_user": True,
    "rights": ["settings", "clients"],
}


def test_a_manager_is_kept_as_filled_in_and_signs_in_with_its_rights(world: World) -> None:
    made = world.manager(**FULL)
    expected = FULL | {"phone": "+79161234567", "rights": ["clients", "settings"]}
    assert {name: getattr(made, name) for name in expected} == expected
    assert (made.state, made.version, made.changed_by, made.second_factor) == ("active", 1, "boss", False)
    assert world.client.managers(world.partner_id) == [world.client.manager(world.partner_id, made.id)]
    principal = world.client.session(host="one.example", token=world.sign_in("anna"))
    assert (principal.role, principal.rights, principal.display_name) == ("manager", ["clients", "settings"], "Anna")
    assert principal.zone == "Europe/Moscow"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("login", "я", "login_invalid"),
        ("name", "", "required"),
        ("name", "x" * 201, "too_long"),
        ("working_days", "x\x00", "text_invalid"),
        ("working_hours", "x" * 101, "too_long"),
        ("phone", "call me", "phone_invalid"),
        ("notice_phone", "1" * 16, "phone_invalid"),
        ("email", "nobody", "email_invalid"),
        ("notice_email", "a@b", "email_invalid"),
        ("rights", ["everything"], "right_unknown"),
        ("photo", "x", "photo_invalid"),
        ("photo", png(35), "photo_invalid"),
        ("photo", base64.b64encode(b"<svg/>").decode(), "photo_invalid"),
        ("photo", "A" * 100_000, "photo_invalid"),
    ],
)
def test_a_wrong_field_is_told_at_the_field_and_nothing_is_saved(
    world: World, field: str, value: object, code: str
) -> None:
    with pytest.raises(Malformed) as error:
        world.manager(**{field: value})
    assert problems(error) == {f"/{field}": code}
    made = world.manager()
    with pytest.raises(Malformed):
        save(world, made.id, **{field: value})
    assert world.client.managers(world.partner_id) == [made]


def save(world: World, manager_id: str, actor: str = "boss", version: int = 1, **changes: object) -> None:
    form = manager_form(**changes)
    actor_id = world.person(actor)
    world.client.save_manager(world.partner_id, manager_id, form, version=version, actor_id=actor_id)


def test_a_login_is_taken_once_per_partner(world: World) -> None:
    world.manager()
    for login in ("ANNA", "boss", "client"):
        with pytest.raises(Conflict) as error:
            world.manager(login)
        assert problems(error) == {"/login": "login_taken"}
    other = world.manager("olga")
    with pytest.raises(Conflict):
        save(world, other.id, login="Anna")
    save(world, other.id, login="OLGA")


def test_the_second_of_two_who_change_the_same_manager_is_told_so(world: World) -> None:
    made = world.manager()
    save(world, made.id, name="First")
    with pytest.raises(Conflict) as error:
        save(world, made.id, name="Second")
    assert problems(error) == {"/version": "changed_meanwhile"}
    found = world.client.manager(world.partner_id, made.id)
    assert (found.name, found.version) == ("First", 2)


def test_nobody_of_another_partner_sees_or_changes_a_manager(world: World) -> None:
    made, theirs = world.manager(), world.person(host="two.example")
    for wrong in (world.other_partner_id, "x"):
        with pytest.raises(NotFound):
            world.client.manager(wrong, made.id)
        assert world.client.managers(wrong) == []
    with pytest.raises(NotFound):
        world.client.set_manager_state(world.other_partner_id, made.id, "blocked", actor_id=theirs)
    with pytest.raises(Forbidden):
        world.client.set_manager_state(world.partner_id, made.id, "blocked", actor_id=theirs)


def test_a_manager_gives_no_right_that_it_lacks_and_reaches_nobody_who_has_more(world: World) -> None:
    world.manager("anna", rights=["clients", "settings"])
    less, more = world.manager("less", rights=["clients"]), world.manager("more", rights=["clients", "money"])
    save(world, less.id, "anna", login="less", rights=["clients", "settings"])
    actor_id, partner_id = world.person("anna"), world.partner_id
    with pytest.raises(Forbidden):
        save(world, less.id, "anna", version=2, login="less", rights=["money"])
    with pytest.raises(Forbidden):
        save(world, more.id, "anna", login="more", rights=["clients"])
    with pytest.raises(Forbidden):
        save(world, actor_id, "anna", rights=["clients", "settings", "enter"])
    with pytest.raises(Forbidden):
        world.client.set_manager_password(partner_id, more.id, password="another one", actor_id=actor_id)
    with pytest.raises(Forbidden):
        form = manager_form("new", rights=["money"])
        world.client.add_manager(partner_id, form, password=PASSWORD, actor_id=actor_id)
    with pytest.raises(NotFound):
        world.client.set_manager_state(partner_id, world.person(), "blocked", actor_id=actor_id)


def test_blocking_ends_the_sessions_at_once_and_no_sign_in_succeeds(world: World) -> None:
    made, actor_id = world.manager(), world.person()
    token = world.sign_in("anna")
    world.client.set_manager_state(world.partner_id, made.id, "blocked", actor_id=actor_id)
    assert not world.alive(token)
    with pytest.raises(Unauthenticated):
        world.sign_in("anna")
    world.client.set_manager_state(world.partner_id, made.id, "active", actor_id=actor_id)
    assert not world.alive(token)
    assert world.sign_in("anna")


def test_a_new_password_ends_the_sessions_and_the_old_password(world: World) -> None:
    made = world.manager()
    token = world.sign_in("anna")
    world.client.set_manager_password(world.partner_id, made.id, password="another one", actor_id=world.person())
    assert not world.alive(token)
    with pytest.raises(Unauthenticated):
        world.sign_in("anna")
    assert world.sign_in("anna", "another one")


def test_nobody_blocks_or_deletes_oneself(world: World) -> None:
    made = world.manager()
    with pytest.raises(Conflict):
        world.client.set_manager_state(world.partner_id, made.id, "blocked", actor_id=made.id)
    with pytest.raises(Conflict):
        world.client.delete_manager(world.partner_id, made.id, actor_id=made.id)


def test_a_manager_is_deleted_only_while_nothing_refers_to_it(world: World) -> None:
    fresh, used, contact = world.manager("fresh"), world.manager("used"), world.manager("contact")
    world.sign_in("used")
    set_contact(world, contact.id)
    for one in (used, contact):
        with pytest.raises(Conflict) as error:
            world.client.delete_manager(world.partner_id, one.id, actor_id=world.person())
        assert problems(error) == {"/form": "manager_in_use"}
    world.client.delete_manager(world.partner_id, fresh.id, actor_id=world.person())
    assert {one.id for one in world.client.managers(world.partner_id)} == {used.id, contact.id}


def set_contact(world: World, manager_id: str) -> None:
    statement = "UPDATE advertisers SET manager_id = :manager WHERE id = :id RETURNING 1"
    assert world.query(statement, manager=manager_id, id=world.advertiser_id)


def test_the_advertiser_sees_its_managers_card_until_that_one_is_blocked(world: World) -> None:
    made = world.manager(**FULL)
    card = world.client.manager_card
    assert card(world.partner_id, world.advertiser_id) is None
    set_contact(world, made.id)
    found = card(world.partner_id, world.advertiser_id)
    assert found is not None
    assert (found.name, found.phone, found.working_days, found.photo) == (
        "Anna",
        "+79161234567",
        "Пн–Пт",
        FULL["photo"],
    )
    assert card(world.other_partner_id, world.advertiser_id) is None
    world.client.set_manager_state(world.partner_id, made.id, "blocked", actor_id=world.person())
    assert card(world.partner_id, world.advertiser_id) is None


def test_the_partner_ends_sessions_of_its_people(world: World) -> None:
    made, theirs, client = world.manager(), world.sign_in("anna"), world.sign_in()
    assert world.client.end_manager_sessions(world.partner_id, made.id, actor_id=world.person()) == 1
    assert world.client.end_advertiser_sessions(world.partner_id, world.advertiser_id) == 1
    assert (world.alive(theirs), world.alive(client)) == (False, False)
    with pytest.raises(NotFound):
        world.client.end_advertiser_sessions(world.other_partner_id, world.advertiser_id)
