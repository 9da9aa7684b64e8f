"""«Добавить пользователя»: accounts makes the person, then senders, routes and billing are told what it may do.

The form carries the advertiser's id, and each step may be repeated: when a later one fails, the same form is sent again
and does what is missing. Template advertisers/new.html: `form`, `errors`, `zones`, `managers`, `schemes`.
"""

from typing import Any
from uuid import UUID, uuid5

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.accounts_advertisers import Advertiser, NewAdvertiser
from contracts.billing_packages import NewPackage
from contracts.errors import Conflict, GolubError, Malformed
from gateway_http import audit, pages, zones
from gateway_http.access import MANAGER, PARTNER, form_view, may, partner_id, roles, user
from gateway_http.admin.advertisers import MOST_COMMENT, schemes_to_choose
from gateway_http.admin.advertisers_list import managers
from gateway_http.admin.people import AUTOMATIC, MANUAL, MODERATIONS
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.sentences import told
from gateway_http.state import clients
from kit.ids import uuid7
from kit.money import parse_money

PREFERENCE = "advertiser_new"
USUAL_TEST_BALANCE = "10"
MOST_TEST_BALANCE = 10_000_000
TEST_PACKAGE = "test"
#: What the journal keeps of a new advertiser.
TOLD = ("login", "name", "company", "contract_number", "contract_date", "email", "phone", "zone", "test_mode")


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule(
        "/advertisers/new", "advertiser_new", form_view(advertiser_new, advertiser_add), methods=["GET", "POST"]
    )


@roles(PARTNER, MANAGER, right="clients")
def advertiser_new() -> Response:
    person = user()
    kept = clients().accounts.preference(person.partner_id, person.user_id, PREFERENCE).get("test_balance", "")
    test_balance = kept if isinstance(kept, str) and kept else USUAL_TEST_BALANCE
    return _form_page({"id": str(uuid7()), "test_mode": "1", "test_balance": test_balance}, {})


@audits("advertiser.added", "Added an advertiser")
@roles(PARTNER, MANAGER, right="clients")
def advertiser_add() -> Response:
    form = Form(request.form)
    new, test_balance, scheme_id = _new_advertiser(form), _test_balance(form), _scheme(form)
    form.values["id"] = new.id
    audit.subject("advertiser", new.id, new.login)
    if form.errors:
        return _form_page(form.values, form.errors)
    try:
        made = clients().accounts.create_advertiser(partner_id(), new)
    except (Conflict, Malformed) as error:
        if isinstance(error, Conflict) and not error.data.get("errors"):
            form.errors["login"] = gettext("This login is taken")
        form.take(error)
        return _form_page(form.values, form.errors)
    audit.whom(made.id)
    audit.after({name: getattr(made, name) for name in TOLD})
    try:
        _equip(made, new, test_balance, scheme_id, texts_automatic=form.text("text_moderation") != MANUAL)
    except GolubError as error:
        audit.refused(error.code)
        form.errors["form"] = gettext(
            "The advertiser was added, but not all of it could be set (%(why)s). Enter the password again and send the "
            "form once more: nobody is added twice.",
            why=told(error.detail),
        )
        return _form_page(form.values, form.errors)
    _remember(form.values.get("test_balance", ""))
    page = "admin.advertiser_packages" if may("admin.advertiser_packages") else "admin.advertiser"
    return pages.done(gettext("The advertiser %(login)s was added.", login=made.login), page, advertiser_id=made.id)


def _equip(made: Advertiser, new: NewAdvertiser, test_balance: int, scheme_id: str, *, texts_automatic: bool) -> None:
    """Each step gives the same however often it is done."""
    automatic = new.sender_moderation == AUTOMATIC
    clients().senders.set_policy(
        partner_id(),
        made.id,
        any_sender=new.any_sender,
        automatic=automatic,
        texts_automatic=texts_automatic,
        test_mode=new.test_mode,
    )
    if scheme_id:
        clients().smpp_gateway.assign_route_scheme(
            subject="advertiser", subject_id=made.id, scheme_id=scheme_id, author=user().login
        )
    if new.test_mode and test_balance:
        # Its id follows from the advertiser's, so that there is one test balance however often the form is sent.
        package = NewPackage(
            id=str(uuid5(UUID(made.id), TEST_PACKAGE)),
            advertiser_id=made.id,
            partner_id=partner_id(),
            amount=test_balance,
            paid=True,
            payment_kind=TEST_PACKAGE,
        )
        clients().billing.add_package(package, author=user().login)


def _new_advertiser(form: Form) -> NewAdvertiser:
    moderation = form.text("sender_moderation") or MANUAL
    if moderation not in MODERATIONS:
        form.errors["sender_moderation"] = gettext("Choose one of the list")
    return NewAdvertiser(
        id=form.id("id"),
        login=form.text("login", required=True, longest=64),
        password=form.password(),
        contract_number=form.text("contract_number", required=True, longest=64),
        contract_date=form.date("contract_date", required=True),
        zone=form.text("zone", required=True, longest=64),
        any_sender=form.checked("any_sender"),
        sender_moderation=moderation,
        test_mode=form.checked("test_mode"),
        name=form.text("name", longest=200),
        company=form.text("company", longest=200),
        email=form.text("email", longest=254),
        phone=form.text("phone", longest=20),
        manager_id=form.text("manager_id", longest=36),
        promo_code=form.text("promo_code", longest=64),
        comment=form.text("comment", longest=MOST_COMMENT),
        send_letter=form.checked("send_letter"),
    )


def _test_balance(form: Form) -> int:
    """1/10,000 of the currency."""
    amount = form.money("test_balance")
    if not 0 <= amount <= MOST_TEST_BALANCE:
        form.errors["test_balance"] = gettext("A test balance is from 0 to 1000")
    return amount


def _scheme(form: Form) -> str:
    """The id of a scheme that whoever sends the form may give, else empty."""
    chosen = form.text("scheme_id", longest=36)
    if chosen and chosen not in dict(schemes_to_choose()):
        form.errors["scheme_id"] = gettext("Choose one of the list")
    return chosen


def _remember(test_balance: str) -> None:
    """The next form starts with the same sum."""
    person = user()
    try:
        value: dict[str, Any] = {"test_balance": test_balance if parse_money(test_balance or "0") >= 0 else ""}
        clients().accounts.set_preference(person.partner_id, person.user_id, PREFERENCE, value)
    except GolubError:
        return


def _form_page(values: dict[str, str], errors: dict[str, str]) -> Response:
    offered, first = zones.offered()
    return pages.page(
        "advertisers/new.html",
        422 if errors else 200,
        form={"zone": first, **values},
        errors=errors,
        zones=offered,
        managers=managers(),
        schemes=schemes_to_choose(),
    )
