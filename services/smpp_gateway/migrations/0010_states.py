"""Advertisers may want to be told how their messages ended."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("ALTER TABLE incoming_setting ADD COLUMN states boolean NOT NULL DEFAULT false")
    op.execute("CREATE INDEX incoming_setting_states ON incoming_setting (advertiser_id) WHERE states")
