"""Files that are made for somebody: whose they are, how many, how long; and how people like to see lists."""

from base64 import b64decode, b64encode

import pytest

from contracts.accounts_exports import EXPORT_PART_BYTES, Export
from contracts.errors import Conflict, Malformed, NotFound
from tests.service.accounts.conftest import World, process


def begun(world: World, user: str) -> Export:
    return world.client.begin_export(world.partner_id, user, kind="advertisers", name="a.xlsx", total=9)


def test_a_file_is_read_as_it_was_written_in_parts(world: World) -> None:
    user, contents = world.add_manager("anna"), bytes(range(256)) * 3_000
    mine = (world.partner_id, user, begun(world, user).id)
    world.client.tell_export(*mine, done=5)
    for _ in range(2):
        for number, start in enumerate(range(0, len(contents), EXPORT_PART_BYTES)):
            part = b64encode(contents[start : start + EXPORT_PART_BYTES]).decode()
            world.client.add_export_part(*mine, number=number, contents=part)
    with pytest.raises(NotFound):
        world.client.export_part(*mine, number=0)
    assert (world.client.export(*mine).state, world.client.export(*mine).done) == ("running", 5)
    ready = world.client.end_export(*mine, ready=True)
    assert (ready.state, ready.octets) == ("ready", len(contents))
    # Another process of the service, as another replica of the gateway would ask.
    other = process(world.db, world.clock, world.gate)
    assert b"".join(b64decode(other.export_part(*mine, number=number)) for number in (0, 1)) == contents
    for call in (lambda: other.export_part(*mine, number=2), lambda: other.tell_export(*mine, done=1)):
        with pytest.raises(NotFound):
            call()


def test_a_file_is_nobody_elses(world: World) -> None:
    user = world.add_manager("anna")
    made = begun(world, user)
    stranger, foreigner = world.add_manager("boris"), world.add_manager("vera", world.other_partner_id)
    for partner, person in (
        (world.partner_id, stranger),
        (world.other_partner_id, foreigner),
        (world.other_partner_id, user),
        (None, user),
    ):
        with pytest.raises(NotFound):
            world.client.export(partner, person, made.id)
        assert world.client.exports(partner, person) == []
    with pytest.raises(NotFound):
        world.client.begin_export(world.other_partner_id, user, kind="x", name="x", total=1)
    assert [one.id for one in world.client.exports(world.partner_id, user)] == [made.id]


def test_two_are_made_at_once_and_a_silent_one_has_failed(world: World) -> None:
    user = world.add_manager("anna")
    first, second = begun(world, user), begun(world, user)
    with pytest.raises(Conflict):
        begun(world, user)
    world.clock.advance(59)
    world.client.tell_export(world.partner_id, user, second.id, done=3)
    world.clock.advance(2)
    states = {one.id: one.state for one in world.client.exports(world.partner_id, user)}
    assert states == {first.id: "failed", second.id: "running"}
    assert begun(world, user).state == "running"


def test_few_are_kept_and_none_for_more_than_an_hour(world: World) -> None:
    user = world.add_manager("anna")
    made = []
    for _ in range(7):
        made.append(begun(world, user).id)
        world.client.end_export(world.partner_id, user, made[-1], ready=True)
        world.clock.advance(1)
    assert [one.id for one in world.client.exports(world.partner_id, user)] == made[:2:-1]
    world.clock.advance(3_600)
    with pytest.raises(NotFound):
        world.client.export(world.partner_id, user, made[-1])
    assert world.client._call("purge_exports") is False
    assert world.query("SELECT count(*) FROM exports")[0][0] == 0


@pytest.mark.parametrize("part", ["", "no base64", b64encode(b"x" * (EXPORT_PART_BYTES + 1)).decode()])
def test_a_broken_part_is_refused(world: World, part: str) -> None:
    user = world.add_manager("anna")
    mine = (world.partner_id, user, begun(world, user).id)
    with pytest.raises(Malformed):
        world.client.add_export_part(*mine, number=0, contents=part)
    with pytest.raises(Malformed):
        world.client.add_export_part(*mine, number=1, contents=b64encode(b"x").decode())


def test_how_somebody_likes_to_see_a_list_is_kept_for_that_person(world: World) -> None:
    user, other = world.add_manager("anna"), world.add_manager("boris")
    assert world.client.preference(world.partner_id, user, "advertisers") == {}
    for size in (20, 100):
        world.client.set_preference(world.partner_id, user, "advertisers", {"page_size": size, "columns": ["ФИО"]})
    assert world.client.preference(world.partner_id, user, "advertisers") == {"page_size": 100, "columns": ["ФИО"]}
    assert world.client.preference(world.partner_id, other, "advertisers") == {}
    assert world.client.preference(world.other_partner_id, user, "advertisers") == {}
    with pytest.raises(NotFound):
        world.client.set_preference(world.other_partner_id, user, "advertisers", {})


@pytest.mark.parametrize(("name", "value"), [("A B", {}), ("", {}), ("a", {"x": "y" * 4_000}), ("a", {"x": "\0"})])
def test_a_preference_that_can_not_be_kept_is_refused(world: World, name: str, value: dict) -> None:
    with pytest.raises(Malformed):
        world.client.set_preference(world.partner_id, world.add_manager("anna"), name, value)


def test_a_person_has_a_bounded_number_of_preferences(world: World) -> None:
    user = world.add_manager("anna")
    for number in range(50):
        world.client.set_preference(world.partner_id, user, f"list_{number}", {})
    with pytest.raises(Malformed):
        world.client.set_preference(world.partner_id, user, "list_50", {})
    world.client.set_preference(world.partner_id, user, "list_49", {"a": 1})
