"""Versions of a tariff on a real database: prices change on time, on every replica, and the past stays."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from contracts.errors import Conflict, Malformed, NotFound
from contracts.tariffs import OPERATOR_OWNER, Quote, Tariff, TariffsClient
from kit.clock import FixedClock, to_rfc3339
from kit.database import Transactions
from tests.service.tariffs.conftest import NOW, NewClient
from tests.unit.tariffs.books import ADVERTISER, item, row

HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
AT_TEN, AT_ELEVEN = to_rfc3339(NOW + HOUR), to_rfc3339(NOW + 2 * HOUR)


@pytest.fixture
def db(module_db: Transactions) -> Transactions:
    return module_db


@pytest.fixture
def tariff(client: TariffsClient, partner: str) -> Tariff:
    """8 000 for all of Russia from now on, assigned, and a price to buy for."""
    bought = client.save_tariff(OPERATOR_OWNER, name=f"of {partner}", rows=[row(price=1)])
    client.assign(OPERATOR_OWNER, tariff_id=bought.id, subject_id=partner, author="operator")
    sold = client.save_tariff(partner, name="tarif1", rows=[row(price=8_000)])
    client.assign(partner, tariff_id=sold.id, subject_id=ADVERTISER, author="manager")
    return sold


def quoted(client: TariffsClient, partner: str) -> Quote:
    (found,) = client.quote([item(partner_id=partner)])
    return found


def price(client: TariffsClient, partner: str) -> int:
    return quoted(client, partner).sell_price


def test_a_version_to_come_prices_from_its_start_on_and_not_before(
    client: TariffsClient, clock: FixedClock, partner: str, tariff: Tariff
) -> None:
    planned = client.save_tariff(
        partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)], valid_from=AT_TEN
    )
    assert (planned.id, planned.valid_from, planned.versions) == (tariff.id, AT_TEN, [tariff.valid_from, AT_TEN])
    assert planned.rows == [row(price=9_000)]
    assert price(client, partner) == 8_000
    clock.moment = NOW + HOUR - MICROSECOND
    assert price(client, partner) == 8_000
    clock.moment = NOW + HOUR
    assert price(client, partner) == 9_000


def test_every_replica_switches_at_the_start_and_reads_nothing_for_it(
    new_client: NewClient, clock: FixedClock, db: Transactions, partner: str, tariff: Tariff
) -> None:
    replicas = [new_client() for _ in range(3)]
    replicas[0].save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)], valid_from=AT_TEN)
    assert [price(one, partner) for one in replicas] == [8_000] * 3
    statements: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    clock.moment = NOW + HOUR
    assert [price(one, partner) for one in replicas] == [9_000] * 3
    assert statements == ["SELECT kind, value FROM revisions"] * 3


def test_each_replica_goes_by_its_own_clock(new_client: NewClient, partner: str, tariff: Tariff) -> None:
    early, late = new_client(clock=FixedClock(NOW + HOUR - MICROSECOND)), new_client(clock=FixedClock(NOW + HOUR))
    new_client().save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)], valid_from=AT_TEN)
    assert (price(early, partner), price(late, partner)) == (8_000, 9_000)


def test_a_version_that_one_replica_has_started_holds_on_one_whose_clock_is_behind(
    new_client: NewClient, partner: str, tariff: Tariff
) -> None:
    ahead, behind = new_client(clock=FixedClock(NOW + timedelta(seconds=2))), new_client()
    ahead.put_row(partner, tariff_id=tariff.id, row=row(mnc="99", price=7_000))
    assert price(behind, partner) == 7_000
    behind.put_row(partner, tariff_id=tariff.id, row=row(mnc="01", price=6_000))
    for one in (ahead, behind, new_client()):
        assert {found.mnc: found.price for found in one.tariff(partner, tariff.id).rows} == {
            "": 8_000,
            "01": 6_000,
            "99": 7_000,
        }
        assert price(one, partner) == 7_000


def test_several_versions_to_come_follow_each_other(
    client: TariffsClient, clock: FixedClock, partner: str, tariff: Tariff
) -> None:
    client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=10_000)], valid_from=AT_ELEVEN)
    client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)], valid_from=AT_TEN)
    seen = []
    for moment in (NOW, NOW + HOUR, NOW + 2 * HOUR):
        clock.moment = moment
        seen.append((price(client, partner), client.tariff(partner, tariff.id).rows[0].price))
    assert seen == [(8_000, 8_000), (9_000, 9_000), (10_000, 10_000)]
    assert client.tariff(partner, tariff.id).versions == [tariff.valid_from, AT_TEN, AT_ELEVEN]


def test_what_was_in_force_can_still_be_read(
    client: TariffsClient, clock: FixedClock, partner: str, tariff: Tariff
) -> None:
    clock.advance(60)
    client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)])
    assert client.tariff(partner, tariff.id).rows == [row(price=9_000)]
    assert client.tariff(partner, tariff.id, valid_from=tariff.valid_from).rows == [row(price=8_000)]
    with pytest.raises(NotFound):
        client.tariff(partner, tariff.id, valid_from=AT_ELEVEN)


def test_saving_a_start_again_replaces_that_version(client: TariffsClient, partner: str, tariff: Tariff) -> None:
    client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)], valid_from=AT_TEN)
    again = client.save_tariff(
        partner,
        name="tarif1",
        tariff_id=tariff.id,
        rows=[row(mnc="99", price=7_000)],
        valid_from="2026-11-22T13:15:00+03:00",
    )
    assert (again.versions, again.rows) == ([tariff.valid_from, AT_TEN], [row(mnc="99", price=7_000)])


def test_a_change_from_now_on_leaves_a_version_to_come_as_it_was(
    client: TariffsClient, partner: str, tariff: Tariff
) -> None:
    planned = client.save_tariff(
        partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)], valid_from=AT_TEN
    )
    client.put_row(partner, tariff_id=tariff.id, row=row(mnc="99", price=1))
    assert price(client, partner) == 1
    assert client.tariff(partner, tariff.id, valid_from=AT_TEN).rows == planned.rows


def test_a_row_from_a_moment_to_come_on_is_added_to_what_holds_by_then(
    client: TariffsClient, clock: FixedClock, partner: str, tariff: Tariff
) -> None:
    client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)], valid_from=AT_TEN)
    later = client.put_row(partner, tariff_id=tariff.id, row=row(mnc="99", price=7_000), valid_from=AT_ELEVEN)
    assert later.rows == [row(price=9_000), row(mnc="99", price=7_000)]
    edited = client.put_row(partner, tariff_id=tariff.id, row=row(mnc="01", price=6_000), valid_from=AT_TEN)
    assert edited.rows == [row(price=9_000), row(mnc="01", price=6_000)]
    assert client.tariff(partner, tariff.id).rows == [row(price=8_000)]


def test_a_version_to_come_is_taken_back(
    client: TariffsClient, clock: FixedClock, partner: str, tariff: Tariff
) -> None:
    client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)], valid_from=AT_TEN)
    assert price(client, partner) == 8_000
    assert client.drop_version(partner, tariff_id=tariff.id, valid_from=AT_TEN).versions == [tariff.valid_from]
    clock.moment = NOW + HOUR
    assert price(client, partner) == 8_000


def test_a_version_that_has_started_is_not_taken_back(
    client: TariffsClient, clock: FixedClock, partner: str, tariff: Tariff
) -> None:
    client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[row(price=9_000)], valid_from=AT_TEN)
    clock.moment = NOW + HOUR
    with pytest.raises(Conflict):
        client.drop_version(partner, tariff_id=tariff.id, valid_from=AT_TEN)
    with pytest.raises(NotFound):
        client.drop_version(partner, tariff_id=tariff.id, valid_from=AT_ELEVEN)
    assert price(client, partner) == 9_000


def test_a_tariff_that_starts_later_is_shown_and_prices_nothing_yet(
    client: TariffsClient, clock: FixedClock, partner: str, tariff: Tariff
) -> None:
    later = client.save_tariff(partner, name="later", rows=[row(price=1)], valid_from=AT_TEN)
    client.assign(partner, tariff_id=later.id, subject_id=ADVERTISER, author="manager")
    assert quoted(client, partner).sell_tiers == []
    shown = client.tariff(partner, later.id)
    assert (shown.rows, shown.valid_from, shown.versions) == ([row(price=1)], AT_TEN, [AT_TEN])
    with pytest.raises(Conflict):
        client.drop_version(partner, tariff_id=later.id, valid_from=AT_TEN)
    clock.moment = NOW + HOUR
    assert price(client, partner) == 1


@pytest.mark.parametrize("start", [NOW - MICROSECOND, NOW - 24 * HOUR])
def test_prices_never_change_in_the_past(client: TariffsClient, partner: str, tariff: Tariff, start: datetime) -> None:
    before, past = client.tariff(partner, tariff.id), to_rfc3339(start)
    changes = [
        lambda: client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[], valid_from=past),
        lambda: client.save_tariff(partner, name="another", rows=[], valid_from=past),
        lambda: client.put_row(partner, tariff_id=tariff.id, row=row(price=1), valid_from=past),
        lambda: client.drop_row(
            partner, tariff_id=tariff.id, mcc="250", mnc="", sms_type="", from_nth=1, valid_from=past
        ),
    ]
    for change in changes:
        with pytest.raises(Malformed) as caught:
            change()
        assert [(one["pointer"], one["code"]) for one in caught.value.data["errors"]] == [("/valid_from", "past")]
    assert client.list_tariffs(partner) == [before]


def test_a_start_that_is_no_moment_saves_nothing(client: TariffsClient, partner: str, tariff: Tariff) -> None:
    with pytest.raises(Malformed) as caught:
        client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=[], valid_from="tomorrow")
    assert caught.value.data["errors"][0]["pointer"] == "/valid_from"


def test_what_changes_nothing_makes_no_version(
    client: TariffsClient, clock: FixedClock, partner: str, tariff: Tariff
) -> None:
    clock.advance(60)
    client.save_tariff(partner, name="tarif1", tariff_id=tariff.id, rows=tariff.rows)
    client.put_row(partner, tariff_id=tariff.id, row=tariff.rows[0])
    assert client.tariff(partner, tariff.id).versions == tariff.versions
