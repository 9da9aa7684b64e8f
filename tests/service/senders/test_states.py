"""Names at operators, the test sender, and who may use what of them."""

from typing import Any

import pytest

from contracts.accounts import TestModeEnded
from contracts.errors import Conflict, Malformed, NotFound
from contracts.senders import CheckItem
from kit.ids import uuid7
from tests.service.senders.test_senders import BANK, OTHER_PARTNER, PARTNER, SHOP, World

__all__ = ["database", "world"]
from tests.service.senders.test_senders import database, world

#: Of the Federal Tax Service itself.
INN = "7707329152"


def _state(world: World, sender_id: str, *, version: int = 0, partner: str = PARTNER, **changes: Any) -> Any:
    values = {"mcc": "250", "mnc": "99", "state": "registered", "legal_entity": "ООО «Пример»", "inn": INN}
    values |= {"since": "2026-01-01", "until": "", "comment": "", "author": "boss"}
    return world.client.put_registration(partner, sender_id, version=version, **{**values, **changes})


def _barred(world: World, sender: str) -> list[str] | None:
    return world.client.check([CheckItem(advertiser_id=SHOP, sender=sender)])[0].barred


def _settings(world: World, **changes: Any) -> Any:
    version = world.client.sender_settings(PARTNER).version
    values = {"test_sender": "TEST", "unregistered": "warn", "version": version, "author": "boss"}
    return world.client.set_sender_settings(PARTNER, **{**values, **changes})


def test_a_name_is_asked_for_with_the_legal_entity_and_its_inn(world: World) -> None:
    made = world.client.request(PARTNER, SHOP, name="SHOP", legal_entity=" ООО «Пример» ", inn=INN)
    assert (made.legal_entity, made.inn) == ("ООО «Пример»", INN)
    assert world.client.sender(PARTNER, made.id) == made
    with pytest.raises(Malformed) as told:
        world.client.request(PARTNER, SHOP, name="абв", legal_entity="а\0", inn="7707329153")
    codes = [one["code"] for one in told.value.data["errors"]]
    assert codes == ["name_invalid", "text_invalid", "inn_invalid"]
    with pytest.raises(NotFound):
        world.client.sender(OTHER_PARTNER, made.id)


def test_states_of_a_name_at_operators_are_kept_and_changed_by_one_at_a_time(world: World) -> None:
    name = world.request("SHOP")
    first = _state(world, name.id, state="pending")
    assert (first.version, first.state, first.since, first.until) == (1, "pending", "2026-01-01", "")
    assert _state(world, name.id, version=1).version == 2
    for version in (0, 1):
        with pytest.raises(Conflict):
            _state(world, name.id, version=version)
    assert [one.mnc for one in world.client.registrations_of_advertiser(PARTNER, SHOP)] == ["99"]
    world.client.drop_registration(PARTNER, name.id, first.id)
    assert world.client.registrations(PARTNER, name.id) == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("mcc", "25", "mcc_invalid"),
        ("mnc", "x1", "mnc_invalid"),
        ("state", "maybe", "registration_state_invalid"),
        ("legal_entity", "", "legal_entity_missing"),
        ("inn", "123", "inn_invalid"),
        ("since", "01.02.2026", "date_invalid"),
        ("until", "2025-12-31", "dates_reversed"),
        ("comment", "x" * 501, "text_invalid"),
    ],
)
def test_what_is_wrong_with_a_state_is_told_at_its_field(world: World, field: str, value: str, code: str) -> None:
    name = world.request("SHOP")
    with pytest.raises(Malformed) as told:
        _state(world, name.id, **{field: value})
    assert [(one["pointer"], one["code"]) for one in told.value.data["errors"]] == [(f"/{field}", code)]
    assert world.client.registrations(PARTNER, name.id) == []


def test_another_partner_states_nothing(world: World) -> None:
    name = world.request("SHOP")
    for attempt in (
        lambda: _state(world, name.id, partner=OTHER_PARTNER),
        lambda: world.client.registrations(OTHER_PARTNER, name.id),
        lambda: world.client.name_history(OTHER_PARTNER, name.id),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert world.client.registrations_of_advertiser(OTHER_PARTNER, SHOP) == []


def test_a_name_that_is_not_registered_is_barred_where_others_are_if_the_partner_says_so(world: World) -> None:
    good, bad = world.request("GOOD"), world.request("BAD")
    for name in (good, bad):
        world.decide(name.id, True)
    _state(world, good.id)
    _state(world, bad.id, state="pending")
    _state(world, bad.id, mnc="01", state="refused")
    assert _barred(world, "BAD") is None, "it only warns"
    _settings(world, unregistered="refuse")
    assert (_barred(world, "BAD"), _barred(world, "GOOD")) == (["25001", "25099"], ["25001"])


def test_in_test_mode_only_the_test_sender_may_be_used(world: World) -> None:
    world.decide(world.request("SHOP").id, True)
    world.client.set_policy(PARTNER, SHOP, any_sender=True, automatic=True, test_mode=True)
    assert world.refusals("TEST", "SHOP") == ["sender_test_only"] * 2, "the partner has none yet"
    _settings(world)
    assert world.refusals("TEST", "SHOP") == [None, "sender_test_only"]
    found = world.client.policy(PARTNER, SHOP)
    assert found is not None and (found.test_mode, found.test_sender) == (True, "TEST")
    world.client.set_policy(PARTNER, SHOP, any_sender=False, automatic=True, test_mode=False)
    assert world.refusals("TEST", "SHOP") == ["sender_unknown", None]


def test_who_is_let_out_of_test_mode_may_use_its_own_names_and_nobody_else_may(world: World) -> None:
    for advertiser in (SHOP, BANK):
        world.decide(world.request("OWN", advertiser).id, True)
        world.client.set_policy(PARTNER, advertiser, any_sender=False, automatic=False, test_mode=True)
    world.hear(TestModeEnded(advertiser_ids=[SHOP, str(uuid7())]))
    assert world.refusals("OWN") == [None]
    assert world.refusals("OWN", advertiser=BANK) == ["sender_test_only"]


def test_settings_are_changed_by_one_at_a_time_and_by_the_rules_of_names(world: World) -> None:
    assert world.client.sender_settings(PARTNER).version == 0
    assert _settings(world).version == 1
    assert _settings(world, test_sender="").test_sender == ""
    for wrong in ({"test_sender": "слово"}, {"unregistered": "maybe"}):
        with pytest.raises(Malformed):
            _settings(world, **wrong)
    for version in (0, 1):
        with pytest.raises(Conflict):
            _settings(world, version=version)


def test_the_history_of_a_name_is_told_newest_first(world: World) -> None:
    name = world.request("SHOP")
    world.decide(name.id, False, "не то")
    world.clock.advance(1)
    world.decide(name.id, True)
    told = [(one.state, one.reason, one.author) for one in world.client.name_history(PARTNER, name.id)]
    assert told == [("approved", "", "boss"), ("refused", "не то", "boss")]
