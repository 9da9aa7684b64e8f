"""A bank statement in 1C's exchange format, read strictly: whole, or refused at the line that is wrong. No SQL, no clock.

Source: the standard of exchange "1С:Предприятие — Клиент банка" (v8.1c.ru/edi/edi_stnd/100/101.htm), versions 1.02 and
1.03. The first line is `1CClientBankExchange`, each other one `name=value` or a mark of a section; dates are dd.mm.yyyy,
sums have a point. Names that the standard has not are passed over: banks add their own.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date

from contracts.errors import Malformed
from kit.money import parse_money

VERSIONS = ("1.02", "1.03")
MOST_CHARACTERS = 1_000_000
MOST_LINE_CHARACTERS = 2_000
MOST_DOCUMENTS = 1_000
MOST_KEY_CHARACTERS = 100
SENSIBLE_YEARS = range(2000, 3000)

SIGN = "1CClientBankExchange"
DOCUMENT, DOCUMENT_END = "СекцияДокумент", "КонецДокумента"
ACCOUNT, ACCOUNT_END, FILE_END = "СекцияРасчСчет", "КонецРасчСчет", "КонецФайла"
ACCOUNT_RULE = "an account has 20 digits"
VERSION, OWN_ACCOUNT = "ВерсияФормата", "РасчСчет"

_line_end = re.compile(r"\r\n|\r|\n")
_name = re.compile(r"\w{1,60}").fullmatch
_date = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})").fullmatch
_sum = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,2})?").fullmatch
_inn = re.compile(r"[0-9]{0,12}").fullmatch
_account = re.compile(r"[0-9A-Za-z]{0,34}").fullmatch
_unfit = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]").search
_inn_before_name = re.compile(r"ИНН\s*([0-9]{0,12})(?:[/\\\s]+(?:КПП\s*)?[0-9]{9})?\s+(.*)", re.IGNORECASE).fullmatch


@dataclass(slots=True)
class Document:
    """The fields of a payment document by their names: (line, value). `line`: where it begins."""

    line: int
    fields: dict[str, tuple[int, str]] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """The first of these that is not empty."""
        return next((self.fields[name][1] for name in names if self.fields.get(name, (0, ""))[1]), "")

    def line_of(self, name: str) -> int:
        return self.fields.get(name, (self.line, ""))[0]


@dataclass(slots=True, frozen=True)
class Statement:
    """`accounts`: those that the statement is of, with the lines they stand in."""

    accounts: tuple[tuple[int, str], ...]
    documents: tuple[Document, ...]


@dataclass(slots=True, frozen=True)
class Receipt:
    """Money that came; `amount` in 1/10,000. The document is known by its number, date, sum and payer."""

    document_number: str
    document_date: date
    paid_on: date
    amount: int
    payer_name: str
    payer_inn: str
    payer_account: str
    purpose: str


def parse(text: str) -> Statement:
    """`Malformed` names the first line that breaks the format, as `/statement/<line>`, lines counted from 1."""
    if len(text) > MOST_CHARACTERS:
        raise _broken(1, f"a statement has at most {MOST_CHARACTERS} characters: ask the bank for a shorter period")
    return _Reader().read(_line_end.split(text.removeprefix("\ufeff")))


def accounts_in(statement: Statement) -> set[str]:
    """Every account that this may be a statement of."""
    of = {account for _, account in statement.accounts}
    return of.union(*(_sides(document)[0] for document in statement.documents)) - {""}


def receipts(statement: Statement, account: str, former: Collection[str] = ()) -> tuple[list[Receipt], int]:
    """What came to this account or to a former one, and how many documents are no receipts. `Malformed` as of `parse`.

    `former`: other accounts that invoices still in people's hands tell them to pay to.
    """
    own = {account, *former}
    other = next(iter(statement.accounts), None)
    if other is not None and own.isdisjoint(one for _, one in statement.accounts):
        raise _broken(other[0], f"the statement is of the account {other[1]}, not of {account} as in your requisites")
    came = [document for document in statement.documents if _came_to(document, own)]
    return [_receipt(document) for document in came], len(statement.documents) - len(came)


class _Reader:
    """Reads line by line; knows in which section it is."""

    def __init__(self) -> None:
        self._section = ""
        self._document: Document | None = None
        self._version = False
        self._accounts: list[tuple[int, str]] = []
        self._documents: list[Document] = []

    def read(self, lines: list[str]) -> Statement:
        numbered = _written(lines)
        first = next(numbered, None)
        if first is None or first[1] != SIGN:
            raise _broken(first[0] if first else 1, f"a statement begins with the line {SIGN}: this is another file")
        for number, line in numbered:
            if line == FILE_END:
                self._end(number, numbered)
                return Statement(tuple(self._accounts), tuple(self._documents))
            self._take(number, line)
        raise _broken(len(lines), f"the file ends without {FILE_END}: it was cut off, load it from the bank again")

    def _take(self, number: int, line: str) -> None:
        name, equals, value = (part.strip() for part in line.partition("="))
        if name in (ACCOUNT, DOCUMENT):
            self._begin(number, name)
        elif name in (ACCOUNT_END, DOCUMENT_END):
            self._finish(number, name)
        elif not equals:
            raise _broken(number, "a line is a name, = and a value")
        elif not _name(name):
            raise _broken(number, "there is no name of a field before the =")
        elif self._document is not None:
            self._keep(number, name, value)
        elif name == VERSION:
            self._check_version(number, value)
        elif name == OWN_ACCOUNT:
            self._add_account(number, value)

    def _add_account(self, number: int, value: str) -> None:
        if not _account(value):
            raise _broken(number, ACCOUNT_RULE)
        if value:
            self._accounts.append((number, value))

    def _begin(self, number: int, name: str) -> None:
        if self._section:
            raise _broken(number, f"{name} begins before the end of {self._section}")
        if not self._version:
            raise _broken(number, f"there is no {VERSION} before this line")
        self._section = name
        if name == DOCUMENT:
            if len(self._documents) >= MOST_DOCUMENTS:
                raise _broken(
                    number, f"a statement has at most {MOST_DOCUMENTS} documents: ask the bank for a shorter period"
                )
            self._document = Document(number)

    def _finish(self, number: int, name: str) -> None:
        if self._section != {ACCOUNT_END: ACCOUNT, DOCUMENT_END: DOCUMENT}[name]:
            raise _broken(number, f"{name} ends what has not begun")
        if self._document is not None:
            _check(self._document)
            self._documents.append(self._document)
        self._section, self._document = "", None

    def _keep(self, number: int, name: str, value: str) -> None:
        if self._document is None:
            return
        if name in self._document.fields:
            raise _broken(number, f"{name} is said twice in one document")
        self._document.fields[name] = number, value

    def _check_version(self, number: int, value: str) -> None:
        if value not in VERSIONS:
            raise _broken(number, f"the version of the format is {' or '.join(VERSIONS)}")
        self._version = True

    def _end(self, number: int, rest: Iterator[tuple[int, str]]) -> None:
        if self._section:
            raise _broken(number, f"{FILE_END} stands before the end of {self._section}")
        if not self._version:
            raise _broken(number, f"there is no {VERSION} before this line")
        after = next(rest, None)
        if after is not None:
            raise _broken(after[0], f"nothing may follow {FILE_END}")


def _written(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines that are not empty, with their numbers from 1; the mark that DOS ends a file with counts as empty."""
    for number, raw in enumerate(lines, start=1):
        line = raw.strip(" \t\xa0\x1a")
        if len(line) > MOST_LINE_CHARACTERS:
            raise _broken(number, f"a line has at most {MOST_LINE_CHARACTERS} characters")
        if _unfit(line):
            raise _broken(
                number, "there is a character that no statement has: the file is damaged or in another encoding"
            )
        if line:
            yield number, line


def _check(document: Document) -> None:
    """What every document has, whoever it is from and for."""
    for name in ("Номер", "Дата", "Сумма"):
        if not document.text(name):
            raise _broken(document.line_of(name), f"the document has no {name}")
    if len(document.text("Номер")) > MOST_KEY_CHARACTERS:
        raise _broken(document.line_of("Номер"), f"a number has at most {MOST_KEY_CHARACTERS} characters")
    if not _sum(document.text("Сумма")):
        raise _broken(document.line_of("Сумма"), "a sum has a point and two decimals, such as 1000.00")
    for name in ("Дата", "ДатаПоступило", "ДатаСписано"):
        if document.text(name):
            _date_of(document, name)
    if not _inn(document.text("ПлательщикИНН")):
        raise _broken(document.line_of("ПлательщикИНН"), "an INN has at most 12 digits")
    for name in ("ПлательщикСчет", "ПлательщикРасчСчет", "ПолучательСчет", "ПолучательРасчСчет"):
        if not _account(document.text(name)):
            raise _broken(document.line_of(name), ACCOUNT_RULE)


def _date_of(document: Document, name: str) -> date:
    match = _date(document.text(name))
    try:
        found = date(*(int(match[group]) for group in (3, 2, 1))) if match else None
    except ValueError:
        found = None
    if found is None or found.year not in SENSIBLE_YEARS:
        raise _broken(document.line_of(name), "a date is dd.mm.yyyy, such as 22.11.2026")
    return found


def _sides(document: Document) -> tuple[set[str], set[str]]:
    """The accounts of who gets the money, and of who pays it."""
    to, by = ({document.text(f"{who}Счет"), document.text(f"{who}РасчСчет")} for who in ("Получатель", "Плательщик"))
    return to, by


def _came_to(document: Document, own: set[str]) -> bool:
    """Whether it is a receipt of one of these accounts; a move between them is none."""
    to, by = _sides(document)
    return not own.isdisjoint(to) and own.isdisjoint(by)


def _receipt(document: Document) -> Receipt:
    amount = parse_money(document.text("Сумма"))
    if not amount:
        raise _broken(document.line_of("Сумма"), "a receipt has a sum above 0")
    name = document.text("Плательщик1", "Плательщик")
    led = _inn_before_name(name)
    lines = (document.text(f"НазначениеПлатежа{number}") for number in range(1, 7))
    return Receipt(
        document_number=document.text("Номер"),
        document_date=_date_of(document, "Дата"),
        paid_on=_date_of(document, "ДатаПоступило" if document.text("ДатаПоступило") else "Дата"),
        amount=amount,
        payer_name=led[2] if led else name,
        payer_inn=document.text("ПлательщикИНН") or (led[1] if led else ""),
        payer_account=document.text("ПлательщикРасчСчет", "ПлательщикСчет"),
        purpose=document.text("НазначениеПлатежа") or " ".join(line for line in lines if line),
    )


def _broken(line: int, sentence: str) -> Malformed:
    error = {"pointer": f"/statement/{line}", "code": "invalid", "detail": sentence}
    return Malformed(f"Line {line} of the statement: {sentence}", {"errors": [error]})
