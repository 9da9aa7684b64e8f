"""What the forms of packages say."""

from flask_babel import gettext

from contracts.billing_packages import NewPackage, Package, PackageTerms
from contracts.tariffs import TariffRow
from gateway_http.access import partner_id, user
from gateway_http.forms import Form
from kit.money import parse_money

LONGEST_REASON = 500
LONGEST_KIND = 50
LONGEST_NUMBER = 64
LONGEST_MARK = 64


def new_package(form: Form, owner: str, prices: list[TariffRow]) -> NewPackage:
    """A balance limit of 0 is post-paid; whoever writes a credit line beside it wants a limit, and is asked which."""
    amount = form.money("amount", required=True)
    new = NewPackage(
        id=form.id("id"),
        advertiser_id=owner,
        partner_id=partner_id(),
        amount=amount,
        credit=form.money("credit"),
        postpaid=amount == 0,
        paid=form.checked("paid"),
        payment_kind=form.text("payment_kind", longest=LONGEST_KIND),
        payment_info=form.text("payment_info"),
        invoice_number=form.text("invoice_number", longest=LONGEST_NUMBER),
        starts_at=form.day("starts_at", user().zone),
        ends_at=form.day("ends_at", user().zone, last=True),
        planned_payment_at=form.day("planned_payment_at", user().zone),
        prices=prices,
    )
    if new.starts_at and new.ends_at and new.starts_at >= new.ends_at:
        form.errors["ends_at"] = gettext("The end date is before the start date")
    if new.postpaid and new.credit and not form.errors.keys() & {"amount", "credit"}:
        form.errors["credit"] = gettext(
            "A balance limit of 0 is post-paid: nothing limits the package, and no credit line either. "
            "Write 0 here, or the limit above"
        )
    return new


def changed_terms(form: Form, package: Package) -> PackageTerms:
    """A day that was left as it was keeps its moment to the second."""
    zone = user().zone
    form.text("ends_at", required=True)
    ends_at = form.day_or_kept("ends_at", zone, package.ends_at, last=True) or package.ends_at
    planned = form.day_or_kept("planned_payment_at", zone, package.planned_payment_at)
    return PackageTerms(
        credit=form.money("credit"),
        payment_kind=form.text("payment_kind", longest=LONGEST_KIND),
        payment_info=form.text("payment_info"),
        invoice_number=form.text("invoice_number", longest=LONGEST_NUMBER),
        ends_at=ends_at,
        planned_payment_at=planned,
    )


def signed_sum(form: Form, name: str) -> int:
    """A sum with a sign: `-1`, `−1,50`, `1`; nothing is no correction."""
    written = form.text(name, required=True, longest=40)
    if name in form.errors:
        return 0
    sign, digits = (-1, written[1:]) if written[:1] in "-−" else (1, written.removeprefix("+"))
    try:
        amount = sign * parse_money(digits)
    except ValueError:
        form.errors[name] = gettext("Write a sum such as 1, 0,80 or −1500")
        return 0
    if not amount:
        form.errors[name] = gettext("A correction by nothing is none")
    return amount
