"""Shows 4: from the partner's requisites to a paid invoice, through the panel; its PDF is read back by other decoders."""

import re
from base64 import b64decode
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from contracts.wire import to_wire
from kit.money import parse_money
from tests.e2e.panel import Panel, fields
from tests.e2e.platform import Platform
from tests.support.statements import statement
from tests.unit.billing.requisites_examples import BUYER, SELLER

SUM, SUM_KOPECKS, VAT = "1 234,56", "123456", "205,76"
PICTURES = ("seal", "director_signature", "accountant_signature")
RED = (200, 20, 20)


@pytest.fixture(scope="module")
def partner(embedded: Platform) -> Panel:
    """The partner at the panel, its requisites and its seal being saved."""
    panel = Panel(embedded.demo["partner"])
    page = "/admin/settings/requisites"
    form = {name: str(value) for name, value in to_wire(SELLER).items() if name not in PICTURES}
    picture = BytesIO()
    Image.new("RGB", (160, 160), RED).save(picture, "PNG")
    token = {"csrf_token": fields(panel.get(page))["csrf_token"]}
    panel.upload(page, {**form, **token, "next_number": "41"}, {"seal": picture.getvalue()})
    shown = re.search(r'src="data:image/png;base64,([^"]+)"', panel.get(page))
    assert shown and b64decode(shown[1]) == picture.getvalue()
    return panel


def issue(panel: Panel) -> str:
    """Issue an invoice for the demo's advertiser, as the partner does; its address."""
    chosen = re.search(r'href="(/admin/invoices/new\?advertiser_id=[^"]+)"', panel.get("/admin/invoices/new?q=demo"))
    assert chosen
    form = fields(panel.get(chosen[1]))
    buyer = {"name": BUYER.name, "inn": BUYER.inn, "kpp": BUYER.kpp, "address": BUYER.address}
    kept = {name: form[name] for name in ("csrf_token", "id", "advertiser_id", "subject")}
    panel.post("/admin/invoices/new", {**kept, **buyer, "amount": SUM})
    return f"/admin/invoices/{form['id']}"


def test_an_invoice_goes_from_requisites_to_money_that_is_credited_once(embedded: Platform, partner: Panel) -> None:
    before = parse_money(embedded.api("GET", "/balance")[1]["available"])
    address = issue(partner)
    _check_pdf(partner, address)
    for _ in range(2):
        token = fields(partner.get(address))["csrf_token"]
        partner.post(f"{address}/paid", {"csrf_token": token, "payment_info": "п/п 418"})
    after = parse_money(embedded.api("GET", "/balance")[1]["available"])
    assert after - before == parse_money(SUM)
    assert "п/п 418" in partner.get("/admin/invoices?state=paid")
    package = embedded.rows(
        "billing", "SELECT count(*), min(origin) FROM package WHERE credited = :amount", amount=parse_money(SUM)
    )
    assert package == [(1, "invoice")]
    assert embedded.audit()[0] == 0, embedded.audit()[1]


def _check_pdf(partner: Panel, address: str) -> None:
    """Its words by pypdf, its code and its seal by what PDFium draws."""
    contents, media_type = partner.download(f"{address}/pdf")
    assert media_type == "application/pdf"
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(contents)).pages).split())
    for written in ("№ 41", SELLER.name, SELLER.inn, SELLER.account, SELLER.bik, BUYER.name, BUYER.inn):
        assert written in text, written
    assert "Одна тысяча двести тридцать четыре рубля 56 копеек" in text and VAT in text
    document = pypdfium2.PdfDocument(contents)
    look = document[0].render(scale=3).to_pil().convert("RGB")
    document.close()
    (code,) = zxingcpp.read_barcodes(look)
    assert code.text.startswith("ST00012|")
    told = dict(one.split("=", 1) for one in code.text.split("|")[1:])
    assert (told["Name"], told["PersonalAcc"], told["BIC"]) == (SELLER.name, SELLER.account, SELLER.bik)
    assert (told["CorrespAcc"], told["PayeeINN"]) == (SELLER.correspondent_account, SELLER.inn)
    assert told["Sum"] == SUM_KOPECKS and "№ 41" in told["Purpose"]
    assert any(abs(red - RED[0]) + green + blue < 120 for _, (red, green, blue) in look.getcolors(1 << 24) or [])


def test_a_statement_of_the_bank_pays_the_invoice_that_it_names(embedded: Platform, partner: Panel) -> None:
    address = issue(partner)
    number = re.search(r"№ (\d+)", partner.get(address))
    assert number
    before = parse_money(embedded.api("GET", "/balance")[1]["available"])
    for _ in range(2):
        token = {"csrf_token": fields(partner.get("/admin/payments/bank"))["csrf_token"]}
        report = partner.upload(
            "/admin/payments/bank",
            token,
            {
                "statement": statement(f"Оплата по счёту № {number[1]} от 22.11.2026. В том числе НДС 20%").encode(
                    "cp1251"
                )
            },
        )
        assert "Выписка загружена" in report
    assert parse_money(embedded.api("GET", "/balance")[1]["available"]) - before == parse_money(SUM)
    assert "Оплачен" in partner.get(address)
