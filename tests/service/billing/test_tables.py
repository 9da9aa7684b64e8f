"""What the database itself forbids, and the months it has room for."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from services.billing import models
from services.billing.repository import PARTITIONED
from tests.service.billing.office import Office, message


def busy(office: Office) -> tuple[str, str]:
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    office.debit(message(advertiser, partner), message(advertiser, partner, by_delivered=True))
    return advertiser, partner


def partition_with_entries(office: Office) -> str:
    return office.rows("SELECT DISTINCT CAST(tableoid::regclass AS text) FROM ledger_entry")[0][0]


@pytest.mark.parametrize("change", ["UPDATE {} SET amount = amount + 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_ledger_entries_are_never_changed_not_even_in_their_partition(own_office: Office, change: str) -> None:
    office = own_office
    busy(office)
    for table in ("ledger_entry", partition_with_entries(office)):
        with pytest.raises(ProgrammingError, match="permission denied"):
            office.do(change.format(table))
        office.do(f"GRANT UPDATE, DELETE, TRUNCATE ON {table} TO CURRENT_USER")
        with pytest.raises(DBAPIError, match="never changed or removed"):
            office.do(change.format(table))


def test_a_message_has_one_charge_whatever_the_code_says(office: Office) -> None:
    busy(office)
    with pytest.raises(IntegrityError, match=r"charge_\w+_pkey"):
        office.do("INSERT INTO charge SELECT * FROM charge LIMIT 1")


def test_an_overdraft_is_impossible_whatever_the_code_says(office: Office) -> None:
    advertiser, partner = busy(office)
    with pytest.raises(IntegrityError, match="package_not_overdrawn"):
        office.rows("UPDATE package SET spent = 901 WHERE advertiser_id = :id", id=advertiser)
    with pytest.raises(IntegrityError, match="account_not_overdrawn"):
        office.rows("UPDATE account SET spent = credited + credit + 1 WHERE id = :id", id=partner)
    with pytest.raises(IntegrityError):
        office.rows("UPDATE account SET held = -1 WHERE id = :id", id=advertiser)


def test_an_entry_moves_money_only_as_its_kind_says(office: Office) -> None:
    busy(office)
    with pytest.raises(IntegrityError, match="ledger_entry_movement"):
        office.do("""
            INSERT INTO ledger_entry SELECT gen_random_uuid(), 'capture', account_id, 'available', 'charged', 1,
                package_id, message_id, author, reason, created_at FROM ledger_entry LIMIT 1
        """)


def test_charges_cannot_be_removed(office: Office) -> None:
    busy(office)
    for table in ("charge", "refused_attempt"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            office.do(f"DELETE FROM {table}")


def test_months_ahead_get_partitions_and_their_entries_are_protected(own_office: Office) -> None:
    office = own_office
    office.clock.moment = datetime(2031, 1, 15, tzinfo=UTC)
    office.service.make_partitions()
    office.service.make_partitions()
    for table in PARTITIONED:
        assert office.rows("SELECT CAST(to_regclass(:name) AS text)", name=f"{table}_2031_04") == [
            (f"{table}_2031_04",)
        ]
    unprotected = """
        SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'ledger_entry'::regclass
            AND (has_table_privilege(inhrelid, 'UPDATE') OR has_table_privilege(inhrelid, 'DELETE')
                OR NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = inhrelid AND tgname = 'ledger_entry_truncate'))
    """
    assert office.rows(unprotected) == []
    busy(office)
    assert partition_with_entries(office) == "ledger_entry_2031_01"


def test_the_models_have_the_columns_that_the_migrations_made(office: Office) -> None:
    inspector = inspect(office.engine)
    for table in models.metadata.sorted_tables:
        made = {column["name"]: column["type"] for column in inspector.get_columns(table.name)}
        assert sorted(made) == sorted(table.columns.keys())
        for column in table.columns:
            assert made[column.name]._type_affinity is column.type._type_affinity
