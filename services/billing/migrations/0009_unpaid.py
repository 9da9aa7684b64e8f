"""The red flags of a partner's advertisers are found without reading their packages."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX package_unpaid ON package (partner_id, advertiser_id) WHERE NOT paid AND deleted_at IS NULL"
    )
