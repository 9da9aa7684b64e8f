"""Importing a numbering plan into a real database, and what running processes make of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from contracts.errors import Malformed
from contracts.tariffs import NumberInfo, TariffsClient
from kit.database import Transactions
from services.tariffs import repository
from services.tariffs.importing import ImportReport, import_plan
from services.tariffs.reference import countries, subjects
from tests.service.tariffs.conftest import NOW
from tests.unit.tariffs.plan_file import HEADER, line, plan_lines, published_file


def load(db: Transactions, lines: list[str] | list[bytes], source: str = "file") -> ImportReport:
    with db.begin() as connection:
        return import_plan(connection, lines, source=source, now=NOW)


def look_up(client: TariffsClient, recipient: str) -> NumberInfo:
    (found,) = client.look_up([recipient])
    return found


def test_a_whole_plan_is_imported_and_answers_known_numbers(db: Transactions, client: TariffsClient) -> None:
    report = load(db, plan_lines())
    assert report.ranges == (16_629 if published_file() else 12_000)
    assert not report.unknown_regions
    info = look_up(client, "79030000001")
    assert (info.mcc, info.mnc, info.direction) == ("250", "99", "Beeline")
    assert (info.region, info.zone) == ("Москва и Московская область", "Europe/Moscow")
    assert look_up(client, "79160000001").direction == "MTS"
    assert look_up(client, "79261234567").direction == "MegaFon"
    with db.begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM numbering_ranges")).scalar() == report.ranges


def test_before_any_import_the_built_in_plan_answers(client: TariffsClient) -> None:
    assert look_up(client, "79030000001").direction == "Beeline"
    assert look_up(client, "79350000001").direction == "Russia"


def test_an_imported_plan_decides_alone_which_russian_numbers_exist(db: Transactions, client: TariffsClient) -> None:
    load(db, [HEADER, line()])
    assert look_up(client, "79030199999").direction == "Beeline"
    assert look_up(client, "79030200000").direction == ""
    assert look_up(client, "77010000001").direction == "Kazakhstan"


def test_a_new_plan_takes_the_place_of_the_old_one_in_every_running_process(
    db: Transactions, new_client: Callable[[], TariffsClient]
) -> None:
    clients = [new_client(), new_client()]
    load(db, [HEADER, line(inn="7740000076")], "first")
    assert [look_up(client, "79030000001").direction for client in clients] == ["MTS", "MTS"]
    load(db, [HEADER, line(inn="7812014560")], "second")
    assert [look_up(client, "79030000001").direction for client in clients] == ["MegaFon", "MegaFon"]


def test_source_and_date_of_every_import_are_kept(db: Transactions) -> None:
    load(db, [HEADER, line()], "first")
    with db.begin() as connection:
        import_plan(connection, [HEADER, line()], source="second", now=NOW + timedelta(days=1))
    with db.begin() as connection:
        plan = repository.plan_in_force(connection)
        assert plan is not None
        assert (plan.source, plan.imported_at, plan.ranges) == ("second", NOW + timedelta(days=1), 1)
        assert connection.execute(sa.text("SELECT count(*) FROM numbering_plans")).scalar() == 2


def test_a_broken_line_leaves_the_old_plan_as_it_was(db: Transactions, client: TariffsClient) -> None:
    load(db, [HEADER, line()])
    with pytest.raises(Malformed, match="line 3"):
        load(db, [HEADER, line(inn="7740000076"), "broken"])
    assert look_up(client, "79030000001").direction == "Beeline"


def test_the_database_itself_forbids_overlapping_ranges(db: Transactions) -> None:
    load(db, [HEADER, line()])
    copy = (
        "INSERT INTO numbering_ranges SELECT range_from + 1, range_to + 1, plan_id, mcc, mnc, direction, region, zone "
        "FROM numbering_ranges"
    )
    with pytest.raises(sa.exc.IntegrityError), db.begin() as connection:
        connection.execute(sa.text(copy))


def test_every_zone_of_our_tables_is_one_that_exists(db: Transactions) -> None:
    zones = ({one.zone for one in subjects()} | {one.zone for one in countries()}) - {""}
    with db.begin() as connection:
        known = set(connection.scalars(sa.text("SELECT name FROM pg_timezone_names")))
    assert zones <= known
