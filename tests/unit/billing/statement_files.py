"""Statements of a bank for tests: files written field by field, so that a test says only what it changes."""

from collections.abc import Mapping

from tests.unit.billing import requisites_examples

SELLER, PAYER = requisites_examples.SELLER.account, "40702810400000000002"
INN = requisites_examples.BUYER.inn

RECEIPT = {
    "Номер": "17",
    "Дата": "20.11.2026",
    "Сумма": "1000.00",
    "ПлательщикСчет": PAYER,
    "Плательщик": f"ИНН {INN} ООО «Покупатель»",
    "ПлательщикИНН": INN,
    "Плательщик1": "ООО «Покупатель»",
    "ПолучательСчет": SELLER,
    "ДатаПоступило": "21.11.2026",
    "Получатель1": "ООО «Пример»",
    "НазначениеПлатежа": "Оплата по счёту № 12 от 15.11.2026",
}
OUTGOING = RECEIPT | {"ПлательщикСчет": SELLER, "ПолучательСчет": PAYER, "Номер": "5"}
HEAD = ["1CClientBankExchange", "ВерсияФормата=1.03", "Кодировка=Windows", "Отправитель=Банк", f"РасчСчет={SELLER}"]


def statement(*documents: Mapping[str, str | None], head: list[str] = HEAD) -> str:
    """A whole file; a field whose value is None is left out."""
    lines = [*head, "СекцияРасчСчет", f"РасчСчет={SELLER}", "НачальныйОстаток=0.00", "КонецРасчСчет"]
    for document in documents:
        lines.append("СекцияДокумент=Платежное поручение")
        lines += [f"{name}={value}" for name, value in document.items() if value is not None]
        lines.append("КонецДокумента")
    return "\r\n".join([*lines, "КонецФайла", ""])


def line_of(text: str, part: str) -> int:
    """The number of the first line that has this in it, from 1."""
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)
