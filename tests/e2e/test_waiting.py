"""Many messages wait behind a slow link: the gateway keeps its size, the urgent go first, and a small sender gets its share."""

import functools
import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.platform import OutsideSmsc, Platform, numbers, running, wait_until
from tests.support.folders import open_folder

#: Of the link, which is then the only thing that is slow.
PER_SECOND = 200
MOST_RSS_MB = 400
URGENT = 5

# The simulator delivers to numbers whose last two digits are below 60.
_FILL = """
INSERT INTO message (id, partner_id, advertiser_id, source, recipient, sender, text, sms_type, data_coding, esm_class,
    receipts, state, parts, due_at, expires_at, accepted_at, link, priority, mcc, mnc, direction, sell_amount, buy_amount)
SELECT CAST(:prefix || '7000' || '8' || lpad(to_hex(n), 15, '0') AS uuid), CAST(:partner AS uuid), CAST(:owner AS uuid), 'http',
    '7999' || lpad((n / 60)::text, 5, '0') || lpad((n % 60)::text, 2, '0'), 'GOLUB', 'A sale for everybody who reads this', 'advertising', 0, 0, 0, 'charged', 1,
    now(), now() + interval '1 day', now(), 'main', 3, '250', '01', 'Test', 0, 0
FROM generate_series(1, :count) AS n RETURNING 1
"""


@pytest.fixture(scope="module")
def smsc() -> Iterator[OutsideSmsc]:
    with open_folder("waiting-smsc") as folder:
        one = OutsideSmsc(folder)
        yield one
        one.stop()


@pytest.fixture(scope="module")
def platform(smsc: OutsideSmsc) -> Iterator[Platform]:
    with running("waiting", distributed=True, SMSC_URL=smsc.url) as one:
        slow = json.dumps({"messages_per_second": PER_SECOND})
        one.rows(
            "smpp_gateway",
            "UPDATE link SET settings = settings || CAST(:slow AS jsonb), version = version + 1 WHERE name = 'main' RETURNING 1",
            slow=slow,
        )
        yield one


def _mailing(platform: Platform, count: int) -> None:
    """That many messages of an advertiser of its own, paid and waiting for the link."""
    milliseconds = int(datetime.now(UTC).timestamp() * 1_000)
    values = {
        "prefix": f"{milliseconds:012x}",
        "partner": str(uuid.uuid4()),
        "owner": str(uuid.uuid4()),
        "count": count,
    }
    assert len(platform.rows("smpp_gateway", _FILL, **values)) == count


def _rss_mb(platform: Platform) -> float:
    lines = Path(f"/proc/{platform.processes['smpp_gateway']['pid']}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _send(platform: Platform, recipients: list[str], sms_type: str) -> None:
    body = {"sender": platform.demo["sender"], "text": "Hello", "recipients": recipients, "type": sms_type}
    status, document = platform.api("POST", "/messages", body)
    assert status == 202, document


def _out(smsc: OutsideSmsc, recipient: str) -> bool:
    return recipient in smsc.destinations()


def _urgent_overtakes(platform: Platform, smsc: OutsideSmsc, count: int, prefix: str) -> None:
    """The mailing waits, and each of some urgent messages is submitted before a tenth of it, at most."""
    before = len(smsc.destinations())
    _mailing(platform, count)
    wait_until(lambda: len(smsc.destinations()) > before + PER_SECOND, 60.0, "the mailing goes out")
    for recipient in numbers(URGENT, prefix=prefix):
        at, started = len(smsc.destinations()), time.monotonic()
        _send(platform, [recipient], "transactional")
        accepted = time.monotonic()
        wait_until(functools.partial(_out, smsc, recipient), 60.0, "the urgent message", 0.01)
        ahead = smsc.destinations().index(recipient) - at
        print(
            f"{count} wait: accepted after {accepted - started:.3f} s, submitted {time.monotonic() - accepted:.3f} s later, behind {ahead} others; {_rss_mb(platform):.0f} MB"
        )
        # What is under way when it comes is before it, and what goes out while a busy machine accepts it.
        assert ahead < 5 * PER_SECOND
    assert _rss_mb(platform) < MOST_RSS_MB


def test_an_urgent_message_overtakes_a_hundred_thousand_and_memory_stays_bounded(
    platform: Platform, smsc: OutsideSmsc
) -> None:
    _urgent_overtakes(platform, smsc, 100_000, "7926")


def test_a_small_sender_gets_its_share_of_a_link_that_a_mailing_fills(platform: Platform, smsc: OutsideSmsc) -> None:
    """By the order of what went out: the mailing of the test before still fills the link."""
    small = numbers(100, prefix="7925")
    _send(platform, small, "advertising")
    wait_until(lambda: len(set(small) & set(smsc.destinations())) == len(small), 120.0, "all of the small sender")
    places = [place for place, one in enumerate(smsc.destinations()) if one.startswith("7925")]
    others = places[-1] - places[0] + 1 - len(small)
    assert others < 5 * PER_SECOND


@pytest.mark.long
@pytest.mark.timeout(900)
def test_an_urgent_message_overtakes_a_million_and_memory_stays_bounded(platform: Platform, smsc: OutsideSmsc) -> None:
    _urgent_overtakes(platform, smsc, 1_000_000, "7929")
