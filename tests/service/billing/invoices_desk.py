"""What tests of invoices and promo codes ask of an office."""

import base64
import io
from typing import Any

from PIL import Image

from contracts.billing_invoices import Invoice, PromoCode, PromoUse
from tests.service.billing.office import AUTHOR, Office, new_id
from tests.unit.billing.requisites_examples import new_invoice, seller

ROUBLE = 10_000


def picture(red: int) -> str:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (red, 0, 0)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def selling_partner(office: Office, **changes: Any) -> str:
    partner_id = office.partner()
    office.client.save_seller(partner_id, seller(**changes), author=AUTHOR)
    return partner_id


def issue(office: Office, partner_id: str, advertiser_id: str | None = None, **changes: Any) -> Invoice:
    """For 1,200 roubles, to a new advertiser unless said otherwise."""
    known = {"id": new_id(), "partner_id": partner_id, "advertiser_id": advertiser_id or new_id()}
    return office.client.issue_invoice(new_invoice(**known | changes), author=AUTHOR)


def pay(office: Office, invoice: Invoice, payment_info: str = "") -> Invoice:
    return office.client.mark_invoice_paid(invoice.partner_id, invoice.id, author=AUTHOR, payment_info=payment_info)


def promo(office: Office, partner_id: str, **changes: Any) -> PromoCode:
    """100 roubles for 30 days, for everyone once."""
    known: dict[str, Any] = {
        "id": new_id(),
        "partner_id": partner_id,
        "code": "ОСЕНЬ",
        "kind": "sum",
        "value": 100 * ROUBLE,
        "most_uses": 0,
        "valid_days": 30,
        "starts_at": None,
        "ends_at": None,
        "active": True,
        "note": "",
    }
    return office.client.save_promo_code(PromoCode(**known | changes), author=AUTHOR)


def redeem(office: Office, partner_id: str, advertiser_id: str, code: str = "ОСЕНЬ") -> PromoUse:
    return office.client.redeem_promo(id=new_id(), partner_id=partner_id, advertiser_id=advertiser_id, code=code)
