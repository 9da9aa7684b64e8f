"""Packages are changed, corrected and deleted: by entries, within what was spent, against debits at the same time."""

import random
from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from sqlalchemy.exc import IntegrityError

from contracts.billing import BalanceLevelCrossed, FundsAdded
from contracts.billing_packages import NewPackage, Package, PackageTerms
from contracts.errors import Conflict, IdempotencyMismatch, Malformed, NotFound
from contracts.tariffs import TariffRow
from services.billing import packages_posting
from services.billing.packages import terms_of
from tests.service.billing.office import AUTHOR, NOW, Office, message, new_id

BEELINE = TariffRow(mcc="250", mnc="99", sms_type="", by_delivered=True, price=8_000)
RUSSIA = TariffRow(mcc="250", mnc="", sms_type="service", by_delivered=False, price=9_000, from_nth=1_001)


def correction(package: Package, amount: int, **changes: Any) -> dict[str, Any]:
    known = {"id": new_id(), "partner_id": package.partner_id, "package_id": package.id, "amount": amount}
    return known | {"author": AUTHOR, "reason": "counted wrong"} | changes


def deletion(package: Package, **changes: Any) -> dict[str, Any]:
    known = {"id": new_id(), "partner_id": package.partner_id, "package_id": package.id}
    return known | {"author": AUTHOR, "reason": "by mistake"} | changes


def change(office: Office, package: Package, about: dict[str, Any] | None = None, **changes: Any) -> Package:
    """`about`: arguments of the call beside the terms."""
    names = ("credit", "payment_kind", "payment_info", "invoice_number", "ends_at", "planned_payment_at")
    terms = PackageTerms(**{name: getattr(package, name) for name in names} | changes)
    arguments = {"id": new_id(), "partner_id": package.partner_id, "package_id": package.id} | (about or {})
    return office.client.change_package(**arguments, terms=terms, author=AUTHOR)


def entries_of(office: Office, package: Package) -> list[tuple[Any, ...]]:
    sql = "SELECT kind, amount, author, reason FROM ledger_entry WHERE package_id = :id ORDER BY id"
    return office.rows(sql, id=package.id)


def shown(office: Office, package: Package) -> Package:
    found = {one.id: one for one in office.client.packages(package.partner_id, package.advertiser_id)}
    return found[package.id]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each answered, a `Conflict` included; all of them at the same time."""

    def answer(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (Conflict, NotFound) as refused:
            return refused

    return list(eventlet.GreenPool(len(works)).imap(answer, works))


def test_a_package_shows_everything_that_was_said_of_it(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    terms = {"invoice_number": "17", "payment_kind": "bank", "paid": True, "prices": [RUSSIA, BEELINE]}
    made = office.package(advertiser, partner, 30_000_000, **terms)
    assert (made.origin, made.author, made.paid_at, made.deletable) == ("hand", AUTHOR, "2026-11-22T09:00:00Z", True)
    assert (made.invoice_number, made.expired, made.prices) == ("17", 0, [RUSSIA, BEELINE])
    assert office.client.packages(partner, advertiser) == [made]
    assert office.rows("SELECT individual FROM package WHERE id = :id", id=made.id) == [(True,)]


def test_a_wrong_price_is_named_and_nothing_is_credited(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    with pytest.raises(Malformed) as refused:
        office.package(advertiser, partner, 500, prices=[BEELINE, BEELINE, RUSSIA])
    assert [error["pointer"] for error in refused.value.data["errors"]] == ["/prices/1/mcc"]
    assert office.client.packages(partner, advertiser) == []


def test_a_package_credited_by_another_room_says_where_it_came_from(own_office: Office) -> None:
    office = own_office
    new = NewPackage(id=new_id(), advertiser_id=new_id(), partner_id=office.partner(), amount=500)
    office.service._transact(
        lambda connection: packages_posting.add_package(
            connection, new, terms_of(new, NOW), "system", NOW, origin="promo"
        ),
        "promo",
    )
    [made] = office.client.packages(new.partner_id, new.advertiser_id)
    assert (made.origin, made.author, made.credited) == ("promo", "system", 500)


def test_a_correction_is_an_entry_with_author_and_reason_done_once_per_id(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 3_000)
    down = correction(package, -1_000)
    office.clock.advance(seconds=1)
    answers = at_once(*[lambda: office.client.correct_package(**down)] * 4)
    assert [one.credited for one in answers] == [2_000] * 4
    office.clock.advance(seconds=1)
    assert office.client.correct_package(**correction(package, 500)).remaining == 2_500
    assert entries_of(office, package) == [
        ("credit", 3_000, AUTHOR, ""),
        ("correction_down", 1_000, AUTHOR, "counted wrong"),
        ("correction", 500, AUTHOR, "counted wrong"),
    ]
    with pytest.raises(IdempotencyMismatch):
        office.client.correct_package(**down | {"amount": -999})
    assert office.balance(package.advertiser_id).credited == 2_500
    assert office.audit() == []


def test_a_correction_below_what_was_spent_and_is_held_is_refused_and_stays_refused(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 300, credit=1_000)
    office.debit(message(package.advertiser_id, partner), message(package.advertiser_id, partner, by_delivered=True))
    request = correction(package, -101)
    with pytest.raises(Conflict) as refused:
        office.client.correct_package(**request)
    assert refused.value.data["most"] == 100
    office.client.correct_package(**correction(package, 500))
    with pytest.raises(Conflict):
        office.client.correct_package(**request)
    assert office.client.correct_package(**correction(package, -600)).credited == 200
    assert office.audit() == []


def test_a_postpaid_package_is_corrected_by_the_same_rule(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 0, postpaid=True)
    office.debit(message(package.advertiser_id, partner, parts=5))
    assert office.client.correct_package(**correction(package, 600)).remaining == 100
    with pytest.raises(Conflict):
        office.client.correct_package(**correction(package, -101))
    assert office.client.correct_package(**correction(package, -100)).remaining == 0
    assert office.audit() == []


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"reason": ""}, {"author": ""}, {"id": "x"}, {"amount": 10**17 + 1}])
def test_a_correction_without_a_sum_an_author_or_a_reason_is_malformed(office: Office, wrong: dict[str, Any]) -> None:
    package = office.package(new_id(), office.partner(), 300)
    with pytest.raises(Malformed) as refused:
        office.client.correct_package(**correction(package, 5) | wrong)
    assert [error["pointer"] for error in refused.value.data["errors"]] == [f"/{name}" for name in wrong]
    assert shown(office, package) == package


def test_a_correction_tells_who_waits_for_money_and_who_watches_a_level(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 1_000)
    office.client.set_level(partner, package.advertiser_id, level=500)
    office.events(FundsAdded)
    office.client.correct_package(**correction(package, -600))
    assert [one.available for event in office.events(BalanceLevelCrossed) for one in event.items] == [400]
    assert office.events(FundsAdded) == []
    office.client.correct_package(**correction(package, 50))
    assert [event.advertiser_ids for event in office.events(FundsAdded)] == [[package.advertiser_id]]


def test_corrections_never_fall_below_what_concurrent_debits_spend(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 2_000)

    def debit() -> int:
        items = [message(package.advertiser_id, partner) for _ in range(random.randint(1, 4))]
        return sum(100 for result in office.debit(*items) if result.refusal is None)

    def correct() -> int:
        amount = -random.randint(100, 500)
        office.client.correct_package(**correction(package, amount))
        return amount

    works: list[Callable[[], int]] = [debit, correct] * 6
    answers = at_once(*random.sample(works, len(works)))
    done = [answer for answer in answers if isinstance(answer, int)]
    now = shown(office, package)
    assert now.credited == 2_000 + sum(one for one in done if one < 0)
    assert now.spent == sum(one for one in done if one > 0)
    assert now.spent <= now.credited
    assert office.audit() == []


def test_a_deleted_package_is_gone_pays_nothing_and_its_entries_stay(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 3_000, credit=500)
    office.clock.advance(seconds=1)
    request = deletion(package)
    assert [office.client.delete_package(**request) for _ in range(2)] == [None, None]
    assert office.client.packages(partner, package.advertiser_id) == []
    balance = office.balance(package.advertiser_id)
    assert (balance.available, balance.credited, balance.unpaid_packages) == (0, 0, 0)
    [result] = office.debit(message(package.advertiser_id, partner))
    assert result.refusal == "funds"
    assert entries_of(office, package) == [
        ("credit", 3_000, AUTHOR, ""),
        ("correction_down", 3_000, AUTHOR, "by mistake"),
    ]
    assert office.rows("SELECT deleted_by FROM package WHERE id = :id", id=package.id) == [(AUTHOR,)]
    assert office.audit() == []


def test_nothing_more_is_done_to_a_deleted_package(office: Office) -> None:
    package = office.package(new_id(), office.partner(), 3_000)
    office.client.delete_package(**deletion(package))
    works = (
        lambda: office.client.delete_package(**deletion(package)),
        lambda: office.client.correct_package(**correction(package, 5)),
        lambda: change(office, package, payment_info="late"),
        lambda: office.client.mark_package_paid(package.partner_id, package.id, author=AUTHOR),
    )
    for work in works:
        with pytest.raises(NotFound):
            work()


def test_a_package_that_was_used_is_never_deleted_even_if_all_money_returned(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 300)
    item = message(package.advertiser_id, partner, by_delivered=True)
    office.debit(item)
    office.settle(item.message_id, undelivered=1)
    now = shown(office, package)
    assert (now.spent, now.held, now.deletable) == (0, 0, False)
    with pytest.raises(Conflict):
        office.client.delete_package(**deletion(package))


def test_a_postpaid_package_is_deleted_while_it_is_unused(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 0, postpaid=True)
    office.client.delete_package(**deletion(package))
    assert [result.refusal for result in office.debit(message(package.advertiser_id, partner))] == ["funds"]
    assert not office.balance(package.advertiser_id).postpaid
    assert office.audit() == []


@pytest.mark.parametrize("attempt", range(5))
def test_of_a_deletion_and_a_debit_at_once_one_wins(office: Office, attempt: int) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 100)
    item = message(package.advertiser_id, partner)
    works = [lambda: office.client.delete_package(**deletion(package)), lambda: office.debit(item)[0].refusal]
    random.shuffle(works)
    answers = at_once(*works)
    deleted = office.rows("SELECT deleted_at IS NOT NULL FROM package WHERE id = :id", id=package.id) == [(True,)]
    paid = office.rows("SELECT count(*) FROM charge WHERE message_id = :id", id=item.message_id) == [(1,)]
    assert deleted != paid, (attempt, answers)
    assert office.audit() == []


def test_a_deleted_package_pays_nothing_whatever_the_code_says(office: Office) -> None:
    package = office.package(new_id(), office.partner(), 100, credit=100)
    office.client.delete_package(**deletion(package))
    with pytest.raises(IntegrityError, match="package_deleted_unused"):
        office.rows("UPDATE package SET spent = 1 WHERE id = :id", id=package.id)


def test_terms_change_at_any_time_and_the_sums_stay(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 300)
    office.debit(message(package.advertiser_id, partner))
    changed = change(
        office, package, credit=50, payment_kind="cash", payment_info="till 2", invoice_number="9",
        planned_payment_at="2026-12-01T00:00:00Z", ends_at="2026-12-31T00:00:00Z",
    )  # fmt: skip
    assert (changed.credit, changed.payment_kind, changed.payment_info) == (50, "cash", "till 2")
    assert (changed.invoice_number, changed.remaining, changed.credited) == ("9", 250, 300)
    assert (changed.planned_payment_at, changed.ends_at) == ("2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z")
    assert shown(office, package) == changed
    assert office.audit() == []


def test_more_credit_tells_who_waits_for_money_and_less_than_is_used_is_refused(office: Office) -> None:
    partner = office.partner()
    package = office.package(new_id(), partner, 100)
    item = message(package.advertiser_id, partner, parts=2)
    assert office.debit(item)[0].refusal == "funds"
    office.events(FundsAdded)
    change(office, package, credit=100)
    assert [event.advertiser_ids for event in office.events(FundsAdded)] == [[package.advertiser_id]]
    assert office.debit(message(package.advertiser_id, partner, parts=2))[0].refusal is None
    with pytest.raises(Conflict) as refused:
        change(office, package, credit=99)
    assert [error["pointer"] for error in refused.value.data["errors"]] == ["/terms/credit"]
    assert office.audit() == []


def test_an_end_before_the_start_is_refused_at_its_field(office: Office) -> None:
    package = office.package(new_id(), office.partner(), 100)
    with pytest.raises(Malformed) as refused:
        change(office, package, ends_at="2026-11-22T09:00:00Z")
    assert [error["pointer"] for error in refused.value.data["errors"]] == ["/terms/ends_at"]
    assert shown(office, package) == package


def test_terms_that_somebody_else_changed_meanwhile_are_not_overwritten(office: Office) -> None:
    opened = office.package(new_id(), office.partner(), 100)
    theirs = change(office, opened, {"was": opened.terms_mark}, credit=70)
    with pytest.raises(Conflict) as refused:
        change(office, opened, {"was": opened.terms_mark}, payment_info="the bank's order 418")
    assert [error["code"] for error in refused.value.data["errors"]] == ["changed_meanwhile"]
    assert shown(office, opened) == theirs
    assert change(office, theirs, {"was": theirs.terms_mark}, payment_info="the bank's order 418").credit == 70


def test_every_term_makes_another_mark_and_nothing_else_does(office: Office) -> None:
    package = office.package(new_id(), office.partner(), 100)
    seen = [package.terms_mark]
    for one in (
        {"credit": 5}, {"payment_kind": "cash"}, {"payment_info": "x"}, {"invoice_number": "x"},
        {"ends_at": "2031-01-01T00:00:00Z"}, {"planned_payment_at": "2026-12-01T00:00:00Z"},
    ):  # fmt: skip
        seen.append(change(office, package, **one).terms_mark)
    assert len(set(seen)) == len(seen)
    kept = shown(office, package).terms_mark
    office.client.correct_package(**correction(package, 5))
    office.client.mark_package_paid(package.partner_id, package.id, author=AUTHOR)
    assert shown(office, package).terms_mark == kept


def test_a_change_that_is_sent_twice_is_done_once_and_is_no_change_by_somebody_else(office: Office) -> None:
    package = office.package(new_id(), office.partner(), 100)
    about = {"id": new_id(), "was": package.terms_mark}
    assert change(office, package, about, credit=9) == change(office, package, about, credit=9)


def test_a_stranger_changes_nothing(office: Office) -> None:
    stranger, package = office.partner(), office.package(new_id(), office.partner(), 100)
    works = (
        lambda: office.client.correct_package(**correction(package, 5, partner_id=stranger)),
        lambda: office.client.delete_package(**deletion(package, partner_id=stranger)),
        lambda: office.client.change_package(
            id=new_id(), partner_id=stranger, package_id=package.id, author=AUTHOR,
            terms=PackageTerms(credit=9, payment_kind="", payment_info="", invoice_number="",
                               ends_at="2030-01-01T00:00:00Z", planned_payment_at=None),
        ),
    )  # fmt: skip
    for work in works:
        with pytest.raises(NotFound):
            work()
    assert shown(office, package) == package
