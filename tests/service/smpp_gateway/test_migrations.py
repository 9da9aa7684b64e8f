"""Messages of earlier versions are carried over as they were."""

from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from kit.migrations import scripts
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER
from tests.support.databases import DatabaseFactory

_OLD = """
INSERT INTO message (id, partner_id, advertiser_id, source, recipient, sender, text, sms_type, data_coding, esm_class, state,
    reason, parts, sell_price, buy_price, by_delivered, buy_by_delivered, due_at, expires_at, accepted_at)
VALUES (:id, :partner, :advertiser, 'http', '7903', 'GOLUB', 'Hello', 'advertising', 0, 0, :state, :reason, 2, :sell, :buy,
    :by_delivered, false, now(), now() + interval '2 days', now())
"""


def _upgrade(connection: Connection, to: str) -> None:
    script = scripts("smpp_gateway")

    def steps(revision: Any, _context: Any) -> list:
        return script._upgrade_revs(to, revision)  # type: ignore[arg-type]

    with EnvironmentContext(Config(), script, fn=steps, destination_rev=to) as environment:
        environment.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()


def test_prices_become_amounts_and_who_is_held_waits_in_a_line(database_factory: DatabaseFactory) -> None:
    url = database_factory.create_empty()
    owners = {"partner": PARTNER, "advertiser": ADVERTISER}
    ids = [f"019ab000-0000-7000-8000-00000000000{number}" for number in range(4)]
    states = [("delivered", None, True), ("submitted", None, False), ("held", "funds", False), ("refused", "x", False)]
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        _upgrade(connection, "0003")
        for key, (state, reason, by_delivered) in zip(ids, states, strict=True):
            values = {"id": key, "state": state, "reason": reason, "sell": 100, "buy": 60, "by_delivered": by_delivered}
            connection.execute(text(_OLD), values | owners)
        connection.commit()
        _upgrade(connection, "0004")
        rows = connection.execute(text("SELECT sell_amount, buy_amount, sell_held, buy_held FROM message ORDER BY id"))
        assert [tuple(row) for row in rows] == [
            (200, 120, 200, 0),
            (200, 120, 0, 0),
            (None, None, 0, 0),
            (None, None, 0, 0),
        ]
        [line] = connection.execute(text("SELECT advertiser_id::text, reason, partner_id::text FROM funds_wait"))
        assert tuple(line) == (ADVERTISER, "funds", PARTNER)
        held = connection.execute(
            text("SELECT due_at = wait_until AND wait_until = expires_at FROM message WHERE state = 'held'")
        )
        assert held.scalar_one()
    database_factory.drop(url)
