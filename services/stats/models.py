"""The table of stats."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

metadata = sa.MetaData()

#: Sums of all differences that came for a key, in any order: a row may be below zero until the rest arrives.
#: `day` is the UTC date of acceptance; `charged` and `cost` in 1/10,000.
totals = sa.Table(
    "totals",
    metadata,
    sa.Column("partner_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("advertiser_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("direction", sa.Text, primary_key=True),
    sa.Column("sender", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, primary_key=True),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Column("parts", sa.BigInteger, nullable=False),
    sa.Column("charged", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.BigInteger, nullable=False),
)
