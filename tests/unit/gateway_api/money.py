"""What pages of money are tried with: a partner's requisites, an issued invoice, a picture."""

from dataclasses import replace
from io import BytesIO

from PIL import Image

from contracts.billing_invoices import NewInvoice, Seller
from contracts.billing_payments import ProviderSettings
from contracts.wire import to_wire
from kit.ids import uuid7
from tests.unit.billing.requisites_examples import BUYER, SELLER
from tests.unit.gateway_api.conftest import World

#: What the form of requisites sends of them, its pictures, rate and number apart.
REQUISITES = {
    name: str(value)
    for name, value in to_wire(SELLER).items()
    if name not in ("vat_percent", "next_number", "seal", "director_signature", "accountant_signature")
}


def seller(vat_percent: int | None = 20, next_number: int = 101) -> Seller:
    return replace(SELLER, vat_percent=vat_percent, next_number=next_number)


def issued(world: World, amount: int = 30_000_000, *, partner_id: str = "", advertiser_id: str = "") -> str:
    """Id of an invoice of the partner for its advertiser; requisites are given where there are none."""
    partner, advertiser = partner_id or world.partner_id, advertiser_id or world.advertiser_id
    billing = world.platform.billing
    billing.sellers.setdefault(partner, seller())
    new = NewInvoice(
        id=str(uuid7()),
        partner_id=partner,
        advertiser_id=advertiser,
        amount=amount,
        buyer=BUYER,
        subject="Отправка SMS",
    )
    return str(billing.issue_invoice(to_wire(new), "boss")["id"])


def enable_payments(world: World) -> None:
    """The partner takes payments by Robokassa."""
    world.platform.billing.settings[world.partner_id] = ProviderSettings(
        provider="robokassa", enabled=True, login="shop", description="", test=False, secrets={"password1": "x"}
    )


def started(world: World, amount: int = 10_000_000) -> str:
    """Id of a payment that the advertiser started."""
    enable_payments(world)
    payment_id = str(uuid7())
    world.platform.billing.start_payment(payment_id, world.partner_id, world.advertiser_id, "robokassa", amount)
    return payment_id


def picture(colour: str = "blue", side: int = 160, kind: str = "PNG") -> bytes:
    file = BytesIO()
    Image.new("RGB", (side, side), colour).save(file, kind)
    return file.getvalue()
