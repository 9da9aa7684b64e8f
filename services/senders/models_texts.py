"""Tables of the moderation of texts, and of names at operators."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from services.senders.models import metadata


def _id(name: str, *, primary: bool = False) -> sa.Column:
    return sa.Column(name, UUID(as_uuid=False), primary_key=primary)


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True))


partner_settings = sa.Table(
    "partner_settings",
    metadata,
    _id("partner_id", primary=True),
    sa.Column("test_sender", sa.Text),
    sa.Column("unregistered", sa.Text),
    sa.Column("version", sa.Integer),
    _moment("changed_at"),
    sa.Column("changed_by", sa.Text),
)

registrations = sa.Table(
    "registrations",
    metadata,
    _id("id", primary=True),
    _id("partner_id"),
    _id("name_id"),
    sa.Column("mcc", sa.Text),
    sa.Column("mnc", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("legal_entity", sa.Text),
    sa.Column("inn", sa.Text),
    sa.Column("since", sa.Date),
    sa.Column("until", sa.Date),
    sa.Column("comment", sa.Text),
    sa.Column("version", sa.Integer),
    _moment("changed_at"),
    sa.Column("changed_by", sa.Text),
)

text_rules = sa.Table(
    "text_rules",
    metadata,
    _id("id", primary=True),
    _id("partner_id"),
    sa.Column("kind", sa.Text),
    sa.Column("value", sa.Text),
    sa.Column("action", sa.Text),
    sa.Column("sentence", sa.Text),
    sa.Column("version", sa.Integer),
    _moment("changed_at"),
    sa.Column("changed_by", sa.Text),
)

#: `text` is as it came, until it is decided.
waiting_texts = sa.Table(
    "waiting_texts",
    metadata,
    _id("id", primary=True),
    _id("partner_id"),
    _id("advertiser_id"),
    sa.Column("sender", sa.Text),
    sa.Column("key", sa.LargeBinary),
    sa.Column("text", sa.Text),
    sa.Column("masked", sa.Text),
    _id("rule_id"),
    sa.Column("found", sa.Text),
    _moment("first_at"),
)

#: `key` is of one text under one sender; a template has none, and holds for all senders of its advertiser.
text_decisions = sa.Table(
    "text_decisions",
    metadata,
    _id("id", primary=True),
    _id("partner_id"),
    _id("advertiser_id"),
    sa.Column("sender", sa.Text),
    sa.Column("key", sa.LargeBinary),
    sa.Column("pattern", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("author", sa.Text),
    _moment("decided_at"),
)
