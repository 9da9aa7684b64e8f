"""The tables of accounts. The migrations make them; constraints and indexes are written there alone."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

metadata = sa.MetaData()


def _id(name: str, *, primary_key: bool = False) -> sa.Column:
    return sa.Column(name, UUID(as_uuid=False), primary_key=primary_key)


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True))


partners = sa.Table(
    "partners",
    metadata,
    _id("id", primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("accent_colour", sa.Text),
    sa.Column("pressed_colour", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("version", sa.BigInteger),
    _moment("created_at"),
    sa.Column("factor_required", sa.Boolean),
)

#: A host without partner is the platform's own. One that is not `served` is kept for its partner, and nobody is let in.
hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    _id("partner_id"),
    sa.Column("served", sa.Boolean),
    _moment("created_at"),
)

#: `search_text`, `search_grams` and `search_fields` are written by `search.columns_of`; `manager_id` is a user's.
advertisers = sa.Table(
    "advertisers",
    metadata,
    _id("id", primary_key=True),
    _id("partner_id"),
    sa.Column("name", sa.Text),
    sa.Column("company", sa.Text),
    sa.Column("contract_number", sa.Text),
    sa.Column("contract_date", sa.Date),
    sa.Column("email", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("zone", sa.Text),
    sa.Column("any_sender", sa.Boolean),
    sa.Column("sender_moderation", sa.Text),
    sa.Column("test_mode", sa.Boolean),
    sa.Column("state", sa.Text),
    _moment("created_at"),
    _id("manager_id"),
    sa.Column("search_text", sa.Text),
    sa.Column("search_grams", ARRAY(sa.Integer)),
    sa.Column("search_fields", ARRAY(sa.Text)),
    sa.Column("promo_code", sa.Text),
    sa.Column("comment", sa.Text),
    sa.Column("version", sa.BigInteger),
    _moment("changed_at"),
    sa.Column("changed_by", sa.Text),
)

#: `login_key` is the login in small letters, unique per partner; an operator has no partner. `rights` are those of a manager.
users = sa.Table(
    "users",
    metadata,
    _id("id", primary_key=True),
    sa.Column("role", sa.Text),
    _id("partner_id"),
    _id("advertiser_id"),
    sa.Column("login", sa.Text),
    sa.Column("login_key", sa.Text),
    sa.Column("display_name", sa.Text),
    sa.Column("zone", sa.Text),
    sa.Column("password_hash", sa.Text),
    sa.Column("rights", ARRAY(sa.Text)),
    _moment("created_at"),
    _moment("last_sign_in_at"),
    sa.Column("state", sa.Text),
)

#: `partner_id` is that of the host where the session began. `step` is empty for a session, and of a sign-in that is not
#: finished what it waits for.
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    _id("user_id"),
    _id("partner_id"),
    sa.Column("address", sa.Text),
    sa.Column("user_agent", sa.Text),
    _moment("created_at"),
    _moment("last_seen_at"),
    _moment("expires_at"),
    _moment("ended_at"),
    _id("id"),
    sa.Column("step", sa.Text),
    sa.Column("wrong_codes", sa.Integer),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    _id("partner_id"),
    _id("advertiser_id"),
    sa.Column("name", sa.Text),
    sa.Column("secret_hash", sa.LargeBinary),
    _moment("created_at"),
    _moment("last_used_at"),
    sa.Column("kind", sa.Text),
    sa.Column("scopes", sa.ARRAY(sa.Text)),
    sa.Column("allow_list", sa.ARRAY(sa.Text)),
    sa.Column("author", sa.Text),
    _moment("withdrawn_at"),
    sa.Column("withdrawn_by", sa.Text),
)

#: Of the operator's programs. `withdrawn_at` is NULL while a key is in use.
operator_keys = sa.Table(
    "operator_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("secret_hash", sa.LargeBinary),
    sa.Column("manages", sa.Boolean),
    sa.Column("allow_list", ARRAY(sa.Text)),
    sa.Column("author", sa.Text),
    _moment("created_at"),
    _moment("last_used_at"),
    _moment("withdrawn_at"),
    sa.Column("withdrawn_by", sa.Text),
)

#: `version` grows with every new password, so that cached verifications of the old one fail.
smpp_credentials = sa.Table(
    "smpp_credentials",
    metadata,
    sa.Column("system_id", sa.Text, primary_key=True),
    _id("partner_id"),
    _id("advertiser_id"),
    sa.Column("password_hash", sa.Text),
    sa.Column("version", sa.BigInteger),
    _moment("created_at"),
    _moment("changed_at"),
)

#: Of all system_ids of an advertiser; one without a row has `smpp.DEFAULTS`.
smpp_settings = sa.Table(
    "smpp_settings",
    metadata,
    _id("partner_id"),
    _id("advertiser_id", primary_key=True),
    sa.Column("enabled", sa.Boolean),
    sa.Column("max_binds", sa.Integer),
    sa.Column("submits_per_second", sa.Integer),
    sa.Column("submit_window", sa.Integer),
    sa.Column("allow_list", ARRAY(sa.Text)),
    sa.Column("highest_priority", sa.SmallInteger),
    sa.Column("author", sa.Text),
    _moment("changed_at"),
)

#: Failed and good binds by what `lockout.keys` makes of login and place.
smpp_attempts = sa.Table(
    "smpp_attempts",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("failures", sa.Integer),
    _moment("failed_at"),
    _moment("known_until"),
    _moment("touched_at"),
)

offers = sa.Table(
    "offers",
    metadata,
    _id("partner_id"),
    sa.Column("version", sa.Integer),
    sa.Column("text", sa.Text),
    sa.Column("author", sa.Text),
    _moment("published_at"),
)

offer_acceptances = sa.Table(
    "offer_acceptances",
    metadata,
    _id("partner_id"),
    sa.Column("version", sa.Integer),
    _id("advertiser_id"),
    sa.Column("login", sa.Text),
    sa.Column("address", sa.Text),
    _moment("accepted_at"),
)
