"""What people write to our numbers, whose the numbers are, and who wants no more advertising."""

from alembic import op

revision = "0006"
down_revision = "0005"

_NUMBERS = """
CREATE TABLE incoming_number (
    number text PRIMARY KEY,
    partner_id uuid,
    advertiser_id uuid,
    changed_at timestamptz NOT NULL,
    author text NOT NULL,
    CHECK (advertiser_id IS NULL OR partner_id IS NOT NULL)
);
CREATE INDEX incoming_number_of_partner ON incoming_number (partner_id);
CREATE TABLE incoming_keyword (
    number text NOT NULL REFERENCES incoming_number ON DELETE CASCADE,
    keyword text NOT NULL CHECK (keyword <> ''),
    advertiser_id uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    author text NOT NULL,
    PRIMARY KEY (number, keyword)
);
CREATE INDEX incoming_keyword_of_advertiser ON incoming_keyword (advertiser_id);
"""

_INCOMING = """
CREATE TABLE incoming (
    id uuid PRIMARY KEY,
    link text NOT NULL,
    number text NOT NULL,
    sender text NOT NULL,
    text text NOT NULL,
    octets bytea NOT NULL,
    data_coding smallint NOT NULL,
    esm_class smallint NOT NULL,
    parts smallint NOT NULL,
    parts_total smallint NOT NULL,
    fingerprint bytea NOT NULL,
    received_at timestamptz NOT NULL,
    advertiser_id uuid,
    keyword text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('message', 'stop', 'start')),
    repeat_of uuid
);
CREATE INDEX incoming_of_advertiser ON incoming (advertiser_id, id);
CREATE INDEX incoming_fingerprint ON incoming (fingerprint, received_at);
CREATE TABLE incoming_part (
    id uuid PRIMARY KEY,
    link text NOT NULL,
    number text NOT NULL,
    sender text NOT NULL,
    reference integer NOT NULL,
    total smallint NOT NULL,
    sequence smallint NOT NULL,
    octets bytea NOT NULL,
    data_coding smallint NOT NULL,
    received_at timestamptz NOT NULL,
    incoming_id uuid
);
CREATE INDEX incoming_part_like ON incoming_part (sender, number, reference);
CREATE INDEX incoming_part_late ON incoming_part (received_at) WHERE incoming_id IS NULL;
"""

# What waits for an advertiser's SMPP client, and what became of it.
_FORWARD = """
CREATE TABLE incoming_setting (
    advertiser_id uuid PRIMARY KEY,
    smpp boolean NOT NULL
);
CREATE TABLE incoming_forward (
    id uuid PRIMARY KEY REFERENCES incoming ON DELETE CASCADE,
    advertiser_id uuid NOT NULL,
    number text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'expired')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX incoming_forward_waiting ON incoming_forward (advertiser_id, number, id) WHERE state = 'waiting';
CREATE INDEX incoming_forward_oldest ON incoming_forward (id) WHERE state = 'waiting';
"""

_STOP = """
CREATE TABLE stop_list (
    advertiser_id uuid NOT NULL,
    recipient text NOT NULL,
    reason text NOT NULL CHECK (reason IN ('word', 'manual')),
    author text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (advertiser_id, recipient)
);
CREATE TABLE stop_word (
    key text PRIMARY KEY,
    word text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('stop', 'start'))
);
"""

#: (word, the form in which it is compared: see `stopping.word_key`, kind)
_WORDS = (
    ("СТОП", "стоп", "stop"),
    ("STOP", "sтор", "stop"),
    ("ОТПИСКА", "отписка", "stop"),
    ("UNSUBSCRIBE", "unsuвsсriве", "stop"),
    ("СТАРТ", "старт", "start"),
    ("START", "sтаrт", "start"),
)


def upgrade() -> None:
    for script in (_NUMBERS, _INCOMING, _FORWARD, _STOP):
        op.execute(script)
    for word, key, kind in _WORDS:
        op.execute(f"INSERT INTO stop_word (word, key, kind) VALUES ('{word}', '{key}', '{kind}')")
