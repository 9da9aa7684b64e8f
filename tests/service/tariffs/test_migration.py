"""Tariffs that were saved before versions existed price as they did."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from nameko.testing.services import worker_factory

from contracts.tariffs import TariffsClient
from kit.clock import FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from kit.migrations import scripts
from services.tariffs.cache import CachedBook
from services.tariffs.service import TariffsService
from tests.service.tariffs.conftest import NOW
from tests.support.databases import DatabaseFactory
from tests.unit.tariffs.books import ADVERTISER, PARTNER, item, row

TARIFF = "0193508e-0000-7000-8000-00000000000a"
EMPTY = "0193508e-0000-7000-8000-00000000000b"
_SAVED = f"""
INSERT INTO tariffs (id, owner, name, created_at, revision) VALUES
    ('{TARIFF}', '{PARTNER}', 'tarif1', '2026-10-01T00:00:00Z', 1), ('{EMPTY}', '{PARTNER}', 'empty', now(), 1);
INSERT INTO tariff_rows VALUES ('{TARIFF}', '250', '', '', false, 8000), ('{TARIFF}', '250', '99', '', true, 7000);
INSERT INTO assignments VALUES ('{PARTNER}', '{ADVERTISER}', 1, '{TARIFF}', '2026-10-01T00:00:00Z');
"""


@pytest.fixture
def client(database_factory: DatabaseFactory) -> object:
    url = database_factory.create_empty()
    db = Transactions(engine_for(url))
    with db.begin() as connection:
        _upgrade(connection, "0001")
        connection.execute(sa.text(_SAVED))
    with db.begin() as connection:
        _upgrade(connection, "0002")
    service = worker_factory(TariffsService, db=db, clock=FixedClock(NOW), book=CachedBook())
    yield TariffsClient(lambda _service, method, arguments, _timeout: getattr(service, method)(**arguments))
    dispose_engine(url)


def _upgrade(connection: sa.Connection, revision: str) -> None:
    found = scripts("tariffs").get_revision(revision)
    assert found is not None
    with Operations.context(MigrationContext.configure(connection)):
        upgrade: Callable[[], None] = found.module.upgrade
        upgrade()


def test_the_rows_so_far_are_the_first_version_of_their_tariff(client: TariffsClient) -> None:
    empty, kept = client.list_tariffs(PARTNER)
    assert kept.rows == [row(price=8_000), row(mnc="99", price=7_000, by_delivered=True)]
    assert (kept.versions, kept.subjects, kept.is_default) == (["2026-10-01T00:00:00Z"], 1, False)
    assert empty.rows == []
    (quote,) = client.quote([item()])
    assert (quote.tariff_id, quote.refusal) == (TARIFF, "no_buy_price")
    (line,) = client.assignments(PARTNER, ADVERTISER)
    assert (line.tariff_name, line.assigned_by) == ("tarif1", "")
    assert client.put_row(PARTNER, tariff_id=TARIFF, row=row(price=1)).rows[0] == row(price=1)
