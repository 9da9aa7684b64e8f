"""Which letters are written, once each, and who may see them."""

from uuid import uuid4

import pytest

from contracts.errors import Malformed, NotFound, Unavailable
from tests.service.notify.conftest import PARTNER, World


def test_a_crossing_writes_one_letter_that_waits(world: World) -> None:
    advertiser = world.accounts.add("anna@shop.test")
    world.cross(advertiser)
    (letter,) = world.letters()
    assert (letter.partner_id, letter.advertiser_id, letter.kind) == (PARTNER, advertiser, "small_balance")
    assert (letter.recipient, letter.subject) == ("anna@shop.test", "Критический уровень средств")
    assert (letter.state, letter.attempts, letter.error, letter.sent_at) == ("waiting", 0, "", None)
    world.service.letters_wake.set.assert_called()


def test_the_same_event_again_writes_nothing(world: World) -> None:
    event_id = world.cross(world.accounts.add("anna@shop.test"))
    world.cross(*world.accounts.known, event_id=event_id)
    assert len(world.letters()) == 1
    world.cross(*world.accounts.known)
    assert len(world.letters()) == 2


def test_a_batch_asks_accounts_once(world: World) -> None:
    ids = [world.accounts.add(f"a{number}@shop.test") for number in range(30)]
    world.cross(*ids)
    assert [len(call) for call in world.accounts.calls] == [30]
    assert {letter.advertiser_id for letter in world.letters()} == set(ids)


def test_more_than_accounts_takes_at_once_is_asked_in_batches(world: World) -> None:
    world.cross(*[str(uuid4()) for _ in range(2_001)])
    assert [len(call) for call in world.accounts.calls] == [1000, 1000, 1]


def test_an_event_is_not_lost_while_accounts_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    advertiser = world.accounts.add("anna@shop.test")
    event_id = str(uuid4())

    def away(ids: list[str]) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(world.accounts, "advertisers", away)
        with pytest.raises(Unavailable):
            world.cross(advertiser, event_id=event_id)
    world.cross(advertiser, event_id=event_id)
    assert len(world.letters()) == 1


def test_who_has_no_address_gets_a_failed_letter_that_says_so(world: World) -> None:
    world.cross(world.accounts.add(""), str(uuid4()))
    assert [(letter.state, letter.error.partition(":")[0]) for letter in world.letters()] == [
        ("failed", "No address")
    ] * 2
    assert world.service.send_due() is False


def test_without_a_mail_server_letters_wait_and_say_so(world: World) -> None:
    world.cross(world.accounts.add("anna@shop.test"))
    for _ in range(3):
        assert world.service.send_due() is False
    (letter,) = world.letters()
    assert (letter.state, letter.attempts) == ("waiting", 0)
    assert "No mail server is configured" in letter.error


def test_letters_are_the_partners_own_newest_first_and_bounded(world: World) -> None:
    for number in range(3):
        world.cross(world.accounts.add(f"a{number}@shop.test"))
    assert [one.recipient[:2] for one in world.client.letters(PARTNER, limit=2)] == ["a2", "a1"]
    assert world.client.letters(str(uuid4())) == []
    for limit in (0, 501):
        with pytest.raises(Malformed):
            world.client.letters(PARTNER, limit=limit)
    with pytest.raises(NotFound):
        world.client.letters("no id")


def test_old_letters_and_old_events_are_forgotten(world: World) -> None:
    world.cross(world.accounts.add(""), world.accounts.add("anna@shop.test"))
    world.clock.advance(366 * 86400)
    assert world.service.tidy() is False
    assert [letter.state for letter in world.letters()] == ["waiting"]
