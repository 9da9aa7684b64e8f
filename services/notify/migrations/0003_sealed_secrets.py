"""Secrets of webhooks are encrypted. Those that are there are sealed by the service, which has the key; until then they serve
as they are."""

from alembic import op

revision = "0003"
down_revision = "0002"

_COLUMNS = """
ALTER TABLE destination ALTER COLUMN secret DROP NOT NULL, ADD COLUMN key_id text, ADD COLUMN sealed text,
    ADD CONSTRAINT destination_one_secret CHECK ((secret IS NULL) = (sealed IS NOT NULL)),
    ADD CONSTRAINT destination_sealed_by CHECK ((key_id IS NULL) = (sealed IS NULL));
CREATE INDEX destination_open ON destination (advertiser_id) WHERE secret IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(_COLUMNS)
