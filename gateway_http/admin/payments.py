"""Payment systems: the partner's settings of each, and the payments that came through them."""

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext

from contracts.billing_payments import PAYMENT_STATES, SIGNATURE_ALGORITHMS, PaymentQuery, ProviderSettings
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.people import own_advertisers
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients

PAGE_SIZES = (20, 50, 100)
MOST_PAGES = 10_000
#: The secrets of each payment system, with the labels of their fields in templates/settings/payments.html.
SECRETS = {"robokassa": ("password1", "password2")}


def install(blueprint: Blueprint) -> None:
    view = form_view(settings, settings_save)
    blueprint.add_url_rule("/settings/payments", "settings_payments", view, methods=["GET", "POST"])
    blueprint.get("/payments", endpoint="payments")(payments)


@roles(PARTNER, MANAGER, right="money")
def payments() -> Response:
    state = request.args.get("state", "")
    state = state if state in PAYMENT_STATES else ""
    query = PaymentQuery(partner_id=partner_id(), state=state, page=page_number(), page_size=page_size())
    found = clients().billing.payment_page(query)
    filters = {"state": state, "page": query.page, "page_size": query.page_size}
    people = own_advertisers(one.advertiser_id for one in found.items)
    return pages.page("payments/list.html", found=found, filters=filters, people=people)


def page_number() -> int:
    return min(max(request.args.get("page", 1, int), 1), MOST_PAGES)


def page_size() -> int:
    asked = request.args.get("page_size", PAGE_SIZES[1], int)
    return asked if asked in PAGE_SIZES else PAGE_SIZES[1]


@roles(PARTNER, MANAGER, right="settings")
def settings() -> Response:
    return _page("", {}, {})


@audits("payment_systems.changed", "Changed a payment system")
@roles(PARTNER, MANAGER, right="settings")
def settings_save() -> Response:
    """Save one payment system; a secret that is left empty stays as it is stored, and none is ever shown."""
    form = Form(request.form)
    provider = form.text("provider")
    if provider not in {one.provider for one in clients().billing.providers(partner_id())}:
        raise NotFound
    asked = _settings(form, provider)
    if not form.errors:
        try:
            clients().billing.save_provider(partner_id(), asked, author=user().login)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            return pages.done(gettext("The settings of the payment system were saved."), "admin.settings_payments")
    return _page(provider, form.values, form.errors)


def _settings(form: Form, provider: str) -> ProviderSettings:
    names = SECRETS.get(provider, ())
    secrets = {name: form.text(name, longest=200) for name in names}
    for name in names:
        form.values.pop(name, None)
    return ProviderSettings(
        provider=provider,
        enabled=form.checked("enabled"),
        login=form.text("login", longest=100),
        description=form.text("description", longest=100),
        test=form.checked("test"),
        secrets=secrets,
        algorithm=form.text("algorithm"),
    )


def _page(provider: str, values: dict[str, str], errors: dict[str, str]) -> Response:
    """`provider`: whose form came back."""
    providers = clients().billing.providers(partner_id())
    return pages.page(
        "settings/payments.html",
        422 if errors else 200,
        providers=providers,
        secret_names=SECRETS,
        algorithms=SIGNATURE_ALGORITHMS,
        returned=provider,
        form=values,
        errors=errors,
        addresses={one.provider: _addresses(one.provider) for one in providers},
    )


def _addresses(provider: str) -> dict[str, str]:
    """What the partner writes into the settings of its shop at the payment system."""
    ends = {"ResultURL": "payments.result", "SuccessURL": "payments.success", "FailURL": "payments.fail"}
    return {name: url_for(end, provider=provider, _external=True) for name, end in ends.items()}
