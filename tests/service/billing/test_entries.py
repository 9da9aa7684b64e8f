"""The entries behind every sum, and what the last days say about the money that is left."""

from typing import Any

import pytest

from contracts.billing_packages import EntriesQuery, EntryPage, Forecast
from contracts.errors import Malformed, NotFound
from kit.clock import from_rfc3339
from kit.money import MOST_MINOR
from services.billing import batch_repository, service_entries
from services.billing.ledger import Entry
from tests.service.billing.office import AUTHOR, Office, message, new_id
from tests.service.billing.test_packages_changes import correction, deletion


def entries(office: Office, partner: str, account: str, **filters: Any) -> EntryPage:
    return office.client.entries(EntriesQuery(partner_id=partner, account_id=account, **filters))


def kinds(page: EntryPage) -> list[str]:
    return [item.kind for item in page.items]


def at(office: Office, moment: str) -> None:
    office.clock.moment = from_rfc3339(moment)


def close_days(office: Office) -> None:
    while office.service.close_days():
        continue


def test_an_entry_says_what_moved_from_where_by_whom_and_why(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 3_000, payment_info="order 5")
    office.client.correct_package(**correction(package, -1_000))
    [down] = entries(office, partner, package.advertiser_id, kind="correction_down").items
    assert (down.amount, down.change, down.debit_account, down.credit_account) == (
        1_000,
        -1_000,
        "available",
        "outside",
    )
    assert (down.package_id, down.package_number, down.message_id) == (package.id, 1, None)
    assert (down.author, down.reason, down.created_at) == (AUTHOR, "counted wrong", "2026-11-22T09:00:00Z")


def test_the_changes_add_up_to_what_is_available(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 3_000)
    held, plain = (message(package.advertiser_id, partner, parts=2, by_delivered=held) for held in (True, False))
    office.debit(held, plain)
    office.settle(held.message_id, delivered=1, undelivered=1)
    office.client.correct_package(**correction(package, 70))
    found = entries(office, partner, package.advertiser_id)
    assert sorted(kinds(found)) == ["capture", "correction", "credit", "debit", "hold", "release"]
    assert found.change == sum(item.change for item in found.items) == 2_770
    assert found.change == office.balance(package.advertiser_id).available


def test_pages_go_back_in_time_and_end(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 3_000)
    for amount in range(1, 7):
        office.clock.advance(seconds=1)
        office.client.correct_package(**correction(package, amount))
    seen, cursor = [], None
    for size in (3, 3, 1):
        found = entries(office, partner, package.advertiser_id, limit=3, cursor=cursor)
        assert (len(found.items), found.total, found.change) == (size, 7, 3_021)
        seen += [item.amount for item in found.items]
        cursor = found.next_cursor
    assert (seen, cursor) == ([6, 5, 4, 3, 2, 1, 3_000], None)


def test_filters_narrow_the_page_and_its_sums_alike(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    first = office.package(advertiser, partner, 150, ends_at="2027-01-01T00:00:00Z")
    office.package(advertiser, partner, 500)
    item = message(advertiser, partner, parts=2)
    office.debit(item)
    by_message = entries(office, partner, advertiser, message_id=item.message_id)
    assert sorted(entry.change for entry in by_message.items) == [-150, -50]
    assert (by_message.total, by_message.change) == (2, -200)
    of_first = entries(office, partner, advertiser, package_id=first.id)
    assert (sorted(kinds(of_first)), of_first.change) == (["credit", "debit"], 0)
    assert entries(office, partner, advertiser, kind="debit", package_id=first.id).change == -150
    assert entries(office, partner, advertiser, date_to="2026-11-21").total == 0
    assert entries(office, partner, advertiser, date_from="2026-11-22", date_to="2026-11-22").total == 4


def test_a_partner_sees_its_own_entries_and_those_of_its_advertisers_alone(office: Office) -> None:
    partner, stranger = office.partner(), office.partner(amount=700)
    package = office.package(new_id(), partner, 500)
    office.debit(message(package.advertiser_id, partner))
    own = entries(office, partner, partner)
    assert sorted(kinds(own)) == ["credit", "debit"]
    assert own.change == office.balance(partner).available
    assert [item.amount for item in entries(office, stranger, stranger).items] == [700]
    for account in (package.advertiser_id, partner):
        with pytest.raises(NotFound):
            entries(office, stranger, account)
    other = office.package(new_id(), partner, 500)
    for account, package_id in ((stranger, package.id), (other.advertiser_id, package.id), (partner, package.id)):
        owner = stranger if account == stranger else partner
        with pytest.raises(NotFound):
            entries(office, owner, account, package_id=package_id)


def test_an_account_without_money_has_an_empty_page(office: Office) -> None:
    found = entries(office, office.partner(), new_id())
    assert (found.items, found.next_cursor, found.total, found.change) == ([], None, 0, 0)


def test_the_entries_of_a_deleted_package_stay(office: Office) -> None:
    package = office.package(new_id(), office.partner(), 500)
    office.client.delete_package(**deletion(package))
    found = entries(office, package.partner_id, package.advertiser_id, package_id=package.id)
    assert (found.total, found.change) == (2, 0)


def test_a_malformed_query_names_its_fields(office: Office) -> None:
    with pytest.raises(Malformed) as refused:
        entries(office, new_id(), new_id(), kind="gift", limit=0)
    assert [error["pointer"] for error in refused.value.data["errors"]] == ["/query/kind", "/query/limit"]


def test_totals_are_the_same_before_and_after_days_are_summed_up(own_office: Office) -> None:
    office = own_office
    at(office, "2026-11-19T23:59:59.999Z")
    partner, advertiser = office.partner(), new_id()
    package = office.package(advertiser, partner, 10_000)
    for moment in ("2026-11-20T00:00:00Z", "2026-11-20T12:00:00Z", "2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z"):
        at(office, moment)
        office.debit(message(advertiser, partner, parts=3), message(advertiser, partner, by_delivered=True))
    filters: list[dict[str, Any]] = [
        {},
        {"kind": "debit"},
        {"package_id": package.id},
        {"date_from": "2026-11-20"},
        {"date_to": "2026-11-20"},
        {"date_from": "2026-11-20", "date_to": "2026-11-21", "kind": "hold"},
        {"date_from": "2026-11-22"},
        {"date_from": "2026-11-23"},
    ]

    def said() -> list[Any]:
        return [
            entries(office, partner, account, **one)
            for account in (advertiser, partner)
            for one in filters
            if account == advertiser or "package_id" not in one
        ]

    before = said()
    assert (before[0].total, before[0].change) == (9, 10_000 - 1_600)
    close_days(office)
    assert office.rows("SELECT until FROM ledger_closed")[0][0].isoformat() == "2026-11-22"
    assert said() == before
    assert office.rows("SELECT sum(entries) FROM ledger_day WHERE account_id = :id", id=advertiser) == [(7,)]
    assert office.audit() == []


def test_a_day_is_summed_up_an_hour_after_its_end_and_once(own_office: Office) -> None:
    office = own_office
    assert not office.service.close_days()
    office.advertiser(office.partner(), 500)
    at(office, "2026-11-23T00:59:59Z")
    assert not office.service.close_days()
    at(office, "2026-11-23T01:00:00Z")
    assert office.service.close_days()
    assert not office.service.close_days()


def test_sums_that_go_to_and_fro_beyond_a_bigint_keep_no_day_from_being_summed_up(own_office: Office) -> None:
    office = own_office
    partner = office.partner()
    package = office.package(new_id(), partner, 500)
    moves = [Entry(kind, package.advertiser_id, package.id, None, MOST_MINOR) for kind in TO_AND_FRO]
    with office.db.begin() as connection:
        batch_repository.add_entries(connection, moves * 93, office.clock.now())
    before = entries(office, partner, package.advertiser_id)
    assert (before.total, before.change) == (187, 500)
    at(office, "2026-11-23T01:00:00Z")
    assert office.service.close_days()
    assert entries(office, partner, package.advertiser_id) == before
    assert office.audit() == []


TO_AND_FRO = ("correction", "correction_down")


def test_more_than_can_be_looked_through_in_time_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = office.partner()
    monkeypatch.setattr(service_entries, "_refuse_foreign", lambda connection, _: connection.exec_driver_sql(SLOW))
    monkeypatch.setattr(service_entries, "READ_TIMEOUT_SECONDS", "0.02")
    with pytest.raises(Malformed, match="choose fewer days"):
        entries(office, partner, partner)


SLOW = "SELECT pg_sleep(5)"


def test_a_forecast_divides_what_is_left_by_what_full_days_cost(own_office: Office) -> None:
    office = own_office
    at(office, "2026-11-18T10:00:00Z")
    partner, advertiser = office.partner(amount=10_000), new_id()
    office.package(advertiser, partner, 2_000)
    items = {}
    for day, parts in (("19", 1), ("20", 2), ("21", 4), ("22", 5)):
        at(office, f"2026-11-{day}T10:00:00Z")
        items[day] = message(advertiser, partner, parts=parts)
        office.debit(items[day])
    held = message(advertiser, partner, by_delivered=True)
    office.debit(held)

    unknown = new_id()

    def said() -> list[Forecast]:
        return office.client.forecast([advertiser, unknown, partner], days=3)

    before = said()
    own, nobody, seller = before
    assert [(day.day, day.amount) for day in own.days] == [
        ("2026-11-19", 100),
        ("2026-11-20", 200),
        ("2026-11-21", 400),
    ]
    assert (own.available, own.per_day, own.days_left) == (700, 233, 3)
    assert (nobody.available, nobody.per_day, nobody.days_left) == (0, 0, None)
    assert (seller.per_day, seller.days_left) == (140, office.balance(partner).available * 3 // 420)
    close_days(office)
    assert said() == before


def test_a_refund_is_taken_off_the_day_it_was_given(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    office.package(advertiser, partner, 2_000)
    item = message(advertiser, partner, parts=3)
    office.debit(item)
    office.settle(item.message_id, delivered=1, unsubmitted=2)
    at(office, "2026-11-23T10:00:00Z")
    [said] = office.client.forecast([advertiser], days=1)
    assert [day.amount for day in said.days] == [100]
