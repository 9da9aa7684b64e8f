"""Who waits for money is told when it is there; who falls below the level is told once."""

from typing import Any

import pytest

from contracts.billing import BalanceLevelCrossed, FundsAdded, PartnerFundsEnded
from contracts.errors import Malformed
from tests.service.billing.office import AUTHOR, Office, message, new_id


def told(office: Office) -> list[tuple[list[str], list[str]]]:
    return [(event.advertiser_ids, event.partner_ids) for event in office.events(FundsAdded)]


def crossings(office: Office) -> list[tuple[str, str, int, int]]:
    return [
        (item.advertiser_id, item.partner_id, item.available, item.level)
        for event in office.events(BalanceLevelCrossed)
        for item in event.items
    ]


def test_a_package_and_a_partners_credit_are_told_once_each(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 100)
    assert told(office) == [([], [partner]), ([advertiser], [])]


def test_a_package_that_starts_later_is_told_at_its_date(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 100, starts_at="2026-11-22T10:00:00Z")
    told(office)
    office.service.announce_started_packages()
    assert told(office) == []
    office.clock.advance(3600)
    office.service.announce_started_packages()
    office.service.announce_started_packages()
    assert told(office) == [([advertiser], [])]


def test_a_release_that_pays_for_what_was_refused_is_told_once(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 250)
    held = [message(advertiser, partner, by_delivered=True) for _ in range(2)]
    office.debit(*held, message(advertiser, partner, sell_price=200))
    told(office)
    office.settle(held[0].message_id, undelivered=1)
    assert told(office) == []
    office.settle(held[1].message_id, undelivered=1)
    assert told(office) == [([advertiser], [])]


def test_a_release_wakes_nobody_who_was_never_refused(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 250)
    item = message(advertiser, partner, by_delivered=True, buy_by_delivered=True)
    office.debit(item)
    told(office)
    office.settle(item.message_id, undelivered=1)
    assert told(office) == []


def test_a_partner_is_told_when_its_money_comes_back(office: Office) -> None:
    partner = office.partner(amount=100)
    advertiser = office.advertiser(partner, 1_000)
    item = message(advertiser, partner, by_delivered=True, buy_by_delivered=True)
    office.debit(item, message(advertiser, partner))
    told(office)
    office.settle(item.message_id, undelivered=1)
    assert told(office) == [([], [partner])]


def test_a_refund_that_pays_for_what_was_refused_is_told(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 100)
    item = message(advertiser, partner)
    office.debit(item, message(advertiser, partner))
    office.settle(item.message_id, delivered=1)
    told(office)
    office.client.refund(id=new_id(), message_id=item.message_id, amount=100, author=AUTHOR, reason="gift")
    assert told(office) == [([advertiser], [])]


def test_a_level_is_told_once_per_fall_and_armed_again_by_a_top_up(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    office.client.set_level(partner, advertiser, level=850)
    office.debit(message(advertiser, partner))
    assert crossings(office) == []
    office.debit(message(advertiser, partner))
    office.debit(message(advertiser, partner))
    assert crossings(office) == [(advertiser, partner, 800, 850)]
    office.package(advertiser, partner, 200)
    office.debit(message(advertiser, partner))
    assert crossings(office) == [(advertiser, partner, 800, 850)]


@pytest.mark.parametrize(("level", "falls"), [(950, 1), (909, 2)])
def test_a_release_arms_the_level_again_only_from_a_tenth_above_it(office: Office, level: int, falls: int) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    office.client.set_level(partner, advertiser, level=level)
    item = message(advertiser, partner, by_delivered=True)
    office.debit(item)
    office.settle(item.message_id, undelivered=1)
    office.debit(message(advertiser, partner))
    assert len(crossings(office)) == falls


def test_a_level_in_percent_is_of_what_the_packages_valid_now_have_credited(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 100, ends_at="2026-11-23T00:00:00Z")
    office.package(advertiser, partner, 900)
    office.package(advertiser, partner, 10**6, starts_at="2026-12-01T00:00:00Z")
    office.client.set_level(partner, advertiser, level=10, percent=80)
    office.debit(message(advertiser, partner, parts=2))
    assert crossings(office) == []
    office.debit(message(advertiser, partner))
    assert crossings(office) == [(advertiser, partner, 700, 800)]
    balance = office.balance(advertiser)
    assert (balance.level, balance.level_percent) == (10, 80)
    office.clock.advance(24 * 3600)
    office.package(advertiser, partner, 100)
    office.debit(message(advertiser, partner))
    assert crossings(office) == [(advertiser, partner, 700, 800)]


def test_a_level_in_percent_tells_of_the_end_of_all_money_even_where_nothing_is_credited(office: Office) -> None:
    partner = office.partner()
    ended = office.advertiser(partner, 1_000, ends_at="2026-11-23T00:00:00Z")
    on_credit = office.advertiser(partner, 0, credit=500)
    for advertiser in (ended, on_credit):
        office.client.set_level(partner, advertiser, level=0, percent=20)
    office.debit(*(message(on_credit, partner) for _ in range(5)))
    assert crossings(office) == [(on_credit, partner, 0, 100)]
    office.clock.advance(24 * 3600)
    office.service.expire_ended_packages()
    office.service.expire_ended_packages()
    assert crossings(office) == [(ended, partner, 0, 100)]


def test_a_top_up_that_stays_below_the_level_does_not_arm_it(office: Office) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    office.client.set_level(partner, advertiser, level=850)
    office.debit(message(advertiser, partner, parts=3))
    office.package(advertiser, partner, 100)
    office.debit(message(advertiser, partner))
    assert len(crossings(office)) == 1


def test_a_level_above_what_is_there_tells_only_of_the_next_fall(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    office.client.set_level(partner, advertiser, level=500)
    office.package(advertiser, partner, 400)
    office.debit(message(advertiser, partner))
    assert crossings(office) == []
    office.package(advertiser, partner, 300)
    office.debit(message(advertiser, partner, parts=2))
    assert crossings(office) == [(advertiser, partner, 400, 500)]


def test_a_level_is_a_sum(office: Office) -> None:
    with pytest.raises(Malformed):
        office.client.set_level(new_id(), new_id(), level=-1)
    with pytest.raises(Malformed):
        office.client.set_level(new_id(), new_id(), level=0, percent=101)


def test_a_batch_that_is_refused_leaves_no_event(office: Office) -> None:
    partner = office.partner()
    office.events(FundsAdded)
    with pytest.raises(Malformed):
        office.debit(message(new_id(), partner, parts=0))
    assert office.rows("SELECT count(*) FROM outbox") == [(0,)]


def endings(office: Office) -> list[tuple[str, int]]:
    return [(item.partner_id, item.available) for event in office.events(PartnerFundsEnded) for item in event.items]


def test_the_end_of_a_partners_money_is_told_once_until_a_credit_makes_more_available(office: Office) -> None:
    partner = office.partner(amount=100)
    advertiser = office.advertiser(partner, 10_000)

    def ask(price: int = 60) -> str | None:
        return office.debit(message(advertiser, partner, buy_price=price))[0].refusal

    assert (ask(), endings(office)) == (None, [])
    assert ([ask(), ask()], endings(office)) == (["partner_funds"] * 2, [(partner, 40)])
    assert (ask(40), ask(), endings(office)) == (None, "partner_funds", [])
    credit: dict[str, Any] = {"partner_id": partner, "author": AUTHOR}
    office.client.credit_partner(id=new_id(), amount=0, credit=0, **credit)
    assert (ask(), endings(office)) == ("partner_funds", [])
    office.client.credit_partner(id=new_id(), amount=0, credit=70, **credit)
    assert (ask(), endings(office)) == (None, [])
    assert (ask(), endings(office)) == ("partner_funds", [(partner, 10)])


def test_money_that_returns_to_a_partner_does_not_make_its_next_end_news(office: Office) -> None:
    partner = office.partner(amount=60)
    advertiser = office.advertiser(partner, 10_000)
    held = message(advertiser, partner, buy_by_delivered=True)
    office.debit(held, message(advertiser, partner))
    assert endings(office) == [(partner, 0)]
    office.settle(held.message_id, undelivered=1)
    answers = office.debit(*(message(advertiser, partner) for _ in range(2)))
    assert ([one.refusal for one in answers], endings(office)) == ([None, "partner_funds"], [])


def test_the_ends_of_several_partners_in_a_batch_are_one_event_and_an_estimate_tells_none(office: Office) -> None:
    pairs = []
    for _ in range(2):
        partner = office.partner(amount=0)
        pairs.append((office.advertiser(partner, 100), partner))
    batch = [message(*pair) for pair in pairs for _ in range(2)]
    office.client.estimate(batch)
    assert office.events(PartnerFundsEnded) == []
    office.debit(*batch, message(pairs[0][0], pairs[0][1], sell_price=101))
    [event] = office.events(PartnerFundsEnded)
    assert sorted(one.partner_id for one in event.items) == sorted(partner for _, partner in pairs)
