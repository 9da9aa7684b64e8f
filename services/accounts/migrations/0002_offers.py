"""Versions of partners' ofertas and who accepted them; the zones of all accounts are told once, to whoever counts months."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from contracts.accounts import AccountZone, ZonesChanged
from contracts.events import envelope, type_of
from kit.clock import to_rfc3339
from kit.ids import uuid7
from kit.outbox import outbox

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ITEMS_PER_EVENT = 1_000

TABLES = """
CREATE TABLE offers (
    partner_id uuid NOT NULL REFERENCES partners (id),
    version integer NOT NULL CHECK (version > 0),
    text text NOT NULL,
    author text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, version)
);

CREATE TABLE offer_acceptances (
    partner_id uuid NOT NULL,
    version integer NOT NULL,
    advertiser_id uuid NOT NULL,
    login text NOT NULL,
    address text NOT NULL,
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, version, advertiser_id),
    FOREIGN KEY (partner_id, version) REFERENCES offers (partner_id, version),
    FOREIGN KEY (partner_id, advertiser_id) REFERENCES advertisers (partner_id, id)
);
"""

#: A partner's zone is that of the user it was created with.
ZONES = """
SELECT id::text, zone FROM advertisers
UNION ALL
(SELECT DISTINCT ON (partner_id) partner_id::text, zone FROM users WHERE role = 'partner' ORDER BY partner_id, created_at)
"""


def upgrade() -> None:
    op.execute(TABLES)
    connection, now = op.get_bind(), datetime.now(UTC)
    known = [AccountZone(account_id=row[0], zone=row[1]) for row in connection.execute(sa.text(ZONES))]
    for start in range(0, len(known), ITEMS_PER_EVENT):
        payload, event_id = ZonesChanged(items=known[start : start + ITEMS_PER_EVENT]), uuid7(now)
        kind, document = type_of(payload), envelope(str(event_id), to_rfc3339(now), payload)
        row = {"id": event_id, "source": kind.source, "name": kind.name, "envelope": document}
        connection.execute(outbox.insert(), row)
