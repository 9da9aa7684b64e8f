"""The tables of tariffs."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

metadata = sa.MetaData()

#: One row per kind of data that processes keep in memory; `value` grows with every change, in the same transaction.
revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

#: Every plan that was ever imported; the ranges are those of the newest alone.
numbering_plans = sa.Table(
    "numbering_plans",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ranges", sa.Integer, nullable=False),
)

#: `range_from`, `range_to`: E.164 digits as integers, both included. The database itself forbids overlaps.
numbering_ranges = sa.Table(
    "numbering_ranges",
    metadata,
    sa.Column("range_from", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("range_to", sa.BigInteger, nullable=False),
    sa.Column("plan_id", UUID(as_uuid=True), sa.ForeignKey("numbering_plans.id"), nullable=False),
    sa.Column("mcc", sa.Text, nullable=False),
    sa.Column("mnc", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
)

#: Numbers that another operator serves than the one of their range. `number`: E.164 digits as an integer.
ported_number = sa.Table(
    "ported_number",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("mcc", sa.Text, nullable=False),
    sa.Column("mnc", sa.Text, nullable=False),
    sa.Column("ported_at", sa.Date),
)

#: Every import of them, `imported_at` empty while it is under way; `layout` is how its lines are read.
ported_imports = sa.Table(
    "ported_imports",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("replaces", sa.Boolean, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("imported_at", sa.DateTime(timezone=True), index=True),
    sa.Column("layout", sa.Text, nullable=False, server_default=""),
    sa.Column("lines", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("numbers", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("repeated", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("added", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("changed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("removed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
)

#: The lines of imports that are under way; unlogged, so a crash of the server empties it.
ported_staged = sa.Table(
    "ported_staged",
    metadata,
    sa.Column("import_id", UUID(as_uuid=True), nullable=False, index=True),
    sa.Column("line", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("mcc", sa.Text, nullable=False),
    sa.Column("mnc", sa.Text, nullable=False),
    sa.Column("ported_at", sa.Date),
    prefixes=["UNLOGGED"],
)

#: `revision` is the value of the revision "prices" at the last change: what is newer is read, nothing else. A deleted
#: tariff stays for the history of its assignments; its name is free again.
tariffs = sa.Table(
    "tariffs",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False, index=True),
    sa.Column("deleted_at", sa.DateTime(timezone=True)),
)
sa.Index("tariffs_name", tariffs.c.owner, tariffs.c.name, unique=True, postgresql_where=tariffs.c.deleted_at.is_(None))

#: `written_at`: when somebody last wrote it; a version from now on starts at the moment at which it is written.
tariff_versions = sa.Table(
    "tariff_versions",
    metadata,
    sa.Column("tariff_id", UUID(as_uuid=True), sa.ForeignKey("tariffs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("valid_from", sa.DateTime(timezone=True), primary_key=True),
    sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
)

#: `mnc` and `sms_type` are empty where the row holds for all of them; `price` per part in 1/10,000; `from_nth` counts
#: the parts of the calendar month.
tariff_rows = sa.Table(
    "tariff_rows",
    metadata,
    sa.Column("tariff_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("valid_from", sa.DateTime(timezone=True), primary_key=True),
    sa.Column("mcc", sa.Text, primary_key=True),
    sa.Column("mnc", sa.Text, primary_key=True),
    sa.Column("sms_type", sa.Text, primary_key=True),
    sa.Column("from_nth", sa.BigInteger, sa.CheckConstraint("from_nth >= 1"), primary_key=True, autoincrement=False),
    sa.Column("by_delivered", sa.Boolean, nullable=False),
    sa.Column("price", sa.BigInteger, sa.CheckConstraint("price >= 0"), nullable=False),
    sa.ForeignKeyConstraint(
        ["tariff_id", "valid_from"], ["tariff_versions.tariff_id", "tariff_versions.valid_from"], ondelete="CASCADE"
    ),
)

#: Who was priced by what from when on; the newest revision of a subject counts, the older ones are its history. Without
#: a tariff: by the owner's default again, which is the assignment of the subject with the empty id.
assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("subject_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
    sa.Column("tariff_id", UUID(as_uuid=True), sa.ForeignKey("tariffs.id")),
    sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("assigned_by", sa.Text, nullable=False),
)
