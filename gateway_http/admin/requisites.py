"""«Настройки»: what the partner's invoices say of it: requisites, people, seal and signatures, VAT, the next number."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.billing_invoices import VAT_RATES, Seller
from contracts.errors import Conflict, Malformed
from contracts.wire import to_wire
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.requisites_images import data_url, read_image
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients

IMAGES = ("seal", "director_signature", "accountant_signature")
MOST_NUMBER = 999_999_999
#: How the form writes «Без налога НДС».
NO_VAT = "none"
_RATES: dict[str, int | None] = {NO_VAT: None, **{str(rate): rate for rate in VAT_RATES}}


def install(blueprint: Blueprint) -> None:
    view = form_view(requisites, requisites_save)
    blueprint.add_url_rule("/settings/requisites", "settings_requisites", view, methods=["GET", "POST"])


@roles(PARTNER, MANAGER, right="settings")
def requisites() -> Response:
    stored = clients().billing.seller(partner_id())
    values = {} if stored is None else {name: str(one) for name, one in to_wire(stored).items() if name not in IMAGES}
    if stored is not None and stored.vat_percent is None:
        values["vat_percent"] = NO_VAT
    return _page(values, {}, stored)


@audits("requisites.changed", "Changed the requisites")
@roles(PARTNER, MANAGER, right="settings")
def requisites_save() -> Response:
    stored = clients().billing.seller(partner_id())
    # A picture is no field of text: its name is given, so that what is said of it finds its place.
    form = Form({**dict.fromkeys(IMAGES, ""), **request.form})
    asked = _seller(form, stored)
    if form.errors:
        return _page(form.values, form.errors, stored)
    try:
        clients().billing.save_seller(partner_id(), asked, author=user().login)
    except (Conflict, Malformed) as error:
        if isinstance(error, Conflict) and not error.data.get("errors"):
            form.errors["next_number"] = gettext("An invoice with this number or a later one was issued already")
        form.take(error)
        return _page(form.values, form.errors, stored)
    return pages.done(gettext("The requisites were saved."), "admin.settings_requisites")


def _seller(form: Form, stored: Seller | None) -> Seller:
    rate = form.text("vat_percent")
    if rate not in _RATES:
        form.errors["vat_percent"] = gettext("Choose one of the list")
    kept = _images(stored)
    return Seller(
        name=form.text("name", required=True, longest=250),
        inn=form.text("inn", required=True, longest=20),
        kpp=form.text("kpp", longest=20),
        ogrn=form.text("ogrn", longest=30),
        account=form.text("account", required=True, longest=40),
        bank=form.text("bank", required=True, longest=150),
        bik=form.text("bik", required=True, longest=20),
        correspondent_account=form.text("correspondent_account", longest=40),
        address=form.text("address", required=True, longest=250),
        director_title=form.text("director_title", required=True, longest=100),
        director_name=form.text("director_name", required=True, longest=100),
        accountant_name=form.text("accountant_name", longest=100),
        vat_percent=_RATES.get(rate),
        next_number=form.whole("next_number", 1, MOST_NUMBER),
        seal=read_image(form, "seal", kept["seal"]),
        director_signature=read_image(form, "director_signature", kept["director_signature"]),
        accountant_signature=read_image(form, "accountant_signature", kept["accountant_signature"]),
    )


def _images(stored: Seller | None) -> dict[str, str | None]:
    return {name: getattr(stored, name) if stored else None for name in IMAGES}


def _page(values: dict[str, str], errors: dict[str, str], stored: Seller | None) -> Response:
    return pages.page(
        "settings/requisites.html",
        422 if errors else 200,
        form={"next_number": "1", "vat_percent": NO_VAT, **values},
        errors=errors,
        images={name: data_url(image) for name, image in _images(stored).items()},
        rates=list(_RATES.items()),
    )
