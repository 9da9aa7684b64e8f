"""The embedded process is killed as by a power cut, and started again."""

import random
from collections.abc import Iterator, Sequence

import pytest

from tests.chaos.traffic import PATIENCE, Traffic, check_nothing_lost_or_doubled
from tests.e2e.platform import OutsideSmsc, Platform, numbers, wait_until
from tests.support.folders import open_folder

WINDOW = 50
#: In the order of a message's way; each is where a process has done one half of something.
FAILPOINTS = (
    "accept.committed",
    "unpack.stored",
    "unpack.committed",
    "charge.debited",
    "charge.committed",
    "submit.written",
    "submit.marked",
    "submit.sent",
    "link.responses",
    "link.receipts",
    "receipts.committed",
    "settle.done",
    "relay.published",
)


@pytest.fixture
def smsc() -> Iterator[OutsideSmsc]:
    with open_folder("smsc") as folder:
        outside = OutsideSmsc(folder)
        yield outside
        outside.stop()


@pytest.fixture
def platform(smsc: OutsideSmsc) -> Iterator[Platform]:
    """Not started yet."""
    with open_folder("killed") as folder:
        one = Platform(folder, SMSC_URL=smsc.url, SMSC_WINDOW=str(WINDOW), **PATIENCE)
        yield one
        one.stop()


def test_nothing_is_lost_or_doubled_when_the_process_is_killed_at_work(platform: Platform, smsc: OutsideSmsc) -> None:
    """Shows 3 for the embedded shape: deaths at a random moment and between two steps, 5,000 messages on their way."""
    _die_and_go_on(platform, smsc, random.sample(FAILPOINTS, 2))


@pytest.mark.long
def test_nothing_is_lost_or_doubled_between_any_two_steps(platform: Platform, smsc: OutsideSmsc) -> None:
    _die_and_go_on(platform, smsc, FAILPOINTS)


def _die_and_go_on(platform: Platform, smsc: OutsideSmsc, points: Sequence[str]) -> None:
    """Each life sends its share, clears up after the one before, and dies at its point."""
    recipients = numbers(2_500) + numbers(2_500, prefix="7903")
    random.shuffle(recipients)
    share = 2_500 // len(points)
    platform.start()
    traffic = [Traffic(platform, [recipients.pop() for _ in range(5_000 - share * len(points))])]
    enough = random.randint(200, 900)
    wait_until(lambda: len(smsc.destinations()) > enough, 60.0, "traffic", every_seconds=0.05)
    platform.kill()
    for point in points:
        life = platform.launch(GOLUB_FAILPOINT=point)
        traffic.append(Traffic(platform, [recipients.pop() for _ in range(share)]))
        wait_until(lambda life=life: life.ended, 60.0, f"death at {point}")
        assert life.process.returncode == 137, life.said()[-3000:]
    platform.start()
    for one in traffic:
        one.wait()
    platform.wait_until_final(90.0)
    acknowledged = [message for one in traffic for message in one.acknowledged]
    assert len(acknowledged) == 5_000
    check_nothing_lost_or_doubled(platform, smsc, acknowledged, most_lost=(len(points) + 1) * WINDOW)
