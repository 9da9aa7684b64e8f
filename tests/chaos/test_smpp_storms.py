"""Everything goes wrong while messages are on their way: with the operator, with the link, and with the platform itself."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import eventlet
import pytest
import sqlalchemy as sa

from contracts.smpp_gateway import FINAL_STATES
from tests.chaos import storm_checks
from tests.chaos.storm_faults import Faults
from tests.chaos.storm_smsc import StormySmsc
from tests.chaos.storm_traffic import HttpTraffic, Recipients, SmppTraffic
from tests.chaos.storm_world import furnish
from tests.e2e.platform import Platform, wait_until
from tests.support.folders import open_folder

#: Nothing but a receipt may end a part before the test says that the time is over.
PATIENCE = {"GOLUB_RECEIPT_TIMEOUT_SECONDS": "86400", "GOLUB_UNRESOLVED_SECONDS": "86400"}
FAULTS = (
    "kill_gateway",
    "kill_gateway",
    "freeze_gateway",
    "kill_billing",
    "drop_links",
    "storm",
    "postgres_away",
    "rabbitmq_away",
)
_LIMIT_SECONDS = 600.0
#: The operator answers within that what it answers at all.
_ANSWERED_SECONDS = 1.5
_AGED = (
    "WITH aged AS (UPDATE part SET changed_at = changed_at - interval '30 days' WHERE state IN ('submitted', 'unresolved')), "
    "due AS (UPDATE message SET due_at = now() WHERE state IN ('submitting', 'submitted')) SELECT 1"
)


@pytest.fixture
def seed() -> int:
    """Drawn from the seed of the run, and printed."""
    chosen = random.getrandbits(29)
    print(f"the storms' seed is {chosen}")
    return chosen


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder("storms") as made:
        yield made


@pytest.fixture
def smsc(folder: Path, seed: int) -> Iterator[StormySmsc]:
    stormy = StormySmsc(folder, seed)
    yield stormy
    stormy.stop()


@pytest.fixture
def platform(folder: Path, smsc: StormySmsc) -> Iterator[Platform]:
    one = Platform(folder, distributed=True, SMSC_URL=smsc.url, SMSC_WINDOW="100", **PATIENCE)
    try:
        yield one.start()
    finally:
        one.stop()


@pytest.mark.timeout(1800)
def test_nothing_is_lost_doubled_or_paid_wrongly_in_any_weather(
    platform: Platform, smsc: StormySmsc, seed: int
) -> None:
    """Shows 2: 20,000 messages, each kind of fault once, the gateway killed twice."""
    _weather(platform, smsc, Random(seed), FAULTS, 20_200)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_nothing_is_lost_doubled_or_paid_wrongly_in_a_long_season(
    platform: Platform, smsc: StormySmsc, seed: int
) -> None:
    _weather(platform, smsc, Random(seed), FAULTS * 4, 100_000)


def _weather(platform: Platform, smsc: StormySmsc, draw: Random, faults: Sequence[str], messages: int) -> None:
    started, recipients = time.monotonic(), Recipients(draw)
    outcome = draw.choice(("wait", "again"))
    http = HttpTraffic(platform, furnish(platform, outcome), draw)
    smpp = SmppTraffic(platform.smpp_port, recipients.spare(), draw)
    trouble, share = Faults(platform, smsc, draw), messages // len(faults)
    took: dict[str, list[float]] = {}
    for name in draw.sample(faults, len(faults)):
        http.send(recipients.take(share * 4 // 5))
        smpp.send(recipients.take(share - share * 4 // 5))
        eventlet.sleep(draw.uniform(0.3, 1.5))
        before = time.monotonic()
        trouble.by_name(name)()
        took.setdefault(name, []).append(round(time.monotonic() - before, 1))
    http.finish()
    wait_until(lambda: smpp.idle, _LIMIT_SECONDS, "every submit_sm of the client answered")
    sent = time.monotonic()
    phases = _come_to_rest(platform, smsc)
    smpp.stop()
    found, counters = list(storm_checks.ended(platform)), smsc.counters()
    figures = storm_checks.check_messages(found, smsc, counters["sessions"], again=outcome == "again")
    acknowledged = [*http.acknowledged, *smpp.acknowledged]
    assert len(set(acknowledged)) == len(acknowledged) >= messages - len(faults)
    assert set(acknowledged) <= {one.id for one in found}
    storm_checks.check_receipts(found, smpp.receipts)
    storm_checks.check_money(platform, found)
    assert counters["in_storms"] and counters["links_dropped"]
    print(f"{outcome}: {figures}\n{counters}\nfaults {took}, {smpp.doubtful} submits of the client in doubt")
    print(f"sent in {sent - started:.0f} s, then {phases}; checked after {time.monotonic() - started:.0f} s")


def _come_to_rest(platform: Platform, smsc: StormySmsc) -> dict[str, int]:
    """What has no answer yet never gets one: so its session ends. What then waits for a receipt that never comes, waits for
    as long as the platform is set to; what is then submitted again may wait so once more. How many seconds each took."""
    started, phases = time.monotonic(), {}

    def passed(what: str) -> None:
        phases[what] = round(time.monotonic() - started)

    _wait(lambda: _accepted(platform) == 0, "everything submitted")
    passed("submitted")
    smsc.calm()
    smsc.drop()
    _wait(lambda: storm_checks.still_coming(platform, smsc) == [], "every receipt")
    passed("receipts")
    while not _all_final(platform):
        _let_time_pass(platform)
        _wait(lambda: not _aged(platform), "the time noticed")
        _wait(lambda: _accepted(platform) == 0, "everything submitted again")
        eventlet.sleep(_ANSWERED_SECONDS)
        smsc.drop()
        _wait(lambda: storm_checks.still_coming(platform, smsc) == [], "every receipt of what was submitted again")
    platform.wait_until_final(_LIMIT_SECONDS)
    passed("final")
    waiting = "SELECT count(*) FROM client_receipt"
    _wait(lambda: platform.rows("smpp_gateway", waiting) == [(0,)], "every receipt with its client")
    passed("told")
    return phases


def _let_time_pass(platform: Platform) -> None:
    """As if nothing had been heard for a month; quicker than to wait, and no receipt that is late can be too late."""
    _wait(lambda: bool(platform.rows("smpp_gateway", _AGED)), "the time over")


def _aged(platform: Platform) -> int:
    statement = "SELECT count(*) FROM part WHERE state IN ('submitted', 'unresolved') AND changed_at < now() - interval '9 days'"
    return platform.rows("smpp_gateway", statement)[0][0]


def _all_final(platform: Platform) -> bool:
    """But for the money."""
    statement = (
        "SELECT (SELECT count(*) FROM message WHERE NOT state = ANY(:final)) + (SELECT count(*) FROM accepted_order)"
    )
    return platform.rows("smpp_gateway", statement, final=list(FINAL_STATES))[0][0] == 0


def _accepted(platform: Platform) -> int:
    statement = (
        "SELECT (SELECT count(*) FROM message WHERE state IN ('accepted', 'held', 'charged')) "
        "+ (SELECT count(*) FROM accepted_order)"
    )
    return platform.rows("smpp_gateway", statement)[0][0]


def _wait(condition: Callable[[], bool], what: str) -> None:
    """A database that is away for a moment is no answer."""

    def asked() -> bool:
        try:
            return condition()
        except (KeyError, OSError, sa.exc.SQLAlchemyError):
            return False

    wait_until(asked, _LIMIT_SECONDS, what, every_seconds=0.5)
