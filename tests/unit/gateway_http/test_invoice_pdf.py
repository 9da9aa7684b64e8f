"""The PDF of an invoice, as independent programs read it."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import eventlet
import pytest
from eventlet import tpool

from contracts.billing_invoices import Buyer, InvoiceImages
from gateway_http import static_files
from gateway_http.documents.invoice_pdf import invoice_pdf
from golub import assets
from tests.unit.billing.requisites_examples import SELLER, seller
from tests.unit.gateway_http.invoice_samples import ACCENT, INVOICE, Read, base64_png, invoice, png

ROOT = Path(__file__).resolve().parents[3]
WIDEST = " ".join(["Ш" * 9] * 40)
ENDLESS = "Ж" * 300
IMAGES = InvoiceImages(
    seal=base64_png("#2040c0"), director_signature=base64_png("#c02040"), accountant_signature=base64_png("#208040")
)


@pytest.fixture(scope="module", autouse=True)
def _letters() -> None:
    """The letters come with the front end; nothing is done where it is built."""
    assets.build(ROOT)


@pytest.fixture(scope="module")
def plain() -> Read:
    return Read()


def test_the_text_has_the_number_the_day_the_requisites_and_the_sums(plain: Read) -> None:
    for expected in (
        "Счёт на оплату № 17 от 23 ноября 2026 г.",
        *(SELLER.name, SELLER.bank, SELLER.bik, SELLER.account, SELLER.correspondent_account),
        *(f"ИНН {SELLER.inn}", f"КПП {SELLER.kpp}", f"ОГРН {SELLER.ogrn}", SELLER.address),
        *(SELLER.director_title, SELLER.director_name, SELLER.accountant_name),
        *(INVOICE.buyer.name, f"ИНН {INVOICE.buyer.inn}", INVOICE.buyer.address, INVOICE.subject),
        *("Итого: 1 234,56", "В том числе НДС 20 %: 205,76", "Всего к оплате: 1 234,56", "М. П.", "Пример SMS"),
        "Одна тысяча двести тридцать четыре рубля 56 копеек",
    ):
        assert expected in plain.text


def test_the_code_says_exactly_what_a_bank_needs(plain: Read) -> None:
    [code] = plain.codes()
    assert code == (
        f"ST00012|Name=ООО «Пример»|PersonalAcc={SELLER.account}|BankName=Банк «Образец» (АО), г. Москва"
        f"|BIC={SELLER.bik}|CorrespAcc={SELLER.correspondent_account}|PayeeINN={SELLER.inn}|KPP={SELLER.kpp}"
        "|Purpose=Оплата по счёту № 17 от 23.11.2026. В том числе НДС 20% 205-76 руб.|Sum=123456"
    )


def test_the_document_says_of_itself_what_it_is(plain: Read) -> None:
    assert len(plain.document.pages) == 1
    assert plain.document.metadata is not None
    assert plain.document.metadata.title == "Счёт на оплату № 17 от 23 ноября 2026 г."
    assert plain.document.trailer["/Root"]["/Lang"] == "ru-RU"


def test_without_vat_the_invoice_and_the_code_say_so() -> None:
    read = Read({"vat_percent": None, "vat_amount": 0})
    assert "Без налога (НДС): —" in read.text
    assert read.codes()[0].endswith("|Purpose=Оплата по счёту № 17 от 23.11.2026. Без НДС|Sum=123456")


def test_the_day_is_that_of_the_zone() -> None:
    assert "№ 17 от 22 ноября 2026 г." in Read(zone=ZoneInfo("Europe/London")).text


def test_a_person_has_neither_kpp_nor_seal_nor_accountant() -> None:
    alone = seller(inn="500000001223", kpp="", ogrn="", director_title="", accountant_name="", name="ИП Образцов О. О.")
    read = Read({"seller": alone, "buyer": Buyer(name="Покупатель")})
    assert "Предприниматель" in read.text
    assert "бухгалтер" not in read.text
    assert "|KPP=" not in read.codes()[0]


@pytest.mark.parametrize(("state", "words"), [("cancelled", "оплате не подлежит"), ("paid", "Счёт оплачен")])
def test_an_invoice_that_nobody_is_to_pay_says_so_and_has_no_code(state: str, words: str) -> None:
    read = Read({"state": state})
    assert words in read.text
    assert read.codes() == []


def test_seal_and_signatures_are_at_their_places_and_hide_nothing(plain: Read) -> None:
    read = Read(images=IMAGES)
    assert len(read.document.pages[0].images) == 3
    look = read.look(scale=1).convert("RGB")
    seen = {colour for _, colour in look.getcolors(look.width * look.height) or []}
    assert {(0x20, 0x40, 0xC0), (0xC0, 0x20, 0x40), (0x20, 0x80, 0x40)} <= seen
    assert SELLER.accountant_name in read.text
    assert read.codes() == plain.codes()


def test_the_partner_s_colour_and_logo_are_on_it() -> None:
    read = Read(logo=png("#7f1fa0", 300, 60))
    look = read.look(scale=1)
    seen = {colour for _, colour in look.getcolors(look.width * look.height) or []}
    assert {tuple(bytes.fromhex(ACCENT)), (0x7F, 0x1F, 0xA0)} <= seen
    assert "Пример SMS" not in read.text


def test_a_logo_that_is_no_picture_is_left_out(plain: Read) -> None:
    assert Read(logo=b"<svg/>").text == plain.text


def unbroken(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("long", [WIDEST, ENDLESS], ids=["wide words", "one endless word"])
def test_the_longest_texts_wrap_and_stay_on_one_page(long: str) -> None:
    name, bank, person, subject = long[:249], long[:150].strip(), long[:100].strip(), long[:200].strip()
    known: dict[str, Any] = {"name": name, "address": name, "bank": bank, "director_title": person}
    owner = seller(**known, director_name=person, accountant_name=person)
    read = Read(
        {
            "seller": owner,
            "buyer": Buyer(name=name, inn=INVOICE.buyer.inn, address=name),
            "subject": subject,
            "amount": 10**17 - 100,
            "vat_amount": 10**16,
            "number": 999_999_999,
        },
        IMAGES,
    )
    assert len(read.document.pages) == 1
    assert unbroken(f"КПП {owner.kpp}, ОГРН {owner.ogrn}, {name}") in unbroken(read.text)
    assert read.text.count("9 999 999 999 999,99") == 5
    [code] = read.codes()
    fields = dict(one.split("=", 1) for one in code.split("|")[1:])
    assert (fields["Name"], fields["BankName"]) == (name[:160].strip(), bank[:45].strip())
    assert fields["Sum"] == str(10**15 - 1)
    below = read.look(scale=1).crop((0, 290 * 72 // 25, 595, 842))
    assert below.getextrema() == ((255, 255),) * 3, "nothing runs off the page"


def test_the_sign_that_divides_requisites_is_taken_out_of_them() -> None:
    [code] = Read({"seller": seller(name="ООО «А|Б»", bank="|Банк|")}).codes()
    assert "|Name=ООО «А Б»|" in code
    assert "|BankName=Банк|" in code


def test_a_letter_that_there_is_none_for_is_a_question_mark() -> None:
    assert "Услуга ? и ещё" in Read({"subject": "Услуга 漢 и ещё"}).text


def test_invoices_that_are_written_at_once_in_native_threads_are_each_itself() -> None:
    def write(number: int) -> bytes:
        return tpool.execute(invoice_pdf, invoice(number=number), IMAGES, "Пример SMS", ACCENT)

    written = list(eventlet.GreenPool(4).imap(write, range(1, 5)))
    for number, contents in enumerate(written, start=1):
        assert contents == invoice_pdf(invoice(number=number), IMAGES, "Пример SMS", ACCENT)


def test_without_the_built_front_end_it_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(static_files, "MANIFEST", tmp_path / "manifest.json")
    with pytest.raises(RuntimeError, match="golub assets"):
        Read()
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(RuntimeError, match=r"document\.ttf is missing.*golub assets"):
        Read()
