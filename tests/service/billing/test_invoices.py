"""Invoices on a real database: numbers without gaps, one package for each that is paid, nothing of another partner."""

from typing import Any

import eventlet
import pytest
from sqlalchemy.exc import DBAPIError

from contracts.billing import FundsAdded
from contracts.billing_invoices import Buyer, Invoice, InvoiceQuery
from contracts.errors import Conflict, GolubError, IdempotencyMismatch, Malformed, NotFound
from services.billing import invoices_posting
from tests.service.billing.invoices_desk import ROUBLE, issue, pay, picture, selling_partner
from tests.service.billing.office import AUTHOR, NOW, Office, new_id
from tests.unit.billing.requisites_examples import BUYER, new_invoice, seller


def numbers(office: Office, partner_id: str, **query: Any) -> list[int]:
    return [one.number for one in office.client.invoices(InvoiceQuery(partner_id=partner_id, **query)).items]


def packages(office: Office, invoice: Invoice) -> list[Any]:
    return office.client.packages(invoice.partner_id, invoice.advertiser_id)


def test_a_partner_without_requisites_issues_nothing(office: Office) -> None:
    partner = office.partner()
    assert office.client.seller(partner) is None
    with pytest.raises(Conflict):
        issue(office, partner)
    assert numbers(office, partner) == []


def test_requisites_come_back_as_they_were_saved(office: Office) -> None:
    asked = seller(next_number=41, vat_percent=None, seal=picture(1), director_signature=picture(2))
    partner = office.partner()
    assert office.client.save_seller(partner, asked, author=AUTHOR) == asked
    assert office.client.seller(partner) == asked
    assert office.client.seller(office.partner()) is None


def test_wrong_requisites_change_nothing(office: Office) -> None:
    partner = selling_partner(office)
    with pytest.raises(Malformed) as refused:
        office.client.save_seller(partner, seller(inn="7700000001", name=""), author=AUTHOR)
    assert [one["pointer"] for one in refused.value.data["errors"]] == ["/seller/name", "/seller/inn"]
    assert office.client.seller(partner) == seller()


def test_the_next_number_only_grows(office: Office) -> None:
    partner = selling_partner(office, next_number=10)
    assert issue(office, partner).number == 10
    with pytest.raises(Conflict):
        office.client.save_seller(partner, seller(next_number=10), author=AUTHOR)
    office.client.save_seller(partner, seller(next_number=100), author=AUTHOR)
    assert [issue(office, partner).number for _ in range(2)] == [100, 101]


def test_invoices_that_are_issued_at_once_have_consecutive_numbers(office: Office) -> None:
    partner, other, advertiser = selling_partner(office), selling_partner(office), new_id()
    pool = eventlet.GreenPool(12)
    issued = [pool.spawn(issue, office, partner, advertiser if turn % 2 else None) for turn in range(24)]
    issued += [pool.spawn(issue, office, other) for _ in range(6)]
    assert sorted(one.wait().number for one in issued[:24]) == list(range(1, 25))
    assert sorted(one.wait().number for one in issued[24:]) == list(range(1, 7))


def test_an_issue_that_rolls_back_leaves_no_gap(office: Office) -> None:
    partner, advertiser = selling_partner(office), office.advertiser(selling_partner(office), 100)
    issue(office, partner)
    with pytest.raises(NotFound):
        issue(office, partner, advertiser)
    own = issue(office, partner).advertiser_id
    asked = new_invoice(id=new_id(), partner_id=partner, advertiser_id=own)
    with pytest.raises(ZeroDivisionError), office.db.begin() as connection:
        lost, _ = invoices_posting.issue_invoice(connection, asked, AUTHOR, NOW)
        assert lost.number == 3
        raise ZeroDivisionError
    assert issue(office, partner).number == 3
    assert numbers(office, partner) == [3, 2, 1]


def test_an_invoice_is_issued_once_per_id(office: Office) -> None:
    partner = selling_partner(office)
    asked = new_invoice(id=new_id(), partner_id=partner, advertiser_id=new_id())
    pool = eventlet.GreenPool(5)
    issued = list(pool.imap(lambda _: office.client.issue_invoice(asked, author=AUTHOR), range(5)))
    assert all(one == issued[0] for one in issued)
    asked.amount += 100
    with pytest.raises(IdempotencyMismatch):
        office.client.issue_invoice(asked, author=AUTHOR)
    assert numbers(office, partner) == [1]


def test_an_invoice_keeps_the_requisites_and_pictures_of_its_day(office: Office) -> None:
    partner = selling_partner(office, seal=picture(1), director_signature=picture(1))
    issued = issue(office, partner)
    office.client.save_seller(partner, seller(name="ООО «Новое имя»", vat_percent=None, next_number=2), author=AUTHOR)
    shown = office.client.invoice(partner, issued.id)
    assert shown == issued
    assert (shown.seller.name, shown.seller.seal, shown.vat_percent) == ("ООО «Пример»", None, 20)
    images = office.client.invoice_images(partner, issued.id)
    assert (images.seal, images.director_signature, images.accountant_signature) == (picture(1), picture(1), None)
    assert issue(office, partner).vat_percent is None


def test_the_same_picture_is_stored_once(office: Office) -> None:
    before = office.rows("SELECT count(*) FROM invoice_image")[0][0]
    for _ in range(3):
        selling_partner(office, seal=picture(77), director_signature=picture(77))
    assert office.rows("SELECT count(*) FROM invoice_image")[0][0] == before + 1


def test_an_invoice_as_it_is_shown(office: Office) -> None:
    issued = issue(office, selling_partner(office))
    assert (issued.number, issued.state, issued.amount, issued.vat_amount) == (1, "issued", 12_000_000, 2_000_000)
    assert (issued.buyer, issued.issued_at, issued.author) == (BUYER, "2026-11-22T09:00:00Z", AUTHOR)
    assert (issued.paid_at, issued.paid_by, issued.cancelled_at, issued.package_id) == (None, None, None, None)


def test_a_sum_finer_than_a_kopeck_is_refused_and_takes_no_number(office: Office) -> None:
    partner = selling_partner(office)
    with pytest.raises(Malformed):
        issue(office, partner, amount=12_345)
    assert issue(office, partner).number == 1


def test_an_invoice_that_is_marked_paid_by_many_at_once_credits_one_package(office: Office) -> None:
    issued = issue(office, selling_partner(office))
    paid = list(eventlet.GreenPool(8).imap(lambda _: pay(office, issued, "payment order 5"), range(8)))
    assert all(one == paid[0] for one in paid)
    assert (paid[0].state, paid[0].paid_by, paid[0].payment_info) == ("paid", AUTHOR, "payment order 5")
    [package] = packages(office, issued)
    assert (package.id, package.credited, package.paid) == (paid[0].package_id, issued.amount, True)
    assert (package.origin, package.invoice_number, package.payment_info) == ("invoice", "1", "payment order 5")
    assert office.balance(issued.advertiser_id).available == issued.amount
    assert [one.advertiser_ids for one in office.events(FundsAdded)][-1:] == [[issued.advertiser_id]]
    assert office.audit() == []


def test_a_cancelled_invoice_is_never_paid_and_keeps_its_number(office: Office) -> None:
    partner = selling_partner(office)
    issued = issue(office, partner)
    cancelled = office.client.cancel_invoice(partner, issued.id, author=AUTHOR, reason="mistyped")
    assert (cancelled.state, cancelled.reason, cancelled.cancelled_at) == ("cancelled", "mistyped", issued.issued_at)
    assert office.client.cancel_invoice(partner, issued.id, author=AUTHOR, reason="again") == cancelled
    with pytest.raises(Conflict):
        pay(office, issued)
    assert packages(office, issued) == []
    assert issue(office, partner).number == 2


def test_a_paid_invoice_is_never_cancelled(office: Office) -> None:
    issued = issue(office, selling_partner(office))
    paid = pay(office, issued)
    with pytest.raises(Conflict):
        office.client.cancel_invoice(issued.partner_id, issued.id, author=AUTHOR, reason="mistyped")
    assert office.client.invoice(issued.partner_id, issued.id) == paid


def test_of_paying_and_cancelling_at_once_one_happens(office: Office) -> None:
    partner = selling_partner(office)

    def answered(call: Any) -> str:
        try:
            return call().state
        except Conflict:
            return "refused"

    for _ in range(6):
        issued = issue(office, partner)
        pool = eventlet.GreenPool()
        paying = pool.spawn(answered, lambda one=issued: pay(office, one))
        cancelling = pool.spawn(
            answered, lambda one=issued: office.client.cancel_invoice(partner, one.id, author=AUTHOR, reason="no")
        )
        states = {paying.wait(), cancelling.wait()}
        assert states in ({"paid", "refused"}, {"refused", "cancelled"})
        assert len(packages(office, issued)) == ("paid" in states)


def test_another_partner_neither_sees_nor_pays_nor_cancels_an_invoice(office: Office) -> None:
    issued, stranger = issue(office, selling_partner(office)), selling_partner(office)
    client = office.client
    for call in (
        lambda: client.invoice(stranger, issued.id),
        lambda: client.invoice_images(stranger, issued.id),
        lambda: client.mark_invoice_paid(stranger, issued.id, author=AUTHOR, payment_info=""),
        lambda: client.cancel_invoice(stranger, issued.id, author=AUTHOR, reason="no"),
        lambda: issue(office, stranger, issued.advertiser_id),
    ):
        with pytest.raises(NotFound):
            call()
    assert numbers(office, stranger) == numbers(office, stranger, advertiser_id=issued.advertiser_id) == []
    assert client.invoice(issued.partner_id, issued.id) == issued


def test_invoices_are_searched_and_paged_with_the_sums_of_the_filter(office: Office) -> None:
    partner, advertiser = selling_partner(office), new_id()
    first = issue(office, partner, advertiser, amount=100 * ROUBLE, buyer=Buyer(name="ООО «Берёзка»"))
    second = issue(office, partner, amount=20 * ROUBLE)
    issue(office, partner, advertiser, amount=3 * ROUBLE)
    cancelled = issue(office, partner, advertiser, amount=7 * ROUBLE)
    pay(office, first, "Платёжное поручение 55")
    pay(office, second)
    office.client.cancel_invoice(partner, cancelled.id, author=AUTHOR, reason="twice")

    page = office.client.invoices(InvoiceQuery(partner_id=partner, page=2, page_size=3))
    assert ([one.number for one in page.items], page.total) == ([1], 4)
    assert (page.issued, page.paid) == (3 * ROUBLE, 120 * ROUBLE)
    own = office.client.invoices(InvoiceQuery(partner_id=partner, advertiser_id=advertiser))
    assert (own.total, own.issued, own.paid) == (3, 3 * ROUBLE, 100 * ROUBLE)
    assert numbers(office, partner, state="paid") == [2, 1]
    assert numbers(office, partner, number=2) == [2]
    assert numbers(office, partner, number=2, advertiser_id=advertiser) == numbers(office, partner, number=5) == []
    assert numbers(office, partner, below=4, page_size=2) == [3, 2]
    assert numbers(office, partner, below=2) == [1] and numbers(office, partner, below=1) == []
    for search, found in (("березка", [1]), ("55", [1]), ("100%", []), ("покупатель", [4, 3, 2]), ("3", [3])):
        expected = found if search != "3" else numbers(office, partner, search="3")
        assert numbers(office, partner, search=search) == expected
    assert 3 in numbers(office, partner, search="3")


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM invoice", "TRUNCATE invoice", "UPDATE invoice SET amount = 100", "UPDATE invoice SET number = 7"],
)
def test_the_database_forbids_to_remove_or_rewrite_an_invoice(office: Office, damage: str) -> None:
    issue(office, selling_partner(office))
    with pytest.raises(DBAPIError):
        office.do(damage)


def test_what_is_asked_wrongly_is_told_by_field(office: Office) -> None:
    partner = selling_partner(office)
    for call in (
        lambda: issue(office, partner, buyer=Buyer(name="", inn="12")),
        lambda: office.client.invoices(InvoiceQuery(partner_id=partner, page=0)),
        lambda: office.client.invoice(partner, "1"),
        lambda: office.client.mark_invoice_paid(partner, new_id(), author="", payment_info=""),
    ):
        with pytest.raises(GolubError) as refused:
            call()
        assert refused.value.data["errors"]


def test_an_advertiser_issues_so_many_invoices_a_day_for_itself_at_most(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoices_posting, "MOST_ISSUED_A_DAY", 2)
    partner, advertiser = selling_partner(office, next_number=5), new_id()
    pool = eventlet.GreenPool(6)

    def try_one(_: int) -> bool:
        try:
            issue(office, partner, advertiser, by_advertiser=True)
        except Conflict as refused:
            return "Too many" not in refused.detail
        return True

    assert sum(pool.imap(try_one, range(6))) == 2
    assert numbers(office, partner) == [6, 5]
    assert issue(office, partner, advertiser).number == 7
    assert issue(office, partner, by_advertiser=True).number == 8
    office.clock.advance(86_400)
    assert issue(office, partner, advertiser, by_advertiser=True).number == 9


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1_001])
def test_an_invoice_is_not_cancelled_without_a_reason(office: Office, reason: str) -> None:
    partner = selling_partner(office)
    issued = issue(office, partner)
    with pytest.raises(Malformed) as refused:
        office.client.cancel_invoice(partner, issued.id, author=AUTHOR, reason=reason)
    assert [one["pointer"] for one in refused.value.data["errors"]] == ["/reason"]
    assert office.client.invoice(partner, issued.id).state == "issued"
