"""Keys of advertisers' programs have scopes and addresses, and can be withdrawn. Keys that are there may do everything."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SCOPES = """
ALTER TABLE api_keys ADD COLUMN kind text NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN scopes text[] NOT NULL DEFAULT '{send,read,money}';
ALTER TABLE api_keys ADD COLUMN allow_list text[] NOT NULL DEFAULT '{}';
ALTER TABLE api_keys ADD COLUMN author text NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN withdrawn_at timestamptz;
ALTER TABLE api_keys ADD COLUMN withdrawn_by text NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD CHECK (scopes <@ '{send,read,money}' AND cardinality(scopes) > 0);
"""


def upgrade() -> None:
    op.execute(SCOPES)
