"""Every way in which billing moves money or writes what moves it, as a call that can be repeated.

A story is prepared in peace; `act` is what a caller sends, repeats with the same ids, and dies in.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from contracts.billing import DebitItem
from contracts.billing_invoices import PromoCode
from contracts.billing_packages import NewPackage, PackageTerms
from contracts.billing_payments import Payment
from contracts.errors import Conflict
from kit.clock import from_rfc3339
from services.billing import service_payments, statement_posting
from tests.service.billing import invoices_desk
from tests.service.billing.invoices_desk import ROUBLE, picture, promo, redeem, selling_partner
from tests.service.billing.office import AUTHOR, Office, message, new_id, settlement, tier
from tests.service.billing.test_payments import shop, signed
from tests.unit.billing.requisites_examples import new_invoice, seller
from tests.unit.billing.statement_files import RECEIPT, statement

Cast = dict[str, str]
ROLES = ("partner", "advertiser", "held", "charged", "refused", "tiered", "operation", "package", "invoice", "promo")

ENDS, LATER = "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"
STARTS = "2026-11-22T10:00:00Z"
AMOUNT = 10_000_000


def _nothing(office: Office, cast: Cast) -> None:
    """A story that begins with an empty book."""


@dataclass(slots=True, frozen=True)
class Story:
    """`alone`: `act` commits once, at its own point. `same_answer`: a repeat is answered as the first call was.

    `point`: the name of its commit, where that is not the story's own.
    """

    act: Callable[[Office, Cast], Any]
    prepare: Callable[[Office, Cast], None] = _nothing
    alone: bool = True
    same_answer: bool = True
    point: str = ""


def new_cast() -> Cast:
    return {role: new_id() for role in ROLES}


def _rich(office: Office, cast: Cast) -> None:
    """An advertiser of two packages, who wants to know when less than 500 are left."""
    cast["partner"] = office.partner()
    cast["advertiser"] = office.advertiser(cast["partner"], 150, ends_at="2027-01-01T00:00:00Z")
    office.package(cast["advertiser"], cast["partner"], 1_050)
    office.client.set_level(cast["partner"], cast["advertiser"], level=500)


def _messages(cast: Cast) -> list[DebitItem]:
    """Of 1,200 a hold of 500, charges of 300 and 200; then 400 is refused, as 200 are left."""

    def item(role: str, **changes: Any) -> DebitItem:
        return message(cast["advertiser"], cast["partner"], message_id=cast[role], **changes)

    return [
        item("held", parts=5, by_delivered=True, buy_by_delivered=True),
        item("charged", parts=3),
        item("tiered", parts=3, sell_tiers=[tier(1, 100), tier(10, 50)], sell_price=0),
        item("refused", sell_price=400),
    ]


def _debit(office: Office, cast: Cast) -> Any:
    return office.debit(*_messages(cast))


def _debited(office: Office, cast: Cast) -> None:
    _rich(office, cast)
    _debit(office, cast)


def _settle(office: Office, cast: Cast) -> Any:
    """What is released pays for the refused message, so somebody has to be told."""
    return office.client.settle([settlement(cast["held"], 1, 4), settlement(cast["charged"], 1, 1, 1)])


def _settled(office: Office, cast: Cast) -> None:
    _debited(office, cast)
    office.client.settle([settlement(cast["charged"], 3)])


def _refund(office: Office, cast: Cast) -> Any:
    return office.client.refund(
        id=cast["operation"], message_id=cast["charged"], amount=250, author=AUTHOR, reason="complaint"
    )


def _credit_partner(office: Office, cast: Cast) -> Any:
    return office.client.credit_partner(
        id=cast["operation"], partner_id=cast["partner"], amount=700, credit=50, author=AUTHOR
    )


def _has_account(office: Office, cast: Cast) -> None:
    cast["partner"] = office.partner()


def _correct_partner(office: Office, cast: Cast) -> Any:
    """Less, so that who dies between may be seen to take it twice."""
    return office.client.correct_partner(
        id=cast["operation"], partner_id=cast["partner"], amount=-300, author=AUTHOR, reason="counted wrong"
    )


def _set_level(office: Office, cast: Cast) -> Any:
    return office.client.set_level(cast["partner"], cast["advertiser"], level=5_000, percent=20)


def _add_package(office: Office, cast: Cast) -> Any:
    new = NewPackage(
        id=cast["package"], advertiser_id=cast["advertiser"], partner_id=cast["partner"], amount=900, credit=100
    )
    return office.client.add_package(new, author=AUTHOR)


def _ended(office: Office, cast: Cast) -> None:
    """A package of which 800 have expired."""
    _rich(office, cast)
    cast["package"] = office.package(cast["advertiser"], cast["partner"], 800, ends_at=ENDS).id
    office.clock.moment = from_rfc3339(ENDS)
    office.service.expire_ended_packages()


def _change_package(office: Office, cast: Cast) -> Any:
    """Prolongs it, so that what has expired comes back."""
    office.clock.moment = from_rfc3339(ENDS)
    terms = PackageTerms(
        credit=0, payment_kind="bank", payment_info="", invoice_number="", ends_at=LATER, planned_payment_at=None
    )
    return office.client.change_package(
        id=cast["operation"], partner_id=cast["partner"], package_id=cast["package"], terms=terms, author=AUTHOR
    )


def _changing(cast: Cast) -> dict[str, str]:
    known = {"id": cast["operation"], "partner_id": cast["partner"], "package_id": cast["package"]}
    return known | {"author": AUTHOR, "reason": "counted wrong"}


def _delete_package(office: Office, cast: Cast) -> Any:
    """What has expired comes back first, and then all of it goes."""
    office.clock.moment = from_rfc3339(ENDS)
    return office.client.delete_package(**_changing(cast))


def _with_package(office: Office, cast: Cast) -> None:
    _rich(office, cast)
    cast["package"] = office.package(cast["advertiser"], cast["partner"], 800).id


def _start_later(office: Office, cast: Cast) -> None:
    _rich(office, cast)
    office.package(cast["advertiser"], cast["partner"], 800, starts_at=STARTS)


def _announce(office: Office, cast: Cast) -> Any:
    office.clock.moment = from_rfc3339(STARTS)
    return office.service.announce_started_packages()


def _end_soon(office: Office, cast: Cast) -> None:
    _debited(office, cast)
    office.package(cast["advertiser"], cast["partner"], 800, ends_at=ENDS)


def _expire(office: Office, cast: Cast) -> Any:
    office.clock.moment = from_rfc3339(ENDS)
    return office.service.expire_ended_packages()


def _save_seller(office: Office, cast: Cast) -> Any:
    return office.client.save_seller(cast["partner"], seller(seal=picture(9), next_number=3), author=AUTHOR)


def _sells(office: Office, cast: Cast) -> None:
    cast["partner"] = selling_partner(office, next_number=12)
    cast["advertiser"] = office.advertiser(cast["partner"], 100)


def _issue_invoice(office: Office, cast: Cast) -> Any:
    known = {"id": cast["invoice"], "partner_id": cast["partner"], "advertiser_id": cast["advertiser"]}
    return office.client.issue_invoice(new_invoice(**known), author=AUTHOR)


def _promised(office: Office, cast: Cast) -> None:
    """The next payment brings a tenth more."""
    promo(office, cast["partner"], kind="percent", value=1_000)
    redeem(office, cast["partner"], cast["advertiser"])


def _invoiced(office: Office, cast: Cast) -> None:
    _sells(office, cast)
    _promised(office, cast)
    cast["invoice"] = invoices_desk.issue(office, cast["partner"], cast["advertiser"], amount=AMOUNT).id


def _pay_invoice(office: Office, cast: Cast) -> Any:
    return office.client.mark_invoice_paid(cast["partner"], cast["invoice"], author=AUTHOR, payment_info="№ 5")


def _cancel_invoice(office: Office, cast: Cast) -> Any:
    return office.client.cancel_invoice(cast["partner"], cast["invoice"], author=AUTHOR, reason="twice")


def _save_promo_code(office: Office, cast: Cast) -> Any:
    code = PromoCode(
        id=cast["promo"],
        partner_id=cast["partner"],
        code="ЗИМА",
        kind="sum",
        value=50 * ROUBLE,
        most_uses=1,
        valid_days=30,
        starts_at=None,
        ends_at=None,
        active=True,
        note="",
    )
    return office.client.save_promo_code(code, author=AUTHOR)


def _code_for_one(office: Office, cast: Cast) -> None:
    _rich(office, cast)
    _save_promo_code(office, cast)


def _redeem_promo(office: Office, cast: Cast) -> Any:
    known = {"partner_id": cast["partner"], "advertiser_id": cast["advertiser"]}
    return office.client.redeem_promo(id=cast["operation"], code="зима", **known)


def _save_provider(office: Office, cast: Cast) -> Any:
    return office.client.save_provider(cast["partner"], shop(), author=AUTHOR)


def _takes_payments(office: Office, cast: Cast) -> None:
    _rich(office, cast)
    _save_provider(office, cast)


def _start_payment(office: Office, cast: Cast) -> Any:
    known = {"id": cast["operation"], "partner_id": cast["partner"], "advertiser_id": cast["advertiser"]}
    return office.client.start_payment(provider="robokassa", amount=1_000_000, **known)


def _started(office: Office, cast: Cast) -> None:
    _takes_payments(office, cast)
    _promised(office, cast)
    payment: Payment = _start_payment(office, cast).payment
    cast["number"] = str(payment.number)
    cast["fields"] = json.dumps(signed(payment))


def _payment_callback(office: Office, cast: Cast) -> Any:
    return office.client.payment_callback(cast["partner"], "robokassa", json.loads(cast["fields"]))


def _two_invoices(office: Office, cast: Cast) -> None:
    """Numbers 12 and 13, of two advertisers."""
    _invoiced(office, cast)
    invoices_desk.issue(office, cast["partner"], amount=AMOUNT)


def _import_statement(office: Office, cast: Cast) -> Any:
    """Two receipts that pay, and one that says nothing; what is left of them is taken up by the loop."""
    second = RECEIPT | {"Номер": "18", "НазначениеПлатежа": "счет 13"}
    idle = RECEIPT | {"Номер": "19", "НазначениеПлатежа": "за смс"}
    text = statement(RECEIPT, second, idle)
    report = office.client.import_statement(cast["partner"], statement=text, author=AUTHOR)
    office.service.match_statements()
    return report


def _kept(office: Office, cast: Cast) -> None:
    """A statement that was kept in a call that had no time to match it."""
    _invoiced(office, cast)
    with patch.object(service_payments, "MATCHING_SECONDS", 0.0):
        office.client.import_statement(cast["partner"], statement=statement(RECEIPT), author=AUTHOR)


def _leave(office: Office, cast: Cast) -> Any:
    """No receipt's invoice can be paid; nothing that callers may do leads to that now, so it is made here."""
    with patch.object(statement_posting, "pay_invoice", side_effect=Conflict("Nobody may pay this")):
        return _import_statement(office, cast)


def _unnamed(office: Office, cast: Cast) -> None:
    """A receipt that names no invoice."""
    _invoiced(office, cast)
    document = RECEIPT | {"НазначениеПлатежа": "за смс"}
    office.client.import_statement(cast["partner"], statement=statement(document), author=AUTHOR)
    [waiting] = office.client.bank_payments(cast["partner"])
    cast["receipt"] = waiting.id


def _match_by_hand(office: Office, cast: Cast) -> Any:
    return office.client.match_bank_payment(cast["partner"], cast["receipt"], invoice_id=cast["invoice"], author=AUTHOR)


STORIES = {
    "accounts": Story(_credit_partner, alone=False),
    "debit": Story(_debit, _rich),
    "settle": Story(_settle, _debited),
    "refund": Story(_refund, _settled),
    "credit_partner": Story(_credit_partner, _has_account),
    "correct_partner": Story(_correct_partner, _has_account),
    "set_level": Story(_set_level, _rich),
    "add_package": Story(_add_package, _rich),
    "change_package": Story(_change_package, _ended),
    "correct_package": Story(
        lambda office, cast: office.client.correct_package(amount=-300, **_changing(cast)), _with_package
    ),
    "delete_package": Story(_delete_package, _ended),
    "announce": Story(_announce, _start_later),
    "expire": Story(_expire, _end_soon),
    "save_seller": Story(_save_seller, _has_account),
    "issue_invoice": Story(_issue_invoice, _sells),
    "pay_invoice": Story(_pay_invoice, _invoiced),
    "cancel_invoice": Story(_cancel_invoice, _invoiced),
    "save_promo_code": Story(_save_promo_code, _has_account),
    "redeem_promo": Story(_redeem_promo, _code_for_one),
    "save_provider": Story(_save_provider, _has_account),
    "start_payment": Story(_start_payment, _takes_payments),
    "payment_callback": Story(_payment_callback, _started),
    "import_statement": Story(_import_statement, _two_invoices, alone=False, same_answer=False),
    "match_bank_payment": Story(_import_statement, _two_invoices, alone=False, same_answer=False),
    "match_later": Story(lambda office, _: office.service.match_statements(), _kept, point="match_bank_payment"),
    "match_by_hand": Story(_match_by_hand, _unnamed, point="match_bank_payment"),
    "leave_bank_payment": Story(_leave, _two_invoices, alone=False, same_answer=False),
}
