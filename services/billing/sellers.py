"""The requisites of who issues invoices: what is a seller's, field by field. No SQL, no clock."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from contracts.billing_invoices import VAT_RATES, Seller
from contracts.wire import from_wire, to_wire
from services.billing import requisites as rules
from services.billing.checks import Problems
from services.billing.images import IMAGE_RULE, Picture, picture_of, to_base64

#: Of the wire class: those that are pictures, and those that an invoice takes along.
PICTURES = ("seal", "director_signature", "accountant_signature")
#: The longest that an invoice has room for, on its one page.
MOST_CHARACTERS = {
    "name": 250,
    "bank": 150,
    "address": 250,
    "director_title": 100,
    "director_name": 100,
    "accountant_name": 100,
}
MOST_NUMBER = 999_999_999
_NEEDED = frozenset({"name", "bank"})

INN_RULE = "an INN of 10 digits (a company) or 12 (a person) whose check digits are right"
OGRN_RULE = "an OGRN of 13 digits for a company, an OGRNIP of 15 for a person, whose check digit is right"
KPP_RULE = "a KPP of 9 characters for a company, and none for a person"
BIK_RULE = "a BIK of 9 digits that begins with 04"
ACCOUNT_RULE = "20 digits of an account in roubles at the bank of this BIK: a digit here or in the BIK is wrong"
CORRESPONDENT_RULE = "20 digits of the correspondent account of the bank of this BIK: a digit here or there is wrong"
NO_CORRESPONDENT_RULE = "an account with the Bank of Russia itself has no correspondent account: leave it empty"
VAT_RULE = f"a rate of VAT in percent ({', '.join(map(str, VAT_RATES))}), or none"
NUMBER_RULE = f"a number from 1 to {MOST_NUMBER}"


def is_line(value: object, most: int, *, least: int = 0) -> bool:
    """Whether it is a text that can stand on one line of paper: nothing but letters, signs and single spaces."""
    return (
        type(value) is str and least <= len(value) <= most and value.isprintable() and value == " ".join(value.split())
    )


def line_rule(most: int, *, least: int = 0) -> str:
    return f"a text of {least or 0} to {most} characters without line breaks and double spaces"


def tidy(seller: Seller) -> Seller:
    """As it is stored: spaces at the ends, doubled ones and those inside of numbers were only ways to write it."""
    clean: dict[str, Any] = {}
    for field in fields(Seller):
        value = getattr(seller, field.name)
        if type(value) is str and field.name not in PICTURES:
            clean[field.name] = " ".join(value.split()) if field.name in MOST_CHARACTERS else value.replace(" ", "")
    return replace(seller, **clean)


def check_seller(seller: Seller) -> dict[str, Picture]:
    """The pictures by their fields; `Malformed` names every field that breaks a rule, as `/seller/<field>`."""
    problems = Problems()
    for name, most in MOST_CHARACTERS.items():
        least = 1 if name in _NEEDED else 0
        text = getattr(seller, name)
        problems.require(is_line(text, most, least=least), f"/seller/{name}", line_rule(most, least=least))
    _check_owner(problems, seller)
    _check_bank(problems, seller)
    problems.require(seller.vat_percent is None or seller.vat_percent in VAT_RATES, "/seller/vat_percent", VAT_RULE)
    problems.require(1 <= seller.next_number <= MOST_NUMBER, "/seller/next_number", NUMBER_RULE)
    pictures = {}
    for name in PICTURES:
        text = getattr(seller, name)
        picture = None if text is None else picture_of(text)
        problems.require(text is None or picture is not None, f"/seller/{name}", IMAGE_RULE)
        if picture is not None:
            pictures[name] = picture
    problems.refuse_if_any()
    return pictures


def requisites_of(seller: Seller) -> dict[str, Any]:
    """What of a seller is stored as a document, and goes into an invoice: all but the number and the pictures."""
    return {name: value for name, value in to_wire(seller).items() if name not in {*PICTURES, "next_number"}}


def seller_of(requisites: Mapping[str, Any], number: int, pictures: Mapping[str, bytes | None] | None = None) -> Seller:
    """The wire class of a stored document."""
    images = {name: to_base64(contents) for name, contents in (pictures or {}).items()}
    return from_wire(Seller, {**requisites, "next_number": number, **images})


def _check_owner(problems: Problems, seller: Seller) -> None:
    """The INN tells a company from a person; without a good one nothing is said of the rest."""
    if not rules.is_inn(seller.inn):
        problems.require(False, "/seller/inn", INN_RULE)
        return
    person = len(seller.inn) == rules.PERSON_INN_DIGITS
    # A person who pays the tax on professional income trades without an OGRNIP.
    no_ogrn = person and not seller.ogrn
    problems.require(no_ogrn or rules.is_ogrn(seller.ogrn, seller.inn), "/seller/ogrn", OGRN_RULE)
    problems.require(not seller.kpp if person else rules.is_kpp(seller.kpp), "/seller/kpp", KPP_RULE)


def _check_bank(problems: Problems, seller: Seller) -> None:
    """Accounts are told by their bank; without a good BIK nothing is said of them."""
    if not rules.is_bik(seller.bik):
        problems.require(False, "/seller/bik", BIK_RULE)
        return
    problems.require(rules.is_settlement_account(seller.account, seller.bik), "/seller/account", ACCOUNT_RULE)
    if rules.needs_correspondent_account(seller.bik):
        fits = rules.is_correspondent_account(seller.correspondent_account, seller.bik)
        problems.require(fits, "/seller/correspondent_account", CORRESPONDENT_RULE)
    else:
        empty = not seller.correspondent_account
        problems.require(empty, "/seller/correspondent_account", NO_CORRESPONDENT_RULE)
