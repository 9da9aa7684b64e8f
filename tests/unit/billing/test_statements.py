"""Statements of 1C's exchange format: what is read, and what is refused at which line."""

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Malformed
from services.billing import statements
from services.billing.statements import Receipt, parse, receipts
from tests.unit.billing.statement_files import HEAD, INN, OUTGOING, PAYER, RECEIPT, SELLER, line_of, statement


def read(text: str) -> list[Receipt]:
    return receipts(parse(text), SELLER)[0]


def refusal(text: str) -> tuple[int, str]:
    """(line, sentence) of what is wrong with a file."""
    with pytest.raises(Malformed) as refused:
        read(text)
    [error] = refused.value.data["errors"]
    prefix, line = error["pointer"].rsplit("/", 1)
    assert (prefix, error["code"]) == ("/statement", "invalid")
    assert f"Line {line} " in refused.value.detail
    return int(line), error["detail"]


def test_a_receipt_is_read_with_its_sum_dates_and_payer() -> None:
    [receipt] = read(statement(RECEIPT))
    assert receipt == Receipt(
        document_number="17",
        document_date=date(2026, 11, 20),
        paid_on=date(2026, 11, 21),
        amount=10_000_000,
        payer_name="ООО «Покупатель»",
        payer_inn=INN,
        payer_account=PAYER,
        purpose="Оплата по счёту № 12 от 15.11.2026",
    )


def test_what_went_out_and_what_moved_within_the_account_is_left_out_and_counted() -> None:
    itself = RECEIPT | {"ПлательщикСчет": SELLER}
    found, outgoing = receipts(parse(statement(OUTGOING, RECEIPT, itself)), SELLER)
    assert (len(found), outgoing) == (1, 2)


def test_the_receiver_s_account_may_stand_under_either_name() -> None:
    assert len(read(statement(RECEIPT | {"ПолучательСчет": "30101810400000000225", "ПолучательРасчСчет": SELLER}))) == 1
    assert len(read(statement(RECEIPT | {"ПолучательСчет": None, "ПолучательРасчСчет": SELLER}))) == 1


@pytest.mark.parametrize(
    ("changes", "name", "inn"),
    [
        ({"Плательщик1": None}, "ООО «Покупатель»", INN),
        ({"Плательщик1": None, "ПлательщикИНН": None}, "ООО «Покупатель»", INN),
        ({"Плательщик1": None, "ПлательщикИНН": ""}, "ООО «Покупатель»", INN),
        ({"Плательщик1": None, "Плательщик": "Покупатель Пётр"}, "Покупатель Пётр", INN),
        ({"Плательщик1": None, "Плательщик": "ИНН 0 КПП 0 Касса"}, "КПП 0 Касса", INN),
        ({"Плательщик1": None, "Плательщик": f"ИНН {INN}/770701001 ООО «Покупатель»"}, "ООО «Покупатель»", INN),
        ({"Плательщик1": None, "Плательщик": None, "ПлательщикИНН": None}, "", ""),
    ],
)
def test_the_payer_is_told_in_several_ways(changes: dict[str, str | None], name: str, inn: str) -> None:
    [receipt] = read(statement(RECEIPT | changes))  # type: ignore[arg-type]
    assert (receipt.payer_name, receipt.payer_inn) == (name, inn)


def test_a_purpose_may_be_spread_over_several_fields() -> None:
    parts = {"НазначениеПлатежа": None, "НазначениеПлатежа1": "Оплата по счёту", "НазначениеПлатежа2": "№ 12"}
    [receipt] = read(statement(RECEIPT | parts))  # type: ignore[arg-type]
    assert receipt.purpose == "Оплата по счёту № 12"


@pytest.mark.parametrize("version", ["1.02", "1.03"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_both_versions_and_all_line_ends_are_read(version: str, line_end: str) -> None:
    text = statement(RECEIPT).replace("1.03", version).replace("\r\n", line_end)
    assert len(read("\ufeff" + text + line_end + "\x1a")) == 1


def test_fields_that_only_some_banks_write_are_passed_over() -> None:
    assert len(read(statement(RECEIPT | {"НашеПоле_2": "a = b", "КвитанцияДата": "вчера"}))) == 1


def test_a_receipt_without_its_own_date_counts_from_the_date_of_the_document() -> None:
    [receipt] = read(statement(RECEIPT | {"ДатаПоступило": ""}))
    assert receipt.paid_on == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Сумма", "1000,00"),
        ("Сумма", "-5.00"),
        ("Сумма", "1 000.00"),
        ("Сумма", "1.005"),
        ("Сумма", "0.00"),
        ("Сумма", "NaN"),
        ("Сумма", "1" * 14),
        ("Дата", "31.02.2026"),
        ("Дата", "2026-11-20"),
        ("Дата", "20.11.26"),
        ("ДатаПоступило", "00.00.0000"),
        ("ПлательщикИНН", "78O0000012"),
        ("ПолучательРасчСчет", "40702 810"),
        ("Номер", "1" * 101),
        ("Номер", ""),
        ("Сумма", ""),
        ("НазначениеПлатежа", "x" * 2000),
        ("НазначениеПлатежа", "a\x00b"),
    ],
)
def test_a_broken_value_is_told_at_its_line(name: str, value: str) -> None:
    text = statement(OUTGOING, RECEIPT | {name: value})
    assert refusal(text)[0] == 20 + list(RECEIPT | {name: value}).index(name) + 4


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("ВерсияФормата=1.03", "ВерсияФормата=2.01", "ВерсияФормата"),
        ("ВерсияФормата=1.03", "Версия=1.03", "СекцияРасчСчет"),
        ("1CClientBankExchange", "<?xml?>", "xml"),
        ("Номер=17", "Номер 17", "Номер"),
        ("Номер=17", "=17", "=17"),
        ("Номер=17", "Номер=17\r\nНомер=18", "Номер=18"),
        ("КонецРасчСчет\r\n", "", "СекцияДокумент"),
        ("КонецРасчСчет", "КонецДокумента", "КонецДокумента"),
        ("КонецДокумента\r\n", "", "КонецФайла"),
        ("КонецДокумента", "СекцияДокумент=", "СекцияДокумент=\r"),
        ("КонецФайла", "КонецФайла\r\nНомер=1", "Номер=1\r"),
        ("Номер=17\r\n", "", "СекцияДокумент"),
    ],
)
def test_a_broken_line_is_told_by_its_number(old: str, new: str, at: str) -> None:
    text = statement(RECEIPT).replace(old, new)
    lines = [line + "\r" for line in text.split("\r\n")]
    assert refusal(text)[0] == next(number for number, line in enumerate(lines, start=1) if at in line)


def test_a_file_that_was_cut_off_is_refused() -> None:
    assert "cut off" in refusal(statement(RECEIPT).replace("КонецФайла", ""))[1]
    assert refusal("")[0] == 1


def test_a_statement_of_another_account_is_refused_rather_than_found_empty() -> None:
    text = statement(RECEIPT).replace(f"РасчСчет={SELLER}", f"РасчСчет={PAYER}")
    line, sentence = refusal(text)
    assert line == line_of(text, f"РасчСчет={PAYER}")
    assert SELLER in sentence
    assert len(read(statement(RECEIPT, head=[*HEAD, f"РасчСчет={PAYER}"]))) == 1


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "at most" in refusal("x" * (statements.MOST_CHARACTERS + 1))[1]
    monkeypatch.setattr(statements, "MOST_DOCUMENTS", 1)
    assert "at most 1 documents" in refusal(statement(RECEIPT, RECEIPT))[1]


LINES = st.one_of(
    st.sampled_from([*statement(RECEIPT, OUTGOING).split("\r\n")]),
    st.text(alphabet=string.printable + "Номерсчёт№\x00\ud800\u2028", max_size=30),
    st.builds("{}={}".format, st.sampled_from([*RECEIPT, "ПлательщикРасчСчет"]), st.text(max_size=25)),
)


@given(st.lists(LINES, max_size=40).map("\n".join))
def test_whatever_a_file_holds_it_is_read_or_refused_at_a_line_of_it(text: str) -> None:
    _read_or_refuse(text)


@given(st.data())
def test_a_statement_with_any_damage_is_read_or_refused_at_a_line_of_it(data: st.DataObject) -> None:
    text = statement(RECEIPT, OUTGOING)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    _read_or_refuse(text[:start] + data.draw(st.text(max_size=20)) + text[end:])


def _read_or_refuse(text: str) -> None:
    try:
        found = read(text)
    except Malformed as refused:
        [error] = refused.data["errors"]
        assert 1 <= int(error["pointer"].removeprefix("/statement/")) <= text.count("\n") + text.count("\r") + 1
    else:
        assert all(receipt.amount > 0 and receipt.document_number for receipt in found)
