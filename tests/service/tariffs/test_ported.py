"""Ported numbers: the list wins over the ranges for price and direction, and an import holds whole or not at all."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from contracts.errors import Malformed, NotFound
from contracts.tariffs import OPERATOR_OWNER, TariffsClient
from contracts.tariffs_ported import PortedReport
from kit.database import Transactions
from tests.unit.tariffs.books import ADVERTISER, BEELINE, MTS, PARTNER, item, row

KEPT = "79031112233"


def load(client: TariffsClient, *lines: str, replaces: bool = True, dry_run: bool = False) -> PortedReport:
    import_id = client.begin_ported_import(source="ported.csv", replaces=replaces, author="boss")
    client.add_ported_lines(import_id, after_lines=0, block="\n".join(lines))
    return client.end_ported_import(import_id, dry_run=dry_run)


def numbers(db: Transactions) -> dict[int, str]:
    with db.begin() as connection:
        return {one.number: one.mnc for one in connection.execute(sa.text("SELECT number, mnc FROM ported_number"))}


@pytest.fixture
def prices(client: TariffsClient) -> None:
    rows = [row(mnc="99", price=8_000), row(mnc="01", price=9_000), row(price=7_000)]
    sold = client.save_tariff(PARTNER, name="sold", rows=rows)
    client.assign(PARTNER, tariff_id=sold.id, subject_id=ADVERTISER, author="boss")
    bought = client.save_tariff(OPERATOR_OWNER, name="bought", rows=[row(price=5_000), row(mnc="01", price=6_000)])
    client.assign(OPERATOR_OWNER, tariff_id=bought.id, subject_id=PARTNER, author="boss")


@pytest.mark.usefixtures("prices")
def test_the_operator_that_serves_the_number_makes_price_and_direction(
    client: TariffsClient, new_client: Callable[..., TariffsClient]
) -> None:
    other = new_client()
    (before,) = other.quote([item(BEELINE)])
    assert (before.mnc, before.estimated_mcc, before.estimated_mnc, before.sell_price) == ("99", "250", "99", 8_000)
    load(client, f"{BEELINE};01")
    for one in (client, other):
        ported, stays, same = one.quote([item(BEELINE), item(KEPT), item(MTS)])
        assert (ported.mcc, ported.mnc, ported.direction) == ("250", "01", "MTS")
        assert (ported.estimated_mcc, ported.estimated_mnc) == ("250", "99")
        assert (ported.sell_price, ported.buy_price) == (9_000, 6_000)
        assert (stays.mnc, stays.estimated_mnc, stays.sell_price) == ("99", "99", 8_000)
        assert (same.mnc, same.estimated_mnc, same.sell_price) == ("01", "01", 9_000)


@pytest.mark.usefixtures("prices")
def test_alike_quotes_of_ported_numbers_are_one_object(client: TariffsClient) -> None:
    load(client, *(f"7903000000{last};01" for last in range(5)))
    found = client.quote([item(f"7903000000{last}") for last in range(10)])
    assert len({id(one) for one in found}) == 2


@pytest.mark.usefixtures("prices")
def test_a_network_without_a_name_is_priced_as_its_country(client: TariffsClient) -> None:
    load(client, f"{BEELINE};88")
    (found,) = client.quote([item(BEELINE)])
    assert (found.mnc, found.direction, found.sell_price) == ("88", "Russia 250-88", 7_000)


@pytest.mark.usefixtures("prices")
def test_a_number_of_no_range_is_known_by_the_list(client: TariffsClient) -> None:
    assert client.quote([item("78000000001")])[0].refusal == "direction_unknown"
    load(client, "78000000001;01")
    (found,) = client.quote([item("78000000001")])
    assert (found.mnc, found.estimated_mcc, found.refusal) == ("01", "", None)


def test_a_number_tells_its_range_and_where_it_went(client: TariffsClient) -> None:
    load(client, f"{BEELINE},250,01,2026-11-01")
    ported, stays = client.look_up([BEELINE, KEPT])
    assert (ported.ported, ported.ported_at) == (True, "2026-11-01")
    assert (ported.direction, ported.estimated_direction) == ("MTS", "Beeline")
    assert ported.range_first <= BEELINE <= ported.range_last
    assert (stays.ported, stays.ported_at, stays.direction) == (False, None, "Beeline")


def test_a_file_takes_the_place_of_the_list_or_is_added_to_it(client: TariffsClient, db: Transactions) -> None:
    first = load(client, "79030000001;01", "79030000002;01", "79030000003;01")
    assert (first.added, first.total, first.source, first.author) == (3, 3, "ported.csv", "boss")
    added = load(client, "79030000003;02", "79030000004;01", "79030000004;99", replaces=False)
    assert (added.added, added.changed, added.removed, added.repeated, added.total) == (1, 1, 0, 1, 4)
    assert numbers(db) == {79030000001: "01", 79030000002: "01", 79030000003: "02", 79030000004: "99"}
    replaced = load(client, "79030000001;01", "79030000002;02")
    assert (replaced.added, replaced.changed, replaced.removed, replaced.total) == (0, 1, 2, 2)
    assert numbers(db) == {79030000001: "01", 79030000002: "02"}
    state = client.numbering_state()
    assert (state.ported, state.last_import, state.plan_source) == (2, replaced, "built-in")


def test_a_dry_run_tells_the_counts_and_changes_nothing(client: TariffsClient, db: Transactions) -> None:
    load(client, "79030000001;01")
    told = load(client, "79030000002;01", "79030000003;01", dry_run=True)
    assert (told.added, told.removed, told.total) == (2, 1, 2)
    assert numbers(db) == {79030000001: "01"}
    state = client.numbering_state()
    assert state.last_import is not None and state.last_import.total == 1


def test_a_broken_line_leaves_the_old_list(client: TariffsClient, db: Transactions) -> None:
    load(client, "79030000001;01")
    import_id = client.begin_ported_import(source="x", replaces=True, author="boss")
    assert client.add_ported_lines(import_id, after_lines=0, block="79030000002;01\n") == 1
    with pytest.raises(Malformed) as told:
        client.add_ported_lines(import_id, after_lines=1, block="79030000003;01\nbroken;01\n")
    assert [one["pointer"] for one in told.value.data["errors"]] == ["/lines/3"]
    client.drop_ported_import(import_id)
    assert numbers(db) == {79030000001: "01"}
    with pytest.raises(NotFound):
        client.end_ported_import(import_id)


def test_a_block_that_is_told_twice_counts_once(client: TariffsClient) -> None:
    import_id = client.begin_ported_import(source="x", replaces=True, author="boss")
    for _ in range(2):
        assert client.add_ported_lines(import_id, after_lines=0, block="79030000001;01\n79030000002;01\n") == 2
    assert client.add_ported_lines(import_id, after_lines=2, block="79030000003;01") == 3
    report = client.end_ported_import(import_id)
    assert (report.lines, report.numbers, report.repeated, report.total) == (3, 3, 0, 3)


def test_a_file_without_a_number_is_refused(client: TariffsClient, db: Transactions) -> None:
    load(client, "79030000001;01")
    with pytest.raises(Malformed, match="no number"):
        load(client, "Number;MNC")
    assert numbers(db) == {79030000001: "01"}


def test_nothing_is_left_behind_by_imports(client: TariffsClient, db: Transactions) -> None:
    load(client, "79030000001;01")
    load(client, "79030000002;01", dry_run=True)
    with db.begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM ported_staged")).scalar_one() == 0
        assert connection.execute(sa.text("SELECT count(*) FROM ported_imports")).scalar_one() == 1
