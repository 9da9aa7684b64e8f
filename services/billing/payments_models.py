"""The tables of payment systems and bank statements, as those in `models.py`."""

import sqlalchemy as sa

from services.billing.models import id_column, metadata, moment_column, sum_column

#: A partner's shop with a payment system; its passwords are encrypted (`secrets.py`).
payment_provider = sa.Table(
    "payment_provider",
    metadata,
    id_column("partner_id", primary_key=True),
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("enabled", sa.Boolean),
    sa.Column("login", sa.Text),
    sa.Column("description", sa.Text),
    sa.Column("test", sa.Boolean),
    sa.Column("algorithm", sa.Text),
    sa.Column("key_id", sa.Text),
    sa.Column("ciphertext", sa.Text),
    moment_column("updated_at"),
    sa.Column("author", sa.Text),
)

payment = sa.Table(
    "payment",
    metadata,
    id_column("id", primary_key=True),
    sa.Column("number", sa.BigInteger, sa.Identity(always=True)),
    id_column("partner_id"),
    id_column("advertiser_id"),
    sa.Column("provider", sa.Text),
    sa.Column("test", sa.Boolean),
    sum_column("amount"),
    sa.Column("state", sa.Text),
    moment_column("created_at"),
    moment_column("paid_at"),
    id_column("package_id"),
    sa.Column("problem", sa.Text),
)

bank_payment = sa.Table(
    "bank_payment",
    metadata,
    id_column("id", primary_key=True),
    id_column("partner_id"),
    sa.Column("document_number", sa.Text),
    sa.Column("document_date", sa.Date),
    sa.Column("paid_on", sa.Date),
    sum_column("amount"),
    sa.Column("payer_name", sa.Text),
    sa.Column("payer_inn", sa.Text),
    sa.Column("payer_account", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("state", sa.Text),
    id_column("invoice_id"),
    sa.Column("invoice_number", sa.BigInteger),
    sa.Column("problem", sa.Text),
    moment_column("imported_at"),
    sa.Column("imported_by", sa.Text),
    moment_column("decided_at"),
    sa.Column("decided_by", sa.Text),
)
