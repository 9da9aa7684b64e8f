"""Each process of the distributed shape is killed in turn while messages are on their way."""

import os
import random
import signal
from collections.abc import Iterator

import eventlet
import pytest

from golub.registry import PROCESSES
from tests.chaos.traffic import PATIENCE, Traffic, check_nothing_lost_or_doubled
from tests.e2e.platform import OutsideSmsc, Platform, numbers, wait_until
from tests.support.folders import open_folder

WINDOW = 50
VICTIMS = (*PROCESSES, "rabbitmq", "postgres")


@pytest.fixture
def smsc() -> Iterator[OutsideSmsc]:
    with open_folder("smsc") as folder:
        outside = OutsideSmsc(folder)
        yield outside
        outside.stop()


@pytest.fixture
def platform(smsc: OutsideSmsc) -> Iterator[Platform]:
    with open_folder("distributed") as folder:
        one = Platform(folder, distributed=True, SMSC_URL=smsc.url, SMSC_WINDOW=str(WINDOW), **PATIENCE)
        yield one.start()
        one.stop()


def test_nothing_is_lost_or_doubled_when_each_process_is_killed_in_turn(platform: Platform, smsc: OutsideSmsc) -> None:
    """Shows 3 for the distributed shape: 5,000 messages on their way, every process dies once and comes back."""
    recipients = numbers(3_000) + numbers(3_000, prefix="7903")
    random.shuffle(recipients)
    share = 5_000 // len(VICTIMS)
    traffic = []
    for victim in random.sample(VICTIMS, len(VICTIMS)):
        traffic.append(Traffic(platform, [recipients.pop() for _ in range(share)], senders=2))
        eventlet.sleep(random.uniform(0.2, 1.5))
        _kill(platform, victim)
    for one in traffic:
        one.wait()
    platform.wait_until_final(120.0)
    acknowledged = [message for one in traffic for message in one.acknowledged]
    assert len(acknowledged) == share * len(VICTIMS)
    # Two of the victims carry the link: the gateway itself, and the database that says who owns it.
    check_nothing_lost_or_doubled(platform, smsc, acknowledged, most_lost=2 * WINDOW)
    assert platform.stop() < 20.0
    assert platform.leftovers() == []


def _kill(platform: Platform, victim: str) -> None:
    """As a power cut would, and wait until the supervisor has another one running."""
    before = platform.processes[victim]
    os.kill(before["pid"], signal.SIGKILL)

    def back() -> bool:
        now = platform.processes[victim]
        return now["restarts"] > before["restarts"] and now["pid"] != before["pid"]

    wait_until(back, 60.0, f"{victim} back")
