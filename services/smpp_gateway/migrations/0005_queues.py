"""What waits to be charged or submitted waits in queues: of a link, by priority, an advertiser's apart from another's.

Also: when a message may be sent, and where its number was before it was carried to another operator.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

_COLUMNS = """
ALTER TABLE message ADD COLUMN link text NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN priority smallint NOT NULL DEFAULT 3;
ALTER TABLE message ADD COLUMN send_at timestamptz;
ALTER TABLE message ADD COLUMN hours_from smallint;
ALTER TABLE message ADD COLUMN hours_to smallint;
ALTER TABLE message ADD COLUMN estimated_mcc text NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN estimated_mnc text NOT NULL DEFAULT '';
UPDATE message SET priority = CASE sms_type WHEN 'transactional' THEN 1 WHEN 'service' THEN 2 ELSE 3 END
WHERE due_at IS NOT NULL;
UPDATE message SET link = 'main' WHERE state = 'charged';
"""

# A message is in one of the two at most.
_INDEXES = """
DROP INDEX message_due;
CREATE INDEX message_due ON message (state, due_at, id)
    WHERE due_at IS NOT NULL AND state NOT IN ('accepted', 'charged');
CREATE INDEX message_queue ON message (state, link, priority, advertiser_id, due_at, id)
    WHERE state IN ('accepted', 'charged');
"""


def upgrade() -> None:
    for script in (_COLUMNS, _INDEXES):
        op.execute(script)
