"""Tariffs, assignments and quotes on a real database."""

from collections.abc import Callable

import eventlet
import pytest
import sqlalchemy as sa

from contracts.errors import Malformed, NotFound
from contracts.tariffs import OPERATOR_OWNER, Quote, QuoteItem, TariffRow, TariffsClient
from kit.database import Transactions
from services.tariffs.quote import MOST_ITEMS
from tests.unit.tariffs import books

PARTNER, ADVERTISER = "0193508e-0000-7000-8000-00000000000a", "0193508e-0000-7000-8000-00000000000b"
UNKNOWN_ID = "0193508e-0000-7000-8000-00000000000c"
BEELINE = "79030000001"


def row(price: int = 8_000, mcc: str = "250", mnc: str = "") -> TariffRow:
    return books.row(mcc, mnc, price=price)


def item(recipient: str = BEELINE) -> QuoteItem:
    return QuoteItem(recipient=recipient, advertiser_id=ADVERTISER, partner_id=PARTNER)


def price_all(client: TariffsClient, sell: int = 8_000, buy: int = 5_000) -> None:
    """A sell and a buy tariff for all of Russia, assigned."""
    bought = client.save_tariff(OPERATOR_OWNER, name="wholesale", rows=[row(buy)])
    client.assign(OPERATOR_OWNER, tariff_id=bought.id, subject_id=PARTNER, author="manager")
    sold = client.save_tariff(PARTNER, name="tarif1", rows=[row(sell)])
    client.assign(PARTNER, tariff_id=sold.id, subject_id=ADVERTISER, author="manager")


def quoted(client: TariffsClient) -> Quote:
    (found,) = client.quote([item()])
    return found


def test_a_saved_tariff_is_listed_and_prices_whom_it_is_assigned_to(client: TariffsClient) -> None:
    price_all(client)
    found = quoted(client)
    assert (found.sell_price, found.buy_price, found.direction, found.refusal) == (8_000, 5_000, "Beeline", None)
    (listed,) = client.list_tariffs(PARTNER)
    assert (listed.name, listed.rows, listed.owner) == ("tarif1", [row(8_000)], PARTNER)
    assert listed.id == found.tariff_id
    assert listed.created_at == "2026-11-22T09:15:00Z"
    assert client.assigned(PARTNER, ADVERTISER) == listed


def test_saving_a_tariff_again_replaces_the_rows_and_keeps_the_tariff(client: TariffsClient) -> None:
    first = client.save_tariff(PARTNER, name="tarif1", rows=[row(), row(7_000, mnc="99"), row(mcc="401")])
    second = client.save_tariff(PARTNER, name=" tarif1 ", rows=[row(9_000)], tariff_id=first.id)
    assert second.id == first.id
    assert client.list_tariffs(PARTNER) == [second]
    assert second.rows == [row(9_000)]


def test_owners_do_not_see_or_assign_each_others_tariffs(client: TariffsClient) -> None:
    tariff = client.save_tariff(PARTNER, name="tarif1", rows=[row()])
    assert client.list_tariffs("another") == []
    with pytest.raises(NotFound):
        client.assign("another", tariff_id=tariff.id, subject_id=ADVERTISER, author="manager")
    assert client.assigned("another", ADVERTISER) is None
    assert client.save_tariff("another", name="tarif1", rows=[]).id != tariff.id


@pytest.mark.parametrize("tariff_id", [UNKNOWN_ID, "", "tarif1"])
def test_an_unknown_tariff_cannot_be_assigned(client: TariffsClient, tariff_id: str) -> None:
    with pytest.raises(NotFound):
        client.assign(PARTNER, tariff_id=tariff_id, subject_id=ADVERTISER, author="manager")


def test_a_bad_row_saves_nothing(client: TariffsClient) -> None:
    before = client.save_tariff(PARTNER, name="tarif1", rows=[row()])
    with pytest.raises(Malformed) as caught:
        client.save_tariff(PARTNER, name="tarif1", rows=[row(1), row(-1, mnc="99")], tariff_id=before.id)
    assert caught.value.data["errors"][0]["pointer"] == "/rows/1/price"
    assert client.list_tariffs(PARTNER) == [before]


def test_the_newest_assignment_counts_and_the_older_ones_are_kept(client: TariffsClient) -> None:
    price_all(client)
    dear = client.save_tariff(PARTNER, name="dear", rows=[row(20_000)])
    client.assign(PARTNER, tariff_id=dear.id, subject_id=ADVERTISER, author="manager")
    assert quoted(client).sell_price == 20_000
    assigned = client.assigned(PARTNER, ADVERTISER)
    assert assigned is not None
    assert (assigned.id, assigned.rows) == (dear.id, dear.rows)
    assert [one.tariff_name for one in client.assignments(PARTNER, ADVERTISER)] == ["dear", "tarif1"]


def test_every_replica_quotes_by_a_change_as_soon_as_it_is_committed(new_client: Callable[[], TariffsClient]) -> None:
    writer, readers = new_client(), [new_client() for _ in range(3)]
    assert [quoted(reader).refusal for reader in readers] == ["no_buy_price"] * 3
    price_all(writer)
    (sold,) = writer.list_tariffs(PARTNER)
    for price in range(1, 6):
        writer.save_tariff(PARTNER, name="tarif1", rows=[row(price)], tariff_id=sold.id)
        assert [quoted(reader).sell_price for reader in readers] == [price] * 3


def test_a_change_that_was_rolled_back_is_never_quoted(client: TariffsClient, db: Transactions) -> None:
    price_all(client)
    with pytest.raises(RuntimeError), db.begin() as connection:
        connection.execute(sa.text("UPDATE revisions SET value = value + 1"))
        connection.execute(sa.text("UPDATE tariff_rows SET price = 1"))
        raise RuntimeError
    assert quoted(client).sell_price == 8_000


def test_concurrent_saves_and_quotes_end_with_what_was_saved_last(new_client: Callable[[], TariffsClient]) -> None:
    price_all(new_client())
    shared = new_client()
    (sold,) = shared.list_tariffs(PARTNER)

    def change(price: int) -> None:
        rows = [row(price), row(price, mcc="401")]
        new_client().save_tariff(PARTNER, name="tarif1", rows=rows, tariff_id=sold.id)

    def read(_: int) -> Quote:
        return quoted(shared)

    pool = eventlet.GreenPool(8)
    changes = [pool.spawn(change, price) for price in range(1, 21)]
    reads = [pool.spawn(read, number) for number in range(20)]
    [change.wait() for change in changes]
    assert all(found.wait().sell_price in range(1, 8_001) for found in reads)
    (saved,) = new_client().list_tariffs(PARTNER)
    assert quoted(shared).sell_price == saved.rows[0].price == saved.rows[1].price


def test_quotes_come_in_the_order_of_the_items(client: TariffsClient) -> None:
    price_all(client)
    numbers = ["79030000001", "0", "79160000001", "77010000001"]
    found = client.quote([item(number) for number in numbers])
    assert [one.mnc for one in found] == ["99", "", "01", ""]
    assert [one.refusal for one in found] == [None, "direction_unknown", None, "no_buy_price"]


def test_a_batch_is_bounded(client: TariffsClient) -> None:
    assert len(client.quote([item()] * MOST_ITEMS)) == MOST_ITEMS
    with pytest.raises(Malformed):
        client.quote([item()] * (MOST_ITEMS + 1))
    with pytest.raises(Malformed):
        client.look_up(["79030000001"] * (MOST_ITEMS + 1))


def test_a_quote_batch_asks_the_database_once_whatever_its_size(client: TariffsClient, db: Transactions) -> None:
    price_all(client)
    quoted(client)
    statements: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    client.quote([item()] * 500)
    assert len(statements) == 1


def test_the_database_refuses_a_negative_price(client: TariffsClient, db: Transactions) -> None:
    price_all(client)
    with pytest.raises(sa.exc.IntegrityError), db.begin() as connection:
        connection.execute(sa.text("UPDATE tariff_rows SET price = -1"))


def test_directions_name_operators_and_countries(client: TariffsClient) -> None:
    names = {(one.mcc, one.mnc): one.name for one in client.directions()}
    assert names["250", "99"] == "Beeline"
    assert names["250", ""] == "Russia"
    assert names["401", ""] == "Kazakhstan"
