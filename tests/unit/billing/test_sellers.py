"""The requisites of a seller, field by field, and its pictures."""

import base64
import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from contracts.billing_invoices import Seller
from contracts.errors import Malformed
from services.billing.images import MOST_OCTETS, picture_of
from services.billing.sellers import check_seller, tidy
from tests.unit.billing.requisites_examples import SELLER, account, ogrn, person_inn, seller

PERSON = person_inn("5000000012")


def picture(kind: str = "PNG", side: int = 16) -> str:
    file = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 30)).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def pointers(asked: Seller) -> set[str]:
    try:
        check_seller(asked)
    except Malformed as refused:
        return {error["pointer"] for error in refused.data["errors"]}
    return set()


def test_right_requisites_are_taken_of_a_company_and_of_a_person() -> None:
    assert pointers(SELLER) == set()
    assert pointers(seller(inn=PERSON, kpp="", ogrn=ogrn("32077460000000"))) == set()
    assert pointers(seller(inn=PERSON, kpp="", ogrn="")) == set()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"inn": "7700000000"}, "inn"),
        ({"kpp": ""}, "kpp"),
        ({"ogrn": "1027700000000"}, "ogrn"),
        ({"account": SELLER.account[:-1] + "2"}, "account"),
        ({"bik": "123"}, "bik"),
        ({"correspondent_account": ""}, "correspondent_account"),
        ({"vat_percent": 18}, "vat_percent"),
        ({"next_number": 0}, "next_number"),
        ({"next_number": 10**9}, "next_number"),
        ({"name": ""}, "name"),
        ({"name": "x" * 251}, "name"),
        ({"bank": "one\ntwo"}, "bank"),
        ({"address": "a\0b"}, "address"),
        ({"seal": "no picture"}, "seal"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(changes: dict[str, Any], pointer: str) -> None:
    assert pointers(seller(**changes)) == {f"/seller/{pointer}"}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = seller(name="", inn="1", bik="1", vat_percent=3, seal="")
    names = ("name", "inn", "bik", "vat_percent", "seal")
    assert pointers(wrong) == {f"/seller/{name}" for name in names}


def test_a_company_s_ogrn_and_kpp_are_told_together() -> None:
    assert pointers(seller(ogrn="", kpp="1")) == {"/seller/ogrn", "/seller/kpp"}


def test_a_person_has_no_kpp() -> None:
    assert pointers(seller(inn=PERSON, ogrn="", kpp="770001001")) == {"/seller/kpp"}


def test_an_account_with_the_central_bank_has_no_correspondent_account() -> None:
    office = {"bik": "044525000", "account": account("025", "40102810", "00000000001")}
    assert pointers(seller(**office)) == {"/seller/correspondent_account"}
    assert pointers(seller(**office, correspondent_account="")) == set()


def test_spaces_that_people_write_are_no_mistake() -> None:
    written = seller(
        account=f" {SELLER.account[:5]} {SELLER.account[5:]} ", name="  ООО   «Пример» ", inn=f"{SELLER.inn} "
    )
    assert tidy(written) == SELLER


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_png_and_a_jpeg_are_pictures(kind: str) -> None:
    assert set(check_seller(seller(seal=picture(kind)))) == {"seal"}


def test_the_same_file_has_the_same_digest() -> None:
    pictures = check_seller(seller(seal=picture(), director_signature=picture(), accountant_signature=picture(side=17)))
    assert pictures["seal"].digest == pictures["director_signature"].digest != pictures["accountant_signature"].digest


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_another_kind_of_picture_is_none(kind: str) -> None:
    assert picture_of(picture(kind)) is None


def test_a_picture_that_ends_too_early_is_none() -> None:
    whole = base64.b64decode(picture(side=64))
    assert picture_of(base64.b64encode(whole[: len(whole) // 2]).decode()) is None


def test_a_file_that_is_too_long_or_too_wide_is_none() -> None:
    padded = base64.b64decode(picture()) + bytes(MOST_OCTETS)
    assert picture_of(base64.b64encode(padded).decode()) is None
    assert picture_of(picture(side=2_000)) is not None
    assert picture_of(picture(side=2_001)) is None


def test_a_small_file_that_claims_to_be_huge_is_none() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1_000))) + chunk(b"IEND", b"")
    assert picture_of(base64.b64encode(bomb).decode()) is None
