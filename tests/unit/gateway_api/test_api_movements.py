"""Movements and invoices, as the programs of their advertiser see them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contracts.errors import Malformed
from gateway_http.admin import invoices_file
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import World
from tests.unit.gateway_api.money import issued
from tests.unit.gateway_api.test_api_packages import add

FIELDS = ["id", "kind", "amount", "change", "package_number", "package_id", "message_id", "created_at"]
INVOICE_FIELDS = [
    "number",
    "state",
    "amount",
    "vat_percent",
    "vat_amount",
    "subject",
    "buyer",
    "issued_at",
    "paid_at",
    "cancelled_at",
    "reason",
    "package_id",
    "currency",
]


def package_ids(world: World) -> list[str]:
    return list(world.platform.billing.known)


def all_of(world: World, path: str, what: str, limit: int, meanwhile: Callable[[], Any]) -> list[dict[str, Any]]:
    """Every item, page by page, while `meanwhile` makes newer ones."""
    seen, cursor = [], ""
    while cursor is not None:
        page = world.api("GET", path, query_string={"limit": limit, **({"cursor": cursor} if cursor else {})}).json
        assert len(page[what]) <= limit
        seen += page[what]
        cursor = page["next_cursor"]
        meanwhile()
    return seen


def test_a_movement_tells_what_moved_and_nothing_of_who_and_why(world: World) -> None:
    add(world, 20_000_000)
    (package,) = package_ids(world)
    billing = world.platform.billing
    billing.correct_package(str(uuid7()), world.partner_id, package, -10_000, "boss", "мой каприз")
    billing.enter("credit", world.partner_id, 77, author="root")
    page = world.api("GET", "/movements")
    assert (page.json["total"], page.json["change"], page.json["currency"]) == (2, "1999.00", "RUB")
    newest, oldest = page.json["movements"]
    assert list(newest) == FIELDS
    assert (newest["kind"], newest["amount"], newest["change"]) == ("correction_down", "1.00", "-1.00")
    assert (oldest["kind"], oldest["change"]) == ("credit", "2000.00")
    assert (oldest["package_number"], oldest["package_id"], oldest["message_id"]) == (1, package, None)
    assert "boss" not in page.text and "каприз" not in page.text and "0.0077" not in page.text


def test_movements_are_found_by_kind_days_package_and_message(world: World) -> None:
    numbers = [add(world), add(world)]
    world.platform.billing.spend(package_ids(world)[0], 5_000)
    account, entry = world.platform.billing.ledger[-1]
    message = str(uuid7())
    world.platform.billing.ledger[-1] = (account, replace(entry, message_id=message, created_at="2026-01-31T10:00:00Z"))

    def total(**query: Any) -> int:
        return int(world.api("GET", "/movements", query_string=query).json["total"])

    assert (total(), total(kind="debit"), total(message_id=message), total(package=numbers[0])) == (3, 1, 1, 2)
    assert total(package=package_ids(world)[1].upper()) == 1
    assert (total(**{"from": "2026-01-31", "to": "2026-01-31"}), total(to="2026-01-30")) == (1, 0)
    assert total(**{"from": "2026-02-01"}) == 2


def test_an_account_without_money_has_no_movements(world: World) -> None:
    nothing = {"movements": [], "total": 0, "change": "0.00", "currency": "RUB", "next_cursor": None}
    assert world.api("GET", "/movements").json == nothing


def test_movements_and_invoices_go_on_by_cursor_until_each_was_seen_once(world: World) -> None:
    numbers = [add(world) for _ in range(5)]
    other = world.add_advertiser("other")
    add(world, owner=other)
    seen = all_of(world, "/movements", "movements", 2, lambda: add(world))
    assert [one["package_number"] for one in seen] == numbers[::-1]
    for _ in range(5):
        issued(world)
        issued(world, advertiser_id=other)
    seen = all_of(world, "/invoices", "invoices", 2, lambda: issued(world))
    assert [one["number"] for one in seen] == [109, 107, 105, 103, 101]


def test_the_package_of_another_has_no_movements_to_tell(world: World) -> None:
    neighbour, stranger = world.add_advertiser("other"), world.add_advertiser("alien", world.other_partner_id)
    foreign = [add(world, owner=neighbour), add(world, owner=stranger, partner=world.other_partner_id)]
    names = [*foreign, *package_ids(world), str(uuid7()), 99, 0, "first"]
    answers = [world.api("GET", "/movements", query_string={"package": name}) for name in names]
    assert {one.status_code for one in answers} == {404}
    assert len({one.json["detail"] for one in answers}) == 1
    assert world.api("GET", "/movements").json["total"] == 0


def test_too_long_a_span_is_told_at_the_parameter_of_the_program(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    detail = "There are too many entries to look through: choose fewer days"

    def refuse(**_: Any) -> None:
        error = {"pointer": "/query/date_from", "code": "too_many", "detail": detail}
        raise Malformed(detail, {"errors": [error]})

    monkeypatch.setattr(world.platform.billing, "entries", refuse)
    response = world.api("GET", "/movements?from=2026-01-01")
    assert (response.status_code, response.json["detail"]) == (422, detail)
    assert response.json["errors"] == [{"pointer": "/from", "code": "too_many", "detail": detail}]


def test_an_invoice_is_told_by_its_number_without_notes_of_the_partner(world: World) -> None:
    invoice_id = issued(world)
    billing = world.platform.billing
    billing.mark_invoice_paid(world.partner_id, invoice_id, "bookkeeper", "из рук в руки")
    response = world.api("GET", "/invoices/101")
    document = response.json
    assert list(document) == INVOICE_FIELDS
    assert (document["state"], document["amount"], document["vat_amount"]) == ("paid", "3000.00", "500.00")
    assert (document["package_id"], document["reason"]) == (billing.issued[invoice_id].package_id, None)
    assert document["buyer"]["name"] and document["paid_at"]
    assert "bookkeeper" not in response.text and "из рук" not in response.text
    assert world.api("GET", "/invoices").json == {"invoices": [document], "next_cursor": None}


def test_invoices_are_found_by_their_state_and_a_cancelled_one_says_why(world: World) -> None:
    issued(world)
    world.platform.billing.cancel_invoice(world.partner_id, issued(world), "boss", "Дважды")
    (cancelled,) = world.api("GET", "/invoices?state=cancelled").json["invoices"]
    assert (cancelled["number"], cancelled["reason"]) == (102, "Дважды")
    assert [one["number"] for one in world.api("GET", "/invoices?state=issued").json["invoices"]] == [101]


def test_the_pdf_of_an_invoice_is_a_file_with_its_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoices_file, "invoice_pdf", lambda invoice, *_, **__: f"%PDF-1.7 {invoice.id}".encode())
    issued(world, advertiser_id=world.add_advertiser("other"))
    mine = issued(world)
    response = world.api("GET", "/invoices/102/pdf")
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    assert response.headers["Content-Disposition"] == 'attachment; filename="invoice-102.pdf"'
    assert response.text == f"%PDF-1.7 {mine}"


def test_an_invoice_of_another_is_404_like_an_unknown_or_impossible_one(world: World) -> None:
    """The number of a neighbour's invoice is one of this partner's, that of a stranger's is another partner's."""
    neighbour, stranger = world.add_advertiser("other"), world.add_advertiser("alien", world.other_partner_id)
    issued(world, advertiser_id=neighbour)
    issued(world, advertiser_id=stranger, partner_id=world.other_partner_id)
    names = (101, 102, 0, "9" * 30, "-1", "x", "٣", *world.platform.billing.issued)
    for suffix in ("", "/pdf"):
        answers = [world.api("GET", f"/invoices/{name}{suffix}") for name in names]
        assert {one.status_code for one in answers} == {404}
        assert len({one.json["detail"] for one in answers}) == 1
    assert world.api("GET", "/invoices").json["invoices"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("movements?limit=101", "limit"),
        ("movements?cursor=1", "cursor"),
        ("movements?kind=theft", "kind"),
        ("movements?kind=", "kind"),
        ("movements?from=22.11.2026", "from"),
        ("movements?from=20261122", "from"),
        ("movements?to=2026-02-30", "to"),
        ("movements?to=9999-01-01", "to"),
        ("movements?from=2026-02-02&to=2026-02-01", "to"),
        ("movements?first=2026-02-02", "first"),
        ("movements?message_id=1", "message_id"),
        ("movements?account_id=1", "account_id"),
        ("invoices?limit=0", "limit"),
        ("invoices?cursor=0", "cursor"),
        ("invoices?state=lost", "state"),
        ("invoices?search=x", "search"),
    ],
)
def test_a_query_that_is_not_understood_is_422_with_its_parameter(world: World, query: str, parameter: str) -> None:
    response = world.api("GET", f"/{query}", headers={"Accept-Language": "ru"})
    assert (response.status_code, response.json["code"]) == (422, "malformed")
    (error,) = response.json["errors"]
    assert error["pointer"] == f"/{parameter}"
    assert not error["detail"].isascii(), "told in the language of the request"
