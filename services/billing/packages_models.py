"""The tables of packages, as those in `models.py`."""

import sqlalchemy as sa

from services.billing.models import id_column, metadata, moment_column, sum_column

package = sa.Table(
    "package",
    metadata,
    id_column("id", primary_key=True),
    sa.Column("number", sa.Integer),
    id_column("advertiser_id"),
    id_column("partner_id"),
    sum_column("credited"),
    sum_column("spent"),
    sum_column("held"),
    sum_column("credit"),
    sa.Column("postpaid", sa.Boolean),
    sa.Column("paid", sa.Boolean),
    moment_column("paid_at"),
    sa.Column("paid_by", sa.Text),
    sa.Column("payment_kind", sa.Text),
    sa.Column("payment_info", sa.Text),
    moment_column("starts_at"),
    moment_column("ends_at"),
    moment_column("planned_payment_at"),
    moment_column("created_at"),
    sa.Column("author", sa.Text),
    sa.Column("announced", sa.Boolean),
    sa.Column("individual", sa.Boolean),
    sum_column("expired"),
    sa.Column("invoice_number", sa.Text),
    sa.Column("origin", sa.Text),
    sa.Column("used", sa.Boolean),
    sa.Column("swept", sa.Boolean),
    moment_column("deleted_at"),
    sa.Column("deleted_by", sa.Text),
)

#: Individual prices of a package; `package.individual` tells that it has any.
package_price = sa.Table(
    "package_price",
    metadata,
    id_column("package_id", primary_key=True),
    sa.Column("mcc", sa.Text, primary_key=True),
    sa.Column("mnc", sa.Text, primary_key=True),
    sa.Column("sms_type", sa.Text, primary_key=True),
    sa.Column("from_nth", sa.Integer, primary_key=True),
    sa.Column("by_delivered", sa.Boolean),
    sum_column("price"),
)
