"""Topping up through a payment system of the partner: the sum, then the payment system's own page."""

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from contracts.billing_payments import Payment, PaymentStart
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import pages
from gateway_http.access import ADVERTISER, partner_id, roles
from gateway_http.audit import audits
from gateway_http.cabinet.finances import finances_page
from gateway_http.cabinet.payments_guard import to_terms
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.state import clients

#: Long enough to read where the browser is going.
GO_SECONDS = 1


def install(blueprint: Blueprint) -> None:
    blueprint.post("/finances/payments", endpoint="payment_start")(payment_start)
    blueprint.get("/finances/payments/<uuid:payment_id>", endpoint="payment_go")(payment_go)


@audits("payment.started", "Started a payment")
@roles(ADVERTISER)
def payment_start() -> Response:
    """The page gave the form its id, so sending it twice starts one payment."""
    blocked = to_terms("cabinet.finances")
    if blocked is not None:
        return blocked
    form = Form(request.form)
    amount, provider = form.money("amount", required=True), form.text("provider", required=True, longest=50)
    if not form.errors:
        try:
            started = _start(form.id("id"), provider, amount)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            return pages.see_other(url_for("cabinet.payment_go", payment_id=started.payment.id))
    return finances_page("top-up", form.values, form.errors)


@roles(ADVERTISER)
def payment_go(payment_id: UUID) -> Response:
    """A page that leads on to the payment system.

    A redirect in answer to the form would be stopped: our pages let forms go nowhere but to ourselves.
    """
    found = _own(payment_id)
    if found.state != "started":
        return pages.see_other(url_for("cabinet.finances"))
    blocked = to_terms("cabinet.finances")
    if blocked is not None:
        return blocked
    start = _start(found.id, found.provider, found.amount)
    response = pages.page("cabinet/finances_go.html", payment=start.payment, url=start.url)
    response.headers["Refresh"] = f"{GO_SECONDS};url={start.url}"
    return response


def _start(payment_id: str, provider: str, amount: int) -> PaymentStart:
    """Start a payment, or get the start of one again: it is done once by its id."""
    return clients().billing.start_payment(
        id=payment_id, partner_id=partner_id(), advertiser_id=advertiser_id(), provider=provider, amount=amount
    )


def _own(payment_id: UUID) -> Payment:
    """`NotFound` for another advertiser's."""
    known = clients().billing.payments(partner_id(), advertiser_id=advertiser_id())
    found = next((one for one in known if one.id == str(payment_id)), None)
    if found is None:
        raise NotFound
    return found
