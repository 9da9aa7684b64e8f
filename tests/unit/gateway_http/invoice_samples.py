"""Invoices, pictures, and what foreign programs read in a PDF: pypdf its text, pypdfium2 its look, ZXing its code."""

import base64
import io
from dataclasses import replace
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from contracts.billing_invoices import Invoice, InvoiceImages
from gateway_http.documents.invoice_pdf import invoice_pdf
from tests.unit.billing.requisites_examples import BUYER, SELLER

NOTHING = InvoiceImages(seal=None, director_signature=None, accountant_signature=None)
ACCENT = "1a7f5a"

INVOICE = Invoice(
    id="00000000-0000-7000-8000-000000000001",
    partner_id="00000000-0000-7000-8000-0000000000fa",
    advertiser_id="00000000-0000-7000-8000-0000000000ad",
    number=17,
    state="issued",
    amount=12_345_600,
    vat_percent=20,
    vat_amount=2_057_600,
    subject="Услуги по рассылке SMS-сообщений",
    buyer=BUYER,
    seller=SELLER,
    issued_at="2026-11-22T21:30:00Z",
    author="manager",
    paid_at=None,
    paid_by=None,
    payment_info="",
    cancelled_at=None,
    reason="",
    package_id=None,
)


def invoice(**changes: Any) -> Invoice:
    return replace(INVOICE, **changes)


def png(colour: str, width: int = 160, height: int = 160) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


def base64_png(colour: str) -> str:
    return base64.b64encode(png(colour)).decode()


class Read:
    """A finished document as others see it."""

    def __init__(self, changes: dict[str, Any] | None = None, images: InvoiceImages = NOTHING, **options: Any) -> None:
        self.contents = invoice_pdf(invoice(**changes or {}), images, "Пример SMS", ACCENT, **options)
        self.document = PdfReader(io.BytesIO(self.contents))

    @property
    def text(self) -> str:
        """All words of the page, single spaces between them."""
        return " ".join(" ".join(page.extract_text() for page in self.document.pages).split())

    def look(self, scale: float = 2) -> Image.Image:
        document = pypdfium2.PdfDocument(self.contents)
        try:
            return document[0].render(scale=scale).to_pil().convert("RGB")
        finally:
            document.close()

    def codes(self) -> list[str]:
        """What the codes of the page say; the finest has squares of a third of a millimetre."""
        return [
            found.text for found in zxingcpp.read_barcodes(self.look(scale=3), formats=zxingcpp.BarcodeFormat.QRCode)
        ]
