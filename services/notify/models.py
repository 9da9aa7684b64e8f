"""The tables of letters and of what is set about them. The migrations make them; constraints and indexes are there alone."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

metadata = sa.MetaData()


def _id(name: str, *, primary_key: bool = False) -> sa.Column:
    return sa.Column(name, UUID(as_uuid=False), primary_key=primary_key)


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True))


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text) for name in names]


def _changed() -> list[sa.Column]:
    """Of what two people may edit: `version` grows with every change."""
    return [sa.Column("version", sa.Integer), sa.Column("author", sa.Text), _moment("changed_at")]


#: A waiting letter is sent when `due_at` has come; whoever sends it moves `due_at` behind the longest sending first. An
#: `urgent` one goes out at any hour; after `useless_at` none does. Where `sealed` holds values, `body` is the text that
#: they are put into as it is sent; both are gone once the letter waits no more.
letters = sa.Table(
    "letters",
    metadata,
    _id("id", primary_key=True),
    _id("partner_id"),
    _id("advertiser_id"),
    *_texts("kind", "sender_name", "recipient", "subject", "body", "state"),
    sa.Column("attempts", sa.Integer),
    sa.Column("error", sa.Text),
    _moment("created_at"),
    _moment("due_at"),
    _moment("sent_at"),
    sa.Column("urgent", sa.Boolean),
    _moment("useless_at"),
    *_texts("key_id", "sealed"),
)

#: `host` empty: letters go by the platform's server, answers to them to `sender`.
partner_mail = sa.Table(
    "partner_mail",
    metadata,
    _id("partner_id", primary_key=True),
    *_texts("sender", "host"),
    sa.Column("port", sa.Integer),
    *_texts("security", "username", "key_id", "sealed"),
    *_changed(),
)

#: Hours are minutes of the day in `zone`, both ends NULL where any time will do.
partner_notices = sa.Table(
    "partner_notices",
    metadata,
    _id("partner_id", primary_key=True),
    *_texts("service_signature", "test_signature", "credit_text"),
    *[sa.Column(name, sa.SmallInteger) for name in ("mail_from", "mail_to", "sms_from", "sms_to")],
    sa.Column("zone", sa.Text),
    *_changed(),
)

#: Subject and text empty: the built-in letter.
letter_text = sa.Table(
    "letter_text",
    metadata,
    _id("partner_id", primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    *_texts("subject", "text"),
    *_changed(),
)

#: Of an advertiser.
notice_settings = sa.Table(
    "notice_settings",
    metadata,
    _id("advertiser_id", primary_key=True),
    _id("partner_id"),
    sa.Column("phone", sa.Text),
    sa.Column("by_phone", sa.Boolean),
    sa.Column("email", sa.Text),
    sa.Column("by_email", sa.Boolean),
    *_changed(),
)
