"""«Счёт на оплату» as a PDF of one page, in the colour of the partner, with a code for bank apps."""

import re
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from contracts.billing_invoices import Buyer, Invoice, InvoiceImages, Seller
from gateway_http.documents import words
from gateway_http.documents.paper import BOTTOM, GREY, LEFT, PADDING, RIGHT, WIDTH, Paper, picture
from gateway_http.documents.payment_qr import modules_of, payment_text
from gateway_http.theme import parse_colour, readable_text
from kit.clock import from_rfc3339

#: Documents of Russian sellers carry the day of Moscow unless the partner lives by another.
MOSCOW = ZoneInfo("Europe/Moscow")
PERSON_INN_DIGITS = 12
#: «Печать организации (160x160)» in its natural size.
SEAL_SIDE = 38.0
CODE_SIDE = 42.0
#: What stands under the title of one that nobody is to pay any more.
STAMPS = {"cancelled": "Счёт отменён, оплате не подлежит", "paid": "Счёт оплачен"}
STAMP_COLOUR = "#b00020"
#: The longest names and addresses there may be fit in by the last of them.
SCALES = (1.0, 0.85, 0.7, 0.6)


def invoice_pdf(
    invoice: Invoice,
    images: InvoiceImages,
    brand: str,
    accent_colour: str,
    *,
    logo: bytes | None = None,
    zone: tzinfo = MOSCOW,
) -> bytes:
    """The file. It takes some 0.1 s of the processor, so call it by `tpool.execute`.

    `brand` is the name that stands where there is no `logo` (PNG or JPEG); `accent_colour` six hex digits; `zone` that of
    the day on it. RuntimeError with what to do if the front end, which has the letters, was not built.
    """
    issued = from_rfc3339(invoice.issued_at).astimezone(zone)
    colour = parse_colour(accent_colour)
    for scale in SCALES:
        paper = _page(invoice, issued, scale, colour, (brand, logo, images))
        if paper.y <= BOTTOM:
            break
    return paper.output()


def _page(
    invoice: Invoice, issued: datetime, scale: float, colour: str, own: tuple[str, bytes | None, InvoiceImages]
) -> Paper:
    """All of it in letters of that scale."""
    brand, logo, images = own
    title = f"Счёт на оплату № {invoice.number} от {words.long_day(issued)}"
    paper = Paper(title, invoice.seller.name, scale)
    paper.pdf.set_creation_date(issued)
    _head(paper, brand, logo, colour)
    _bank(paper, invoice.seller)
    _title(paper, title, colour, invoice.state)
    _parties(paper, invoice)
    _table(paper, invoice, colour)
    _totals(paper, invoice)
    _feet(paper, invoice, images, issued)
    return paper


def purpose_of(invoice: Invoice, issued: datetime) -> str:
    """«Назначение платежа»: what it is for, and the VAT in it, as banks demand."""
    if invoice.vat_percent is None:
        vat = "Без НДС"
    else:
        vat = f"В том числе НДС {invoice.vat_percent}% {words.plain_money(invoice.vat_amount)} руб."
    return f"Оплата по счёту № {invoice.number} от {words.short_day(issued)}. {vat}"


def _head(paper: Paper, brand: str, logo: bytes | None, colour: str) -> None:
    if not paper.image(logo, LEFT, paper.y, 50, 12):
        paper.text(brand, LEFT, paper.y + 3, 120, size=14, bold=True)
    paper.y += 14
    paper.line(LEFT, paper.y, RIGHT, paper.y, colour=colour, width=1.2)
    paper.y += 5


def _bank(paper: Paper, seller: Seller) -> None:
    """The upper half of a payment order, as accountants copy it: the bank above, the payee below."""
    split, label = LEFT + 100, LEFT + 115
    left, inside = split - LEFT, split - LEFT - 2 * PADDING
    top = paper.y
    bank_height = max(paper.height(seller.bank, inside) + 7, 11)
    payee_height = max(paper.height(seller.name, inside) + 7, 11)
    middle, below = top + bank_height, top + bank_height + 5.5
    paper.box(LEFT, top, left, bank_height)
    paper.box(LEFT, middle, left / 2, 5.5)
    paper.box(LEFT + left / 2, middle, left / 2, 5.5)
    paper.box(LEFT, below, left, payee_height)
    _captioned(paper, seller.bank, "Банк получателя", top, bank_height, inside)
    paper.text(f"ИНН {seller.inn}", LEFT + PADDING, middle + 0.9, left / 2)
    paper.text(f"КПП {seller.kpp}", LEFT + left / 2 + PADDING, middle + 0.9, left / 2)
    _captioned(paper, seller.name, "Получатель", below, payee_height, inside)
    paper.y = below + payee_height
    for y, height in ((top, 5.5), (top + 5.5, bank_height - 5.5), (middle, 5.5 + payee_height)):
        paper.box(split, y, label - split, height)
        paper.box(label, y, RIGHT - label, height)
    numbers = (("БИК", seller.bik), ("Сч. №", seller.correspondent_account), ("Сч. №", seller.account))
    for (name, number), y in zip(numbers, (top, top + 5.5, middle), strict=True):
        paper.text(name, split + PADDING, y + 0.9, 15)
        paper.text(number, label + PADDING, y + 0.9, RIGHT - label)


def _captioned(paper: Paper, text: str, caption: str, top: float, height: float, width: float) -> None:
    paper.text(text, LEFT + PADDING, top + 0.9, width)
    paper.text(caption, LEFT + PADDING, top + height - 3.9, width, size=7, colour=GREY)


def _title(paper: Paper, title: str, colour: str, state: str) -> None:
    paper.y = paper.text(title, LEFT, paper.y + 7, WIDTH, size=15, bold=True) + 1.5
    if state in STAMPS:
        paper.y = paper.text(STAMPS[state], LEFT, paper.y, WIDTH, size=11, bold=True, colour=STAMP_COLOUR) + 1
    paper.line(LEFT, paper.y, RIGHT, paper.y, colour=colour, width=0.6)
    paper.y += 4


def _parties(paper: Paper, invoice: Invoice) -> None:
    for caption, text in (
        ("Поставщик\n(исполнитель):", _seller_line(invoice.seller)),
        ("Покупатель\n(заказчик):", _buyer_line(invoice.buyer)),
    ):
        label = paper.text(caption, LEFT, paper.y, 28)
        value = paper.text(text, LEFT + 28, paper.y, WIDTH - 28, bold=True)
        paper.y = max(label, value) + 2.5


def _seller_line(seller: Seller) -> str:
    ogrn = "ОГРНИП" if len(seller.inn) == PERSON_INN_DIGITS else "ОГРН"
    numbers = (("ИНН", seller.inn), ("КПП", seller.kpp), (ogrn, seller.ogrn))
    return _joined(seller.name, numbers, seller.address)


def _buyer_line(buyer: Buyer) -> str:
    return _joined(buyer.name, (("ИНН", buyer.inn), ("КПП", buyer.kpp)), buyer.address)


#: «г. Город» stays together at the end of a line.
_ABBREVIATION = re.compile(r"\b(г|ул|д|стр|корп|оф|кв|пер|пр|обл|им)\. ")


def _joined(name: str, numbers: tuple[tuple[str, str], ...], address: str) -> str:
    written = (f"{caption} {number}" for caption, number in numbers if number)
    return _ABBREVIATION.sub("\\1.\u00a0", ", ".join(part for part in (name, *written, address) if part))


#: Caption, width and alignment of a column.
_COLUMNS = (
    ("№", 9.0, "C"),
    ("Товары (работы, услуги)", 84.0, "L"),
    ("Кол-во", 15.0, "C"),
    ("Ед.", 12.0, "C"),
    ("Цена", 30.0, "R"),
    ("Сумма", 30.0, "R"),
)


def _table(paper: Paper, invoice: Invoice, colour: str) -> None:
    paper.y += 2
    captions = tuple(caption for caption, _, _ in _COLUMNS)
    _row(paper, captions, 6.5, fill=colour)
    amount = words.money(invoice.amount)
    height = max(paper.height(invoice.subject, _COLUMNS[1][1] - 2 * PADDING) + 2, 6.5)
    _row(paper, ("1", invoice.subject, "1", "усл.", amount, amount), height)


def _row(paper: Paper, cells: tuple[str, ...], height: float, *, fill: str | None = None) -> None:
    """`fill` makes it the head of the table: its captions in the middle, in a colour that reads on it."""
    x = LEFT
    for cell, (_, width, align) in zip(cells, _COLUMNS, strict=True):
        paper.box(x, paper.y, width, height, fill=fill)
        if fill is None and align == "R":
            paper.number(cell, x + PADDING, paper.y + 1, width - 2 * PADDING)
        elif fill is None:
            paper.text(cell, x + PADDING, paper.y + 1, width - 2 * PADDING, align=align)
        else:
            colour = readable_text(fill)
            paper.text(cell, x, paper.y + 1.3, width, bold=True, align="C", colour=colour)
        x += width
    paper.y += height


def _totals(paper: Paper, invoice: Invoice) -> None:
    amount = words.money(invoice.amount)
    if invoice.vat_percent is None:
        vat = ("Без налога (НДС):", "—")
    else:
        vat = (f"В том числе НДС {invoice.vat_percent} %:", words.money(invoice.vat_amount))
    paper.y += 1.5
    for caption, value in (("Итого:", amount), vat, ("Всего к оплате:", amount)):
        paper.text(caption, RIGHT - 110, paper.y, 79, bold=True, align="R")
        paper.number(value, RIGHT - 29, paper.y, 29 - PADDING, bold=True)
        paper.y += 4.7
    paper.y += 3
    paper.y = paper.text(f"Всего наименований 1, на сумму {amount} руб.", LEFT, paper.y, WIDTH) + 0.8
    paper.y = paper.text(words.sum_in_words(invoice.amount), LEFT, paper.y, WIDTH, size=10, bold=True) + 3
    paper.line(LEFT, paper.y, RIGHT, paper.y, width=0.5)
    paper.y += 5


def _feet(paper: Paper, invoice: Invoice, images: InvoiceImages, issued: datetime) -> None:
    """Who signs, on the left, beside the seal; the code on the right."""
    seller, top = invoice.seller, paper.y
    person = len(seller.inn) == PERSON_INN_DIGITS
    director = seller.director_title or ("Предприниматель" if person else "Руководитель")
    paper.y += 4
    _signature(paper, director, seller.director_name, images.director_signature)
    if seller.accountant_name or images.accountant_signature:
        _signature(paper, "Главный бухгалтер", seller.accountant_name, images.accountant_signature)
    if paper.image(picture(images.seal), LEFT + 52, top + 15, SEAL_SIDE, SEAL_SIDE):
        paper.y = max(paper.y, top + 15 + SEAL_SIDE)
    else:
        paper.y = paper.text("М. П.", LEFT, paper.y, 20, colour=GREY)
    if invoice.state in STAMPS:
        return
    text = payment_text(invoice, purpose_of(invoice, issued))
    paper.code(modules_of(text), RIGHT - CODE_SIDE, top - 3, CODE_SIDE)
    caption = "Оплата по QR-коду"
    below = paper.text(caption, RIGHT - CODE_SIDE, top + CODE_SIDE - 4, CODE_SIDE, size=7, align="C", colour=GREY)
    paper.y = max(paper.y, below)


def _signature(paper: Paper, title: str, name: str, image: str | None) -> None:
    """The title, a rule that the signature stands on, the name in words."""
    start, middle, end = LEFT + 36, LEFT + 74, LEFT + 134
    title_height = paper.height(title, start - LEFT - 2, bold=True)
    name_height = paper.height(name or " ", end - middle - 2)
    base = paper.y + max(title_height, name_height, 9)
    paper.text(title, LEFT, base - title_height, start - LEFT - 2, bold=True)
    paper.line(start, base, middle, base)
    paper.image(picture(image), start, base - 12, middle - start, 14)
    paper.text(name, middle + 2, base - name_height, end - middle - 2)
    paper.line(middle + 2, base, end, base)
    paper.y = base + 5
