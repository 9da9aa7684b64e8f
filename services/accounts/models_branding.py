"""The tables of branding: settings, files in parts, marks of contracts."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from services.accounts.models import metadata


def _id(name: str, *, primary_key: bool = False) -> sa.Column:
    return sa.Column(name, UUID(as_uuid=False), primary_key=primary_key)


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True))


#: `sha256` is NULL while parts still come; `in_use` is false until something that was saved names the file.
files = sa.Table(
    "files",
    metadata,
    _id("partner_id"),
    _id("id"),
    sa.Column("purpose", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("media_type", sa.Text),
    sa.Column("octets", sa.Integer),
    sa.Column("sha256", sa.LargeBinary),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("in_use", sa.Boolean),
    _moment("created_at"),
)

file_parts = sa.Table(
    "file_parts",
    metadata,
    _id("partner_id"),
    _id("file_id"),
    sa.Column("number", sa.Integer),
    sa.Column("contents", sa.LargeBinary),
)

#: Name and colours are the partner's own columns; a partner without a row here has `branding.DEFAULTS`.
branding = sa.Table(
    "branding",
    metadata,
    _id("partner_id", primary_key=True),
    sa.Column("version", sa.Integer),
    sa.Column("logo_address", sa.Text),
    _id("logo_file"),
    sa.Column("contract_required", sa.Boolean),
    sa.Column("contract_url", sa.Text),
    _id("contract_file"),
    sa.Column("email_auth", sa.Text),
    sa.Column("author", sa.Text),
    _moment("changed_at"),
)

contract_marks = sa.Table(
    "contract_marks",
    metadata,
    _id("partner_id"),
    _id("advertiser_id"),
    sa.Column("signed", sa.Boolean),
    sa.Column("author", sa.Text),
    _moment("changed_at"),
)
