"""The oferta: versions, who accepted which, and the zones that new accounts tell of."""

import importlib
from typing import Any

import eventlet
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from contracts.errors import Conflict, Malformed, NotFound
from services.accounts.offers import MOST_OFFER
from tests.service.accounts.conftest import PASSWORD, World, new_advertiser

TEXT = "Публичная оферта\n\n1. Предмет договора"


def _accept(world: World, version: int, **changes: Any) -> Any:
    arguments = {"login": "client", "address": "192.0.2.1"} | changes
    return world.client.accept_offer(world.partner_id, world.advertiser_id, version=version, **arguments)


def test_a_partner_without_an_oferta_asks_nobody(world: World) -> None:
    assert world.client.offer_for(world.partner_id, world.advertiser_id) is None
    assert world.client.offers(world.partner_id) == []


def test_each_text_is_a_version_that_everybody_is_asked_to_accept_anew(world: World) -> None:
    first = world.client.publish_offer(world.partner_id, text=TEXT, author="boss")
    assert (first.version, first.text, first.author, first.accepted_at) == (1, TEXT, "boss", None)
    accepted = _accept(world, 1)
    assert (accepted.version, accepted.login, accepted.address) == (1, "client", "192.0.2.1")
    found = world.client.offer_for(world.partner_id, world.advertiser_id)
    assert found is not None
    assert found.accepted_at == accepted.accepted_at
    assert world.client.publish_offer(world.partner_id, text=TEXT + "!", author="boss").version == 2
    again = world.client.offer_for(world.partner_id, world.advertiser_id)
    assert again is not None
    assert (again.version, again.accepted_at) == (2, None)
    assert [(one.version, one.acceptances) for one in world.client.offers(world.partner_id)] == [(2, 0), (1, 1)]


def test_the_same_text_again_is_no_new_version(world: World) -> None:
    world.client.publish_offer(world.partner_id, text=TEXT, author="boss")
    assert (
        world.client.publish_offer(world.partner_id, text=TEXT.replace("\n", "\r\n") + "\r\n", author="x").version == 1
    )


@pytest.mark.parametrize(
    ("bad", "code"),
    [("", "required"), (" \n", "required"), ("x" * (MOST_OFFER + 1), "too_long"), ("a\x00b", "text_invalid")],
)
def test_a_text_that_can_not_be_shown_is_refused_at_its_field(world: World, bad: str, code: str) -> None:
    with pytest.raises(Malformed) as error:
        world.client.publish_offer(world.partner_id, text=bad, author="boss")
    assert [(one["pointer"], one["code"]) for one in error.value.data["errors"]] == [("/text", code)]
    assert world.client.offers(world.partner_id) == []


def test_the_longest_text_is_kept_whole(world: World) -> None:
    assert world.client.publish_offer(world.partner_id, text="ж" * MOST_OFFER, author="boss").text == "ж" * MOST_OFFER


def test_only_the_newest_version_is_accepted(world: World) -> None:
    world.client.publish_offer(world.partner_id, text=TEXT, author="boss")
    world.client.publish_offer(world.partner_id, text="2", author="boss")
    for version in (1, 3):
        with pytest.raises(Conflict) as error:
            _accept(world, version)
        assert error.value.data["errors"][0]["code"] == "offer_changed"
    assert world.client.offer_acceptances(world.partner_id, 1) == []


def test_the_first_acceptance_stands_and_its_repeat_gets_it(world: World) -> None:
    world.client.publish_offer(world.partner_id, text=TEXT, author="boss")
    first = _accept(world, 1)
    world.clock.advance(60)
    assert _accept(world, 1, login="other", address="192.0.2.9") == first
    world.client.publish_offer(world.partner_id, text="2", author="boss")
    assert _accept(world, 1) == first


def test_acceptances_at_once_store_one(world: World) -> None:
    world.client.publish_offer(world.partner_id, text=TEXT, author="boss")
    threads = [eventlet.spawn(_accept, world, 1, address=f"192.0.2.{number}") for number in range(10)]
    answers = {thread.wait().address for thread in threads}
    [stored] = world.client.offer_acceptances(world.partner_id, 1)
    assert answers == {stored.address}


def test_versions_published_at_once_get_numbers_of_their_own(world: World) -> None:
    threads = [
        eventlet.spawn(world.client.publish_offer, world.partner_id, text=f"text {number}", author="boss")
        for number in range(8)
    ]
    assert sorted(thread.wait().version for thread in threads) == list(range(1, 9))


def test_an_oferta_is_its_partners_alone(world: World) -> None:
    world.client.publish_offer(world.partner_id, text=TEXT, author="boss")
    assert world.client.offer_for(world.other_partner_id, world.other_advertiser_id) is None
    for partner_id, advertiser_id in ((world.other_partner_id, world.advertiser_id), ("x", "y")):
        with pytest.raises(NotFound):
            world.client.offer_for(partner_id, advertiser_id)
        with pytest.raises(NotFound):
            world.client.accept_offer(partner_id, advertiser_id, version=1, login="client", address="192.0.2.1")
    with pytest.raises(NotFound):
        world.client.publish_offer("x", text=TEXT, author="boss")
    with pytest.raises(NotFound):
        world.client.offer_acceptances("x", 1)


def test_new_accounts_tell_their_zones_and_refused_ones_do_not(world: World) -> None:
    expected = {
        world.partner_id: "Europe/Moscow",
        world.other_partner_id: "Asia/Omsk",
        world.advertiser_id: "Europe/Moscow",
        world.other_advertiser_id: "Europe/Moscow",
    }
    assert world.zones() == expected
    with pytest.raises(Conflict):
        world.client.create_advertiser(world.partner_id, new_advertiser())
    with pytest.raises(Conflict):
        world.client.create_partner(name="3", hosts=["one.example"], login="boss", password=PASSWORD, zone="Asia/Omsk")
    assert world.zones() == expected


def test_accounts_from_before_tell_their_zones_once(world: World) -> None:
    """The migration's own words, run again over the accounts that are there."""
    expected = world.zones()
    migration = importlib.import_module("services.accounts.migrations.0002_offers")
    with world.db.begin() as connection:
        connection.execute(text("DELETE FROM outbox; DROP TABLE offer_acceptances; DROP TABLE offers"))
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
    assert world.zones() == expected
    [document] = world.query("SELECT envelope FROM outbox")
    assert set(document[0]) == {"id", "name", "version", "occurred_at", "data"}
