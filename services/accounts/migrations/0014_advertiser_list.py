"""The list of advertisers: promo codes, comments, and an index for every order and filter."""

from alembic import op
from sqlalchemy import text

from services.accounts.search import columns_of

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE advertisers
    ADD COLUMN promo_code text NOT NULL DEFAULT '',
    ADD COLUMN comment text NOT NULL DEFAULT '',
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD COLUMN changed_at timestamptz,
    ADD COLUMN changed_by text NOT NULL DEFAULT '',
    ADD COLUMN search_fields text[] NOT NULL DEFAULT '{}';
"""
# One narrow index answers what is counted and filtered without reading the rows, which are wide.
INDEXES = """
CREATE INDEX advertisers_registered ON advertisers (partner_id, created_at, id) INCLUDE (state, test_mode, manager_id);
CREATE INDEX users_advertisers_seen ON users (partner_id, last_sign_in_at DESC NULLS LAST, advertiser_id DESC)
    WHERE advertiser_id IS NOT NULL;
"""
FIELDS = ("login", "name", "company", "contract_number", "email", "phone", "promo_code")
OLD = text("""
    SELECT advertisers.*, users.login FROM advertisers JOIN users ON users.advertiser_id = advertisers.id
    WHERE advertisers.id > CAST(:after AS uuid) ORDER BY advertisers.id LIMIT 1000
""")
NEW = text("UPDATE advertisers SET search_fields = :search_fields WHERE id = CAST(:id AS uuid)")


def upgrade() -> None:
    op.execute(COLUMNS)
    connection, after = op.get_bind(), "00000000-0000-0000-0000-000000000000"
    while rows := connection.execute(OLD, {"after": after}).mappings().all():
        found = [columns_of(str(row["partner_id"]), [row[name] for name in FIELDS]) for row in rows]
        after = str(rows[-1]["id"])
        connection.execute(
            NEW,
            [
                {"id": str(row["id"]), "search_fields": one["search_fields"]}
                for row, one in zip(rows, found, strict=True)
            ],
        )
    op.execute(INDEXES)
    for number in range(1, len(FIELDS) + 1):
        op.execute(
            f"CREATE INDEX advertisers_field_{number} ON advertisers"
            f' (partner_id, (search_fields[{number}]) COLLATE "C", id)'
        )
