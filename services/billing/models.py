"""The tables that are read and written one row at a time. The migrations make them and hold every constraint.

Those of the message path (`account`, `charge`, `refused_attempt`, `ledger_entry`) are written in batches, by SQL of
their own.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

metadata = sa.MetaData()


def _id(name: str, *, primary_key: bool = False) -> sa.Column:
    return sa.Column(name, UUID(as_uuid=False), primary_key=primary_key)


def _sum(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger)


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True))


package = sa.Table(
    "package",
    metadata,
    _id("id", primary_key=True),
    sa.Column("number", sa.Integer),
    _id("advertiser_id"),
    _id("partner_id"),
    _sum("credited"),
    _sum("spent"),
    _sum("held"),
    _sum("credit"),
    sa.Column("postpaid", sa.Boolean),
    sa.Column("paid", sa.Boolean),
    _moment("paid_at"),
    sa.Column("paid_by", sa.Text),
    sa.Column("payment_kind", sa.Text),
    sa.Column("payment_info", sa.Text),
    _moment("starts_at"),
    _moment("ends_at"),
    _moment("planned_payment_at"),
    _moment("created_at"),
    sa.Column("author", sa.Text),
    sa.Column("announced", sa.Boolean),
)

#: `outcome` is `{"result": …}` or `{"error": name, "args": […]}`.
operation = sa.Table(
    "operation",
    metadata,
    _id("id", primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("author", sa.Text),
    sa.Column("request", JSONB),
    sa.Column("outcome", JSONB),
    _moment("created_at"),
)
