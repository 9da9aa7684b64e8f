"""What was charged before prices by part is carried over, and ends as it would have."""

from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from contracts.billing import SettleItem
from kit.migrations import migrate, scripts
from tests.service.billing.office import AUTHOR, Office, message, new_id
from tests.support.databases import DatabaseFactory

#: By what each stands for. Message ids of this month lie in a partition of their own.
NAMES = ("advertiser", "partner", "first", "second", "settled", "waiting")

OLD = """
INSERT INTO account (id, kind, partner_id, credited, spent, held, packages) VALUES
    (:partner, 'partner', NULL, 1000, 240, 0, 0), (:advertiser, 'advertiser', :partner, 800, 100, 100, 2);
INSERT INTO package (id, number, advertiser_id, partner_id, credited, spent, held, credit, postpaid, paid, payment_kind,
    payment_info, starts_at, ends_at, created_at, author, announced)
VALUES (:first, 1, :advertiser, :partner, 300, 100, 0, 0, false, true, '', '', '2026-01-01', '2027-01-01', '2026-01-01',
        'anna', true),
    (:second, 2, :advertiser, :partner, 500, 0, 100, 0, false, true, '', '', '2026-01-01', '2028-01-01', '2026-01-01',
        'anna', true);
INSERT INTO charge (message_id, attempt, digest, advertiser_id, partner_id, parts, sell_price, buy_price, by_delivered,
    buy_by_delivered, package_ids, package_amounts, created_at, parts_delivered, parts_undelivered, parts_unsubmitted,
    charged, cost, settled_at)
VALUES (:settled, 1, 'x', :advertiser, :partner, 3, 100, 60, true, false, CAST(ARRAY[:first, :second] AS uuid[]), '{120,180}',
        '2026-11-22', 1, 1, 1, 100, 120, '2026-11-22'),
    (:waiting, 1, 'x', :advertiser, :partner, 2, 50, 60, true, false, CAST(ARRAY[:second] AS uuid[]), '{100}',
        '2026-11-22', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO ledger_entry (id, kind, account_id, debit_account, credit_account, amount, package_id, message_id, author,
    reason, created_at)
SELECT gen_random_uuid(), kind, CAST(account_id AS uuid), source, target, amount, CAST(package_id AS uuid),
    CAST(message_id AS uuid), 'system', '', '2026-11-22'
FROM (VALUES
    ('credit', :partner, 'outside', 'available', 1000, NULL, NULL),
    ('credit', :advertiser, 'outside', 'available', 300, :first, NULL),
    ('credit', :advertiser, 'outside', 'available', 500, :second, NULL),
    ('hold', :advertiser, 'available', 'held', 120, :first, :settled),
    ('hold', :advertiser, 'available', 'held', 180, :second, :settled),
    ('debit', :partner, 'available', 'charged', 180, NULL, :settled),
    ('capture', :advertiser, 'held', 'charged', 100, :first, :settled),
    ('release', :advertiser, 'held', 'available', 20, :first, :settled),
    ('release', :advertiser, 'held', 'available', 180, :second, :settled),
    ('refund', :partner, 'charged', 'available', 60, NULL, :settled),
    ('hold', :advertiser, 'available', 'held', 100, :second, :waiting),
    ('debit', :partner, 'available', 'charged', 120, NULL, :waiting)
) AS old (kind, account_id, source, target, amount, package_id, message_id);
"""


def test_charges_of_one_price_are_carried_over_and_end_as_they_would_have(database_factory: DatabaseFactory) -> None:
    url = database_factory.create_empty()
    ids = {name: new_id() for name in NAMES}
    statements = OLD
    for name, id in ids.items():
        statements = statements.replace(f":{name}", f"'{id}'")
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        _upgrade(connection, "0001")
        connection.execute(text(statements))
        connection.commit()
    migrate("billing", url)
    office = Office(url)
    assert office.audit() == []
    again = message(ids["advertiser"], ids["partner"], message_id=ids["waiting"], parts=2)
    [adopted] = office.debit(again)
    assert (adopted.charged, adopted.sell_amount, adopted.sell_held, adopted.buy_held) == (True, 100, 100, 0)
    outcomes = {ids["settled"]: "dux", ids["waiting"]: "ud"}
    results = office.client.settle([SettleItem(message_id=id, outcomes=ended) for id, ended in outcomes.items()])
    assert [(one.charged, one.cost) for one in results] == [(100, 120), (50, 120)]
    request: dict[str, Any] = {"message_id": ids["settled"], "author": AUTHOR, "reason": "complaint"}
    assert office.client.refund(id=new_id(), amount=30, **request) == 70
    assert office.debit(message(ids["advertiser"], ids["partner"]))[0].refusal is None
    assert office.audit() == []
    office.engine.dispose()
    database_factory.drop(url)


def _upgrade(connection: Connection, to: str) -> None:
    script = scripts("billing")

    def steps(revision: Any, _context: Any) -> list:
        return script._upgrade_revs(to, revision)  # type: ignore[arg-type]

    with EnvironmentContext(Config(), script, fn=steps, destination_rev=to) as environment:
        environment.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()
