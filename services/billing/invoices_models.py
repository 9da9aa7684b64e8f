"""The tables of invoices, sellers and promo codes; migration 0004 makes them and holds every constraint."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.billing.models import id_column, metadata, moment_column, sum_column


def _text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text) for name in names]


def _moments(*names: str) -> list[sa.Column]:
    return [moment_column(name) for name in names]


def _sums(*names: str) -> list[sa.Column]:
    return [sum_column(name) for name in names]


def _numbers(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Integer) for name in names]


def _pictures() -> list[sa.Column]:
    return [sa.Column(name, sa.LargeBinary) for name in ("seal", "director_signature", "accountant_signature")]


invoice_image = sa.Table(
    "invoice_image",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("contents", sa.LargeBinary),
)

#: `requisites`: the wire class Seller without its number and pictures.
seller = sa.Table(
    "seller",
    metadata,
    id_column("partner_id", primary_key=True),
    sa.Column("requisites", JSONB),
    *_numbers("next_number"),
    *_pictures(),
    *_text("author"),
    *_moments("saved_at"),
)

invoice = sa.Table(
    "invoice",
    metadata,
    id_column("id", primary_key=True),
    id_column("partner_id"),
    id_column("advertiser_id"),
    *_numbers("number", "vat_percent"),
    *_sums("amount", "vat_amount"),
    sa.Column("buyer", JSONB),
    sa.Column("seller", JSONB),
    *_pictures(),
    *_text("state", "subject", "author", "paid_by", "payment_info", "cancelled_by", "reason", "search_text"),
    *_moments("issued_at", "paid_at", "cancelled_at"),
    id_column("package_id"),
)

promo_code = sa.Table(
    "promo_code",
    metadata,
    id_column("id", primary_key=True),
    id_column("partner_id"),
    *_text("code", "code_key", "kind", "note", "author"),
    *_sums("value", "credited"),
    *_numbers("most_uses", "valid_days", "uses"),
    *_moments("starts_at", "ends_at", "created_at"),
    sa.Column("active", sa.Boolean),
)

#: One row of an advertiser, of the last day on which it entered a code.
promo_attempt = sa.Table(
    "promo_attempt",
    metadata,
    id_column("advertiser_id", primary_key=True),
    sa.Column("day", sa.Date),
    *_numbers("attempts"),
)

#: `kind`, `value` and `valid_days` are those of the code when it was used.
promo_use = sa.Table(
    "promo_use",
    metadata,
    id_column("promo_id", primary_key=True),
    id_column("advertiser_id", primary_key=True),
    id_column("partner_id"),
    *_text("kind"),
    *_sums("value", "credited"),
    *_numbers("valid_days"),
    *_moments("used_at"),
    id_column("package_id"),
)
