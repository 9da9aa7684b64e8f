"""«Финансы»: the advertiser's balance, packages, invoices and payments; ways to top up; entering a promo code."""

from functools import partial

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext

from contracts.billing import Balance
from contracts.billing_invoices import InvoiceQuery
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import pages
from gateway_http.access import ADVERTISER, partner_id, roles, user
from gateway_http.audit import audits
from gateway_http.cabinet.payments_guard import contract_missing, offer_to_accept
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.days import last_day
from gateway_http.forms import Form
from gateway_http.i18n import money
from gateway_http.state import clients
from kit.ids import uuid7
from kit.money import format_money

INVOICES_PER_PAGE = 20
MOST_PAGES = 10_000
#: Of the packages and the payments the newest are shown; older ones are spent and done.
MOST_SHOWN = 20
#: What the critical level is counted in.
SUM, PERCENT = UNITS = ("sum", "percent")


def install(blueprint: Blueprint) -> None:
    blueprint.get("/finances", endpoint="finances")(finances)
    blueprint.post("/finances/promo", endpoint="promo_redeem")(promo_redeem)


@roles(ADVERTISER, acting=True)
def finances() -> Response:
    return finances_page("", {}, {})


@audits("promo_code.redeemed", "Redeemed a promo code")
@roles(ADVERTISER)
def promo_redeem() -> Response:
    """Enter a code. The page gave the form its id: sending it twice uses the code once and says the same."""
    form = Form(request.form)
    code = form.text("code", required=True, longest=40)
    if not form.errors:
        arguments = {"partner_id": partner_id(), "advertiser_id": advertiser_id(), "code": code}
        try:
            use = clients().billing.redeem_promo(id=form.id("id"), **arguments)
        except NotFound:
            form.errors["code"] = gettext("There is no such promo code, or it can't be used now")
        except (Conflict, Malformed) as error:
            form.take(error)
            form.errors.setdefault("code", form.errors.pop("form", ""))
        else:
            now = gettext("The code gave you %(sum)s.", sum=money(use.credited))
            later = gettext("The code is taken: the bonus comes with your next payment.")
            return pages.done(now if use.package_id else later, "cabinet.finances")
    return finances_page("promo", form.values, form.errors)


def finances_page(form_name: str, values: dict[str, str], errors: dict[str, str]) -> Response:
    """The page; `form_name`: top-up, promo or level, the form that came back with `values` and `errors`.

    The forms get new ids each time: under that of a refused one its refusal is kept.
    """
    page = min(max(request.args.get("page", 1, int), 1), MOST_PAGES)
    query = InvoiceQuery(partner_id=partner_id(), advertiser_id=advertiser_id(), page=page, page_size=INVOICES_PER_PAGE)
    billing = clients().billing
    packages = billing.packages(partner_id(), advertiser_id())
    account = billing.balances([advertiser_id()])[0]
    return pages.page(
        "cabinet/finances.html",
        422 if errors else 200,
        account=account,
        level_form=_typed_level(account),
        email=clients().accounts.advertiser(partner_id(), advertiser_id()).email,
        packages=packages[: -MOST_SHOWN - 1 : -1],
        packages_total=len(packages),
        last_day=partial(last_day, zone=user().zone),
        invoices=billing.invoices(query),
        page=page,
        page_size=INVOICES_PER_PAGE,
        payments=billing.payments(partner_id(), advertiser_id=advertiser_id())[:MOST_SHOWN],
        providers=[one.provider for one in billing.providers(partner_id()) if one.enabled],
        contract_missing=contract_missing(),
        offer=offer_to_accept(),
        oferta_address=url_for("cabinet.oferta", next=url_for("cabinet.finances")),
        form_name=form_name,
        form=values,
        errors=errors,
        new_id=str(uuid7()),
        new_use_id=str(uuid7()),
    )


def _typed_level(account: Balance) -> dict[str, str]:
    """The critical level that is set, as its form takes it."""
    if account.level_percent and not account.level:
        return {"level": str(account.level_percent), "unit": PERCENT}
    return {"level": format_money(account.level).replace(".", ",").removesuffix(",00"), "unit": SUM}
