"""Bank statements on a real database: imported whole or not at all, and each invoice paid once."""

from collections.abc import Callable
from itertools import count
from typing import Any

import eventlet
import pytest

from contracts.billing import FundsAdded
from contracts.billing_invoices import Invoice
from contracts.billing_payments import BankPayment, BankPaymentQuery
from contracts.errors import Conflict, Malformed, NotFound, Unavailable
from services.billing import service_payments, statement_posting
from tests.service.billing import invoices_desk
from tests.service.billing.invoices_desk import pay, promo, redeem, selling_partner
from tests.service.billing.office import AUTHOR, Office, new_id
from tests.unit.billing.requisites_examples import BIK, account, seller
from tests.unit.billing.statement_files import INN, OUTGOING, PAYER, RECEIPT, SELLER, statement

AMOUNT = 10_000_000


def partner_of(office: Office) -> str:
    """A partner whose next invoice is number 12, as the receipt says."""
    return selling_partner(office, next_number=12)


def issue(office: Office, partner: str, **changes: Any) -> Invoice:
    return invoices_desk.issue(office, partner, **{"amount": AMOUNT} | changes)


def load(office: Office, partner: str, *documents: dict[str, str]) -> tuple[int, int, int, int]:
    """(new, matched, repeated, outgoing)."""
    report = office.client.import_statement(partner, statement=statement(*documents), author=AUTHOR)
    assert len(report.payments) >= report.new
    return report.new, report.matched, report.repeated, report.outgoing


def only(office: Office, partner: str, **query: Any) -> BankPayment:
    [found] = office.client.bank_payments(partner, **query)
    return found


def match(office: Office, partner: str, payment: BankPayment, invoice_id: str | None) -> BankPayment:
    return office.client.match_bank_payment(partner, payment.id, invoice_id=invoice_id, author=AUTHOR)


def test_a_receipt_pays_the_invoice_it_names_and_credits_its_package(office: Office) -> None:
    partner = partner_of(office)
    invoice = issue(office, partner)
    assert load(office, partner, RECEIPT, OUTGOING) == (1, 1, 0, 1)
    payment = only(office, partner)
    assert (payment.state, payment.invoice_id, payment.invoice_number) == ("matched", invoice.id, 12)
    assert (payment.document_number, payment.paid_on, payment.amount) == ("17", "2026-11-21", AMOUNT)
    assert (payment.payer_inn, payment.problem) == (INN, "")
    paid = office.client.invoice(partner, invoice.id)
    assert (paid.state, paid.paid_by, paid.payment_info) == ("paid", AUTHOR, "№ 17, 20.11.2026")
    [package] = office.client.packages(partner, invoice.advertiser_id)
    assert (package.id, package.credited, package.paid) == (paid.package_id, AMOUNT, True)
    assert office.events(FundsAdded)[-1].advertiser_ids == [invoice.advertiser_id]
    assert office.audit() == []


def test_a_statement_that_is_loaded_again_changes_nothing(office: Office) -> None:
    partner = partner_of(office)
    invoice, other = issue(office, partner), RECEIPT | {"Номер": "18", "НазначениеПлатежа": "за смс"}
    assert load(office, partner, RECEIPT, other) == (2, 1, 0, 0)
    assert load(office, partner, RECEIPT, other, RECEIPT | {"Номер": "19"}) == (1, 0, 2, 0)
    assert office.balance(invoice.advertiser_id).credited == AMOUNT
    assert len(office.client.bank_payments(partner)) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"Номер": "18"},
        {"Дата": "19.11.2026"},
        {"Сумма": "1000.01"},
        {"ПлательщикСчет": PAYER[:-1] + "3"},
        {"ПлательщикИНН": ""},
    ],
)
def test_a_document_that_differs_in_what_it_is_known_by_is_another_one(office: Office, changes: dict[str, str]) -> None:
    partner = partner_of(office)
    assert load(office, partner, RECEIPT, RECEIPT | changes) == (2, 0, 0, 0)
    assert load(office, partner, RECEIPT, RECEIPT) == (0, 0, 2, 0)


def test_statements_loaded_at_the_same_time_pay_once(office: Office) -> None:
    partner = partner_of(office)
    invoices = [issue(office, partner) for _ in range(4)]
    documents = documents_of(invoices)
    orders = [documents, documents[::-1]] * 4
    reports = list(eventlet.GreenPool(8).imap(lambda order: load(office, partner, *order), orders))
    assert [sum(column) for column in zip(*reports, strict=True)] == [4, 4, 28, 0]
    assert [office.balance(one.advertiser_id).credited for one in invoices] == [AMOUNT] * 4
    assert office.audit() == []


def test_of_two_documents_for_one_invoice_the_first_pays_it(office: Office) -> None:
    partner = partner_of(office)
    invoice = issue(office, partner)
    assert load(office, partner, RECEIPT, RECEIPT | {"Номер": "18"}) == (2, 1, 0, 0)
    assert only(office, partner, state="unmatched").problem == "The invoice 12 is paid already"
    assert office.balance(invoice.advertiser_id).credited == AMOUNT


def test_another_partner_s_invoice_is_not_paid(office: Office) -> None:
    invoice, partner = issue(office, partner_of(office)), partner_of(office)
    assert load(office, partner, RECEIPT) == (1, 0, 0, 0)
    assert only(office, partner).problem == "There is no invoice 12"
    assert office.client.invoice(invoice.partner_id, invoice.id).state == "issued"


def test_a_broken_line_refuses_the_whole_statement(office: Office) -> None:
    partner = partner_of(office)
    invoice = issue(office, partner)
    with pytest.raises(Malformed) as refused:
        load(office, partner, RECEIPT, RECEIPT | {"Номер": "18", "Сумма": "сто"})
    assert refused.value.data["errors"][0]["pointer"].startswith("/statement/")
    assert office.client.bank_payments(partner) == []
    assert office.client.invoice(partner, invoice.id).state == "issued"


@pytest.fixture
def paying(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Exception], None]:
    """`paying(invoice_id, error)`: whoever pays this invoice gets the error, after its money was moved."""
    whole = statement_posting.pay_invoice

    def fail(failing_id: str, error: Exception) -> None:
        def broken(connection: Any, partner_id: str, invoice_id: str, *rest: Any) -> Any:
            paid = whole(connection, partner_id, invoice_id, *rest)
            if invoice_id == failing_id:
                raise error
            return paid

        monkeypatch.setattr(statement_posting, "pay_invoice", broken)

    return fail


TWO = RECEIPT, RECEIPT | {"Номер": "18", "НазначениеПлатежа": "счет 13"}


def test_what_an_interruption_leaves_is_matched_later(
    office: Office, paying: Callable[[str, Exception], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = partner_of(office)
    first, second = issue(office, partner), issue(office, partner)
    paying(second.id, Unavailable("The database went away"))
    with pytest.raises(Unavailable):
        load(office, partner, *TWO)
    assert [office.balance(one.advertiser_id).credited for one in (first, second)] == [AMOUNT, 0]
    assert "still being looked for" in only(office, partner, state="unmatched").problem
    monkeypatch.undo()
    assert load(office, partner, *TWO) == (0, 0, 2, 0)
    assert office.service.match_statements() is False
    assert office.client.invoice(partner, second.id).paid_by == AUTHOR
    assert [office.balance(one.advertiser_id).credited for one in (first, second)] == [AMOUNT, AMOUNT]
    assert office.audit() == []


def documents_of(invoices: list[Invoice]) -> list[dict[str, str]]:
    return [RECEIPT | {"Номер": str(one.number), "НазначениеПлатежа": f"сч. {one.number}"} for one in invoices]


def waiting_in(office: Office, partner: str) -> int:
    return office.client.bank_payment_page(BankPaymentQuery(partner_id=partner)).waiting


def test_a_statement_is_kept_at_once_and_what_takes_too_long_is_matched_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = partner_of(office)
    invoices = [issue(office, partner) for _ in range(4)]
    moments = count()
    # Every look at the time is a second later: three seconds are enough for two documents.
    monkeypatch.setattr(service_payments, "monotonic", lambda: float(next(moments)))
    monkeypatch.setattr(service_payments, "MATCHING_SECONDS", 3.0)
    text = statement(*documents_of(invoices), RECEIPT | {"Номер": "1", "НазначениеПлатежа": "за смс"})
    report = office.client.import_statement(partner, statement=text, author=AUTHOR)
    assert (report.new, report.matched, report.waiting, len(report.payments)) == (5, 2, 2, 5)
    assert waiting_in(office, partner) == 2
    assert office.service.matching_wake.set.called
    office.service.match_statements()
    assert waiting_in(office, partner) == 0
    assert [office.balance(one.advertiser_id).credited for one in invoices] == [AMOUNT] * 4
    assert office.audit() == []


def test_a_document_that_fails_keeps_none_behind_it_from_being_matched(
    office: Office,
    paying: Callable[[str, Exception], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    partner = partner_of(office)
    invoices = [issue(office, partner) for _ in range(3)]
    with monkeypatch.context() as patched:
        patched.setattr(service_payments, "MATCHING_SECONDS", 0.0)
        load(office, partner, *documents_of(invoices))
    paying(invoices[0].id, ValueError("Nobody has thought of this"))
    assert office.service.match_statements() is False
    assert "Nobody has thought of this" in caplog.text
    assert waiting_in(office, partner) == 1
    assert [office.balance(one.advertiser_id).credited for one in invoices] == [0, AMOUNT, AMOUNT]
    monkeypatch.undo()
    office.service.match_statements()
    assert office.balance(invoices[0].advertiser_id).credited == AMOUNT


def test_imports_and_the_loop_that_meet_pay_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = partner_of(office)
    invoices = [issue(office, partner) for _ in range(4)]
    documents = documents_of(invoices)
    with monkeypatch.context() as patched:
        patched.setattr(service_payments, "MATCHING_SECONDS", 0.0)
        assert load(office, partner, *documents[:3]) == (3, 0, 0, 0)
    pool = eventlet.GreenPool(8)
    loops = [pool.spawn(office.service.match_statements) for _ in range(3)]
    imports = [pool.spawn(load, office, partner, *order) for order in (documents, documents[::-1])]
    assert sorted(one.wait()[0] for one in imports) == [0, 1]
    assert not any(one.wait() for one in loops)
    assert waiting_in(office, partner) == 0
    assert [office.balance(one.advertiser_id).credited for one in invoices] == [AMOUNT] * 4
    assert [one.state for one in office.client.bank_payments(partner)] == ["matched"] * 4
    assert office.audit() == []


def test_an_invoice_that_can_t_be_paid_keeps_no_other_from_it(
    office: Office, paying: Callable[[str, Exception], None]
) -> None:
    partner = partner_of(office)
    first, second = issue(office, partner), issue(office, partner)
    paying(first.id, Conflict("Nobody may pay this"))
    assert load(office, partner, *TWO) == (2, 1, 0, 0)
    assert only(office, partner, state="unmatched").problem == "Nobody may pay this"
    assert [office.balance(one.advertiser_id).credited for one in (first, second)] == [0, AMOUNT]


def test_a_statement_needs_the_partner_s_requisites(office: Office) -> None:
    with pytest.raises(Conflict, match="requisites"):
        load(office, office.partner(), RECEIPT)


def test_a_person_chooses_the_invoice_of_a_payment_that_names_none(office: Office) -> None:
    partner = partner_of(office)
    invoice = issue(office, partner)
    load(office, partner, RECEIPT | {"НазначениеПлатежа": "за смс"})
    payment = only(office, partner, state="unmatched")
    assert payment.problem == "The purpose names no invoice"
    matched = match(office, partner, payment, invoice.id)
    assert (matched.state, matched.invoice_number, matched.problem) == ("matched", 12, "")
    assert office.balance(invoice.advertiser_id).credited == AMOUNT
    office.clock.advance(60)
    assert match(office, partner, payment, invoice.id) == matched
    for choice in (issue(office, partner).id, None):
        with pytest.raises(Conflict, match="already"):
            match(office, partner, payment, choice)
    assert office.balance(invoice.advertiser_id).credited == AMOUNT


def test_two_people_who_choose_at_the_same_time_pay_once(office: Office) -> None:
    partner = partner_of(office)
    invoice = issue(office, partner)
    load(office, partner, *(RECEIPT | {"Номер": str(n), "НазначениеПлатежа": "за смс"} for n in range(4)))

    def choose(payment: BankPayment) -> str:
        try:
            return match(office, partner, payment, invoice.id).state
        except Conflict:
            return "refused"

    chosen = list(eventlet.GreenPool(8).imap(choose, 2 * office.client.bank_payments(partner)))
    # The one that has paid it is asked twice, and answered alike.
    assert sorted(chosen) == ["matched"] * 2 + ["refused"] * 6
    assert office.balance(invoice.advertiser_id).credited == AMOUNT


def test_an_invoice_that_was_marked_paid_by_hand_is_joined_and_not_paid_again(office: Office) -> None:
    partner = partner_of(office)
    invoice = issue(office, partner)
    pay(office, invoice, "call of the bank")
    load(office, partner, RECEIPT)
    payment = only(office, partner)
    assert payment.problem == "The invoice 12 is paid already"
    assert match(office, partner, payment, invoice.id).state == "matched"
    assert office.balance(invoice.advertiser_id).credited == AMOUNT
    assert office.client.invoice(partner, invoice.id).payment_info == "call of the bank"


def test_a_payment_that_is_for_no_invoice_is_set_aside_and_may_be_taken_up_again(office: Office) -> None:
    partner = partner_of(office)
    load(office, partner, RECEIPT)
    ignored = match(office, partner, only(office, partner), None)
    assert (ignored.state, ignored.problem, ignored.invoice_id) == ("ignored", "", None)
    decided = "SELECT decided_at FROM bank_payment WHERE id = :id"
    before = office.rows(decided, id=ignored.id)
    office.clock.advance(60)
    assert match(office, partner, ignored, None) == ignored
    assert office.rows(decided, id=ignored.id) == before
    assert office.client.bank_payments(partner, state="unmatched") == []
    assert match(office, partner, ignored, issue(office, partner).id).state == "matched"


def test_an_invoice_that_does_not_fit_is_not_paid_by_hand(office: Office) -> None:
    partner, stranger = partner_of(office), partner_of(office)
    load(office, partner, RECEIPT)
    payment = only(office, partner)
    with pytest.raises(Conflict, match="differ"):
        match(office, partner, payment, issue(office, partner, amount=AMOUNT + 100).id)
    cancelled = issue(office, partner)
    office.client.cancel_invoice(partner, cancelled.id, author=AUTHOR, reason="a mistake")
    with pytest.raises(Conflict, match="cancelled"):
        match(office, partner, payment, cancelled.id)
    for invoice_id in (issue(office, stranger).id, new_id()):
        with pytest.raises(NotFound):
            match(office, partner, payment, invoice_id)
    with pytest.raises(NotFound):
        match(office, stranger, payment, None)
    assert only(office, partner) == payment


def test_a_promised_percentage_is_credited_with_the_payment(office: Office) -> None:
    partner, advertiser = partner_of(office), new_id()
    promo(office, partner, kind="percent", value=1_000)
    redeem(office, partner, advertiser)
    issue(office, partner, advertiser_id=advertiser)
    load(office, partner, RECEIPT)
    assert office.balance(advertiser).credited == AMOUNT + AMOUNT // 10


@pytest.mark.parametrize("state", ["new", None, 5, []])
def test_a_state_that_there_is_not_is_refused(office: Office, state: Any) -> None:
    with pytest.raises(Malformed):
        office.client.bank_payments(office.partner(), state=state)


def test_one_payment_is_found_by_its_id_and_only_by_its_partner(office: Office) -> None:
    partner, stranger = partner_of(office), partner_of(office)
    load(office, partner, RECEIPT)
    payment = only(office, partner)
    assert office.client.bank_payment(partner, payment.id) == payment
    for asked in ((stranger, payment.id), (partner, new_id())):
        with pytest.raises(NotFound):
            office.client.bank_payment(*asked)


def test_payments_of_statements_come_in_pages_of_a_state(office: Office) -> None:
    partner = partner_of(office)
    issue(office, partner)
    days = [RECEIPT | {"Номер": str(n), "ДатаПоступило": f"0{n}.11.2026"} for n in (1, 2, 3)]
    load(office, partner, *days, RECEIPT | {"Номер": "4", "ДатаПоступило": "04.11.2026", "НазначениеПлатежа": "смс"})

    def page(**changes: Any) -> tuple[list[str], int]:
        found = office.client.bank_payment_page(BankPaymentQuery(partner_id=partner, **changes))
        assert found.waiting == 0
        return [one.document_number for one in found.items], found.total

    assert page() == (["4", "3", "2", "1"], 4)
    assert page(page_size=3, page=2) == (["1"], 4)
    assert page(state="unmatched", page_size=2) == (["4", "3"], 3)
    assert page(state="matched") == (["1"], 1)
    assert page(state="ignored", page=9) == ([], 0)
    for wrong in ({"state": "x"}, {"page": 0}, {"page_size": 501}):
        with pytest.raises(Malformed) as refused:
            page(**wrong)
        assert refused.value.data["errors"][0]["pointer"] == f"/query/{next(iter(wrong))}"


def test_after_new_requisites_receipts_of_the_former_account_still_pay(office: Office) -> None:
    partner, other = partner_of(office), account(BIK[-3:], "40702810", "00000000003")
    invoice = issue(office, partner)
    requisites = seller(next_number=13, account=other)
    office.client.save_seller(partner, requisites, author=AUTHOR)
    move = RECEIPT | {"Номер": "20", "ПлательщикСчет": SELLER, "ПолучательСчет": other}
    assert load(office, partner, RECEIPT, move) == (1, 1, 0, 1)
    assert office.client.invoice(partner, invoice.id).state == "paid"
    stranger = partner_of(office)
    office.client.save_seller(stranger, requisites, author=AUTHOR)
    with pytest.raises(Malformed, match="as in your requisites"):
        load(office, stranger, RECEIPT)
