"""Binds of SMPP clients counted over several processes, and sessions that follow what changes of their accounts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from contracts.accounts_smpp import SmppSession, SmppStanding
from contracts.errors import Unavailable
from kit.clock import FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from services.smpp_gateway import repository_binds
from services.smpp_gateway.client_binds import LEASE, ClientBinds
from services.smpp_gateway.client_checks import EVERY_SECONDS, ClientChecks
from services.smpp_gateway.server_types import BoundAccount, SessionInfo
from tests.service.smpp_gateway.rooms import ADVERTISER, NOW

OTHER = "018f0000-0000-7000-8000-0000000000cc"


@pytest.fixture(scope="module")
def database(module_database: Callable[[str], str]) -> Iterator[Transactions]:
    url = module_database("smpp_gateway")
    yield Transactions(engine_for(url))
    dispose_engine(url)


@pytest.fixture
def db(database: Transactions) -> Transactions:
    with database.begin() as connection:
        connection.execute(text("DELETE FROM smpp_bind"))
    return database


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@dataclass
class Server:
    """What stands in for the sockets of one process."""

    binds_of: ClientBinds
    limits_of: dict[str, BoundAccount] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    unbound: list[int] = field(default_factory=list)
    sessions: dict[int, tuple[BoundAccount, SessionInfo]] = field(default_factory=dict)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.binds_of.server = self  # type: ignore[assignment]
        self.accounts = SimpleNamespace(
            set_share=self.shares.__setitem__, limits=self.limits_of.get, change=self._change
        )

    def _change(self, account: BoundAccount) -> None:
        self.limits_of[account.account_id] = account

    def bind(self, number: int, most: int = 2, account: str = ADVERTISER, kind: str = "transceiver") -> bool:
        bound = BoundAccount(account, most, 10, 100, version=1)
        info = SessionInfo(number, "shop", "192.0.2.1", 0x34, kind)
        share = self.binds_of.take(bound, info)
        if share is not None:
            self.shares[account] = share
            self.limits_of[account] = bound
            self.sessions[number] = (bound, info)
        return share is not None

    def unbind(self, numbers: set[int], reason: str) -> None:
        self.unbound += sorted(numbers)

    def bound(self) -> list[tuple[BoundAccount, SessionInfo]]:
        return list(self.sessions.values())

    def binds(self, account_id: str) -> int:
        return sum(account.account_id == account_id for account, _ in self.sessions.values())

    def monotonic(self) -> float:
        return self.now


def process(db: Transactions, clock: FixedClock) -> Server:
    return Server(ClientBinds(db, clock))


def listed(db: Transactions, clock: FixedClock, account: str = ADVERTISER) -> list[str]:
    with db.begin() as connection:
        return [one.kind for one in repository_binds.listed(connection, account, clock.now(), 100)]


def test_binds_are_counted_over_all_processes(db: Transactions, clock: FixedClock) -> None:
    one, two = process(db, clock), process(db, clock)
    assert [one.bind(1), two.bind(1), one.bind(2), two.bind(2)] == [True, True, False, False]
    assert one.bind(3, account=OTHER)
    assert len(listed(db, clock)) == 2


def test_a_place_that_is_given_back_is_free_at_once_everywhere(db: Transactions, clock: FixedClock) -> None:
    one, two = process(db, clock), process(db, clock)
    one.bind(1, most=1)
    one.binds_of.give_back([1, 77])
    assert two.bind(1, most=1)


def test_the_places_of_a_dead_process_are_free_within_half_a_minute(db: Transactions, clock: FixedClock) -> None:
    dead, alive = process(db, clock), process(db, clock)
    dead.bind(1, most=1)
    clock.advance(LEASE.total_seconds() - 1)
    assert not alive.bind(1, most=1)
    assert len(listed(db, clock)) == 1
    clock.advance(1)
    assert listed(db, clock) == []
    assert alive.bind(1, most=1)
    assert timedelta(seconds=30) >= LEASE


def test_a_living_process_keeps_its_places(db: Transactions, clock: FixedClock) -> None:
    one, two = process(db, clock), process(db, clock)
    one.bind(1, most=1)
    for _ in range(20):
        clock.advance(6)
        one.binds_of.renew()
        two.binds_of.renew()
    assert not two.bind(1, most=1)
    assert one.unbound == []


def test_what_a_process_has_lost_track_of_does_not_count_against_it(db: Transactions, clock: FixedClock) -> None:
    one = process(db, clock)
    one.bind(1, most=1)
    one.binds_of._binds.clear()
    assert one.bind(2, most=1)
    assert len(listed(db, clock)) == 1


def test_after_a_standstill_a_session_keeps_its_place_where_nobody_took_it(db: Transactions, clock: FixedClock) -> None:
    one, two = process(db, clock), process(db, clock)
    one.bind(1, most=1)
    one.bind(2, most=1, account=OTHER)
    clock.advance(120)
    two.binds_of.renew()
    assert two.bind(1, most=1)
    one.binds_of.renew()
    assert one.unbound == [1]
    assert len(listed(db, clock, OTHER)) == 1


def test_a_lower_limit_unbinds_the_latest_and_only_as_many_as_are_too_many(db: Transactions, clock: FixedClock) -> None:
    one, two = process(db, clock), process(db, clock)
    for server, number in ((one, 1), (two, 1), (one, 2), (two, 2)):
        assert server.bind(number, most=4)
        clock.advance(1)
    for server in (one, two):
        server.limits_of[ADVERTISER] = BoundAccount(ADVERTISER, 3, 10, 100)
        server.binds_of.renew()
    assert (one.unbound, two.unbound) == ([], [2])


def test_the_rate_of_an_account_is_divided_by_where_its_senders_are(db: Transactions, clock: FixedClock) -> None:
    one, two = process(db, clock), process(db, clock)
    one.bind(1, most=9)
    assert one.shares[ADVERTISER] == 1.0
    for number in (1, 2, 3):
        two.bind(number, most=9)
    one.bind(5, most=9, kind="receiver")
    for server in (one, two):
        server.binds_of.renew()
    assert (one.shares[ADVERTISER], two.shares[ADVERTISER]) == (0.25, 0.75)
    two.binds_of.give_back([1, 2, 3])
    one.binds_of.renew()
    assert one.shares[ADVERTISER] == 1.0


def test_where_places_can_not_be_counted_none_is_taken(
    db: Transactions, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = process(db, clock)

    def away(*_: Any) -> None:
        raise Unavailable("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(repository_binds, "lock", away)
        with pytest.raises(Unavailable):
            one.bind(1)
    assert one.binds_of._binds == {}
    assert one.bind(1)


class Accounts:
    """Standings by system_id; an error where it is one."""

    def __init__(self) -> None:
        self.refusals: dict[str, str] = {}
        self.asked: list[list[SmppSession]] = []
        self.error: Exception | None = None

    def smpp_standings(self, sessions: list[SmppSession]) -> list[SmppStanding]:
        if self.error is not None:
            raise self.error
        self.asked.append(sessions)
        return [
            SmppStanding(refusal=self.refusals.get(one.advertiser_id, ""), max_binds=1, submits_per_second=7, window=3)
            for one in sessions
        ]


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


@pytest.fixture
def server(db: Transactions, clock: FixedClock) -> Server:
    server = process(db, clock)
    for number, account in ((1, ADVERTISER), (2, ADVERTISER), (3, OTHER)):
        server.bind(number, account=account)
    return server


@pytest.fixture
def checks(accounts: Accounts, server: Server) -> ClientChecks:
    checks = ClientChecks(accounts)  # type: ignore[arg-type]
    checks.server = server  # type: ignore[assignment]
    checks.run_once()
    accounts.asked.clear()
    return checks


def test_who_may_not_stay_is_unbound_and_nobody_else(checks: ClientChecks, accounts: Accounts, server: Server) -> None:
    accounts.refusals[ADVERTISER] = "blocked"
    assert checks.mark([ADVERTISER, "somebody who is not here"])
    checks.run_once()
    assert server.unbound == [1, 2]
    assert [[one.advertiser_id for one in asked] for asked in accounts.asked] == [[ADVERTISER, ADVERTISER]]
    assert not checks.mark(["somebody who is not here"])


def test_new_limits_hold_for_bound_sessions(checks: ClientChecks, server: Server) -> None:
    checks.mark([OTHER])
    checks.run_once()
    limits = server.limits_of[OTHER]
    assert (limits.max_binds, limits.submits_per_second, limits.window, limits.version) == (1, 7, 3, 1)
    assert server.unbound == []


def test_what_could_not_be_looked_at_is_looked_at_later(
    checks: ClientChecks, accounts: Accounts, server: Server
) -> None:
    accounts.refusals[ADVERTISER] = "password"
    accounts.error = Unavailable("accounts is away")
    checks.mark([ADVERTISER])
    with pytest.raises(Unavailable):
        checks.run_once()
    assert server.unbound == [], "nobody is unbound because we can't ask"
    accounts.error = None
    checks.run_once()
    assert server.unbound == [1, 2]


def test_news_that_was_lost_is_made_up_for(checks: ClientChecks, accounts: Accounts, server: Server) -> None:
    accounts.refusals[OTHER] = "address"
    checks.run_once()
    assert server.unbound == []
    server.now += EVERY_SECONDS
    checks.run_once()
    assert server.unbound == [3]


def test_what_changes_while_a_session_is_being_bound_is_not_missed(
    checks: ClientChecks, accounts: Accounts, server: Server
) -> None:
    server.sessions.pop(3)
    checks.remember(OTHER)
    accounts.refusals[OTHER] = "gone"
    assert not checks.mark([OTHER])
    server.bind(9, account=OTHER)
    checks.run_once()
    assert server.unbound == [9]


def test_many_sessions_are_asked_about_in_bounded_batches(
    checks: ClientChecks, accounts: Accounts, server: Server
) -> None:
    account, info = server.sessions[1]
    server.sessions |= dict.fromkeys(range(10, 2010), (account, info))
    server.now += EVERY_SECONDS
    checks.run_once()
    assert [len(asked) for asked in accounts.asked] == [1_000, 1_000, 3]
