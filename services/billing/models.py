"""The tables that are read and written one row at a time. The migrations make them and hold every constraint.

Those of the message path (`account`, `charge`, `refused_attempt`, `ledger_entry`) are written in batches, by SQL of
their own.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

metadata = sa.MetaData()


def id_column(name: str, *, primary_key: bool = False) -> sa.Column:
    return sa.Column(name, UUID(as_uuid=False), primary_key=primary_key)


def sum_column(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger)


def moment_column(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True))


#: `outcome` is `{"result": …}` or `{"error": name, "args": […]}`.
operation = sa.Table(
    "operation",
    metadata,
    id_column("id", primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("author", sa.Text),
    sa.Column("request", JSONB),
    sa.Column("outcome", JSONB),
    moment_column("created_at"),
)
