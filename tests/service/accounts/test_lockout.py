"""Who guesses SMPP passwords is kept out by all processes, and nobody else is by any."""

import logging
from datetime import timedelta

import eventlet
import pytest

from contracts.accounts import AccountsClient
from contracts.errors import TooManyRequests, Unauthenticated
from services.accounts import lockout_repository
from services.accounts.gate import GateKeeper
from services.accounts.lockout import FREE_OF_LOGIN, FREE_OF_PLACE, keys
from services.accounts.service_smpp import BindAttempt
from tests.service.accounts.conftest import World, process
from tests.service.accounts.test_keys import ADDRESS, bind, hashings, set_password

__all__ = ["hashings"]

ELSEWHERE = "198.51.100.7"


@pytest.fixture
def another(world: World) -> AccountsClient:
    """Another process of the service."""
    return process(world.db, world.clock, GateKeeper())


def attempt(world: World, system_id: str = "shop", address: str = ADDRESS) -> BindAttempt:
    return BindAttempt(world.db, system_id, address, world.clock.now())


def fail(world: World, times: int, system_id: str = "shop", address: str = ADDRESS) -> None:
    for _ in range(times):
        attempt(world, system_id, address).failed()


def wait(world: World, system_id: str = "shop", address: str = ADDRESS) -> int:
    """Seconds it is kept out, 0 when it is not."""
    try:
        attempt(world, system_id, address).check()
    except TooManyRequests as error:
        return int(error.data["retry_after_seconds"])
    return 0


def rows(world: World) -> int:
    return int(world.query("SELECT count(*) FROM smpp_attempts")[0][0])


def test_guesses_at_several_processes_are_counted_together(
    world: World, another: AccountsClient, hashings: list[str]
) -> None:
    set_password(world)
    clients = [world.client, another]
    for number in range(FREE_OF_LOGIN):
        with pytest.raises(Unauthenticated):
            clients[number % 2].authenticate_smpp(system_id="shop", password=f"guess{number}", address=ADDRESS)
    tried = len(hashings)
    for client in [*clients, process(world.db, world.clock, GateKeeper())]:
        with pytest.raises(TooManyRequests):
            client.authenticate_smpp(system_id="shop", password="secret1", address=ADDRESS)
    assert len(hashings) == tried, "while it is kept out no password is tried"
    assert another.authenticate_smpp(system_id="shop", password="secret1", address=ELSEWHERE)


def test_a_client_known_to_one_process_is_known_to_all(world: World, another: AccountsClient) -> None:
    set_password(world)
    bind(world)
    for number in range(FREE_OF_PLACE):
        fail(world, 1, system_id=f"guess{number}")
    assert wait(world, "stranger") == 10
    assert another.authenticate_smpp(system_id="shop", password="secret1", address=ADDRESS)


def test_failures_at_the_same_moment_are_all_counted(world: World) -> None:
    crowd = [eventlet.spawn(fail, world, 5) for _ in range(8)]
    for one in crowd:
        one.wait()
    login, place = keys("shop", ADDRESS)
    with world.db.begin() as connection:
        assert [one.count for one in lockout_repository.failures_of(connection, login, place)] == [40, 40]


def test_guesses_from_elsewhere_do_not_keep_a_client_out(world: World) -> None:
    for number in range(20):
        fail(world, FREE_OF_PLACE, address=f"198.51.100.{number}")
    assert wait(world) == 0


def test_a_good_password_of_ones_own_buys_no_guesses_at_those_of_others(world: World) -> None:
    for number in range(FREE_OF_PLACE):
        fail(world, 1, system_id=f"guess{number}")
        attempt(world, "own").passed()
    assert wait(world, "victim") > 0
    assert wait(world, "victim", ELSEWHERE) == 0


def test_success_forgets_the_failures_of_that_login(world: World) -> None:
    fail(world, FREE_OF_LOGIN - 1)
    attempt(world).passed()
    fail(world, FREE_OF_LOGIN - 1)
    assert wait(world) == 0
    fail(world, 1)
    assert wait(world) == 10


def test_an_hour_without_failure_begins_anew(world: World) -> None:
    fail(world, FREE_OF_LOGIN + 5)
    world.clock.advance(3_601)
    fail(world, FREE_OF_LOGIN - 1)
    assert wait(world) == 0
    fail(world, 1)
    assert wait(world) == 10


def test_the_table_is_bounded_and_those_touched_longest_ago_go_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockout_repository, "MOST_ROWS", 10)
    for number in range(20):
        fail(world, 1, system_id=f"guess{number}")
        world.clock.advance(1)
    with world.db.begin() as connection:
        assert lockout_repository.purge(connection, world.clock.now()) == 11
    assert rows(world) == 10
    fail(world, FREE_OF_LOGIN - 1, system_id="guess19")
    assert wait(world, "guess19") == 10, "the newest are remembered"


def test_what_means_nothing_any_more_goes(world: World) -> None:
    fail(world, 1)
    attempt(world, "own").passed()
    world.clock.advance(timedelta(hours=25).total_seconds())
    attempt(world, "late").passed()
    with world.db.begin() as connection:
        assert lockout_repository.purge(connection, world.clock.now()) == 3
    assert rows(world) == 1


def test_one_line_is_logged_each_time_that_somebody_is_kept_out(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        fail(world, FREE_OF_LOGIN)
        for _ in range(20):
            wait(world)
    assert [record.getMessage() for record in caplog.records] == [
        f"Binds as 'shop' from {ADDRESS} are refused for 10 s after failures."
    ]
