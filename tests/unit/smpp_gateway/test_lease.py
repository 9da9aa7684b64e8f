"""Who takes which bind, hands one on, and stops in time."""

import random
from datetime import UTC, datetime, timedelta

from services.smpp_gateway.lease import LEASE, LEFT_OVER, Bind, BindKey, Fence, Standing, share, surplus, wanted

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AGO = NOW - timedelta(seconds=1)


def _bind(link: str, number: int, owner: str = "", until: datetime = AGO) -> Bind:
    return Bind(link, number, owner, until, "down", NOW, 0, "", None, 0)


def _standing(replicas: int, *binds: Bind) -> tuple[Standing, set[BindKey]]:
    return Standing(NOW, replicas, binds), {one.key for one in binds}


def test_one_process_takes_everything_and_two_take_a_half_each() -> None:
    free = [_bind("a", 1), _bind("a", 2), _bind("b", 1), _bind("b", 2)]
    assert len(wanted(*_args(_standing(1, *free)))) == 4
    assert wanted(*_args(_standing(2, *free))) == [("a", 1), ("b", 1)]


def _args(given: tuple[Standing, set[BindKey]], owner: str = "me") -> tuple[Standing, str, set[BindKey]]:
    return given[0], owner, given[1]


def test_nobody_takes_what_is_leased_or_may_not_be_used() -> None:
    held = _bind("a", 1, "other", NOW + timedelta(seconds=1))
    disabled = _bind("b", 1)
    standing, _ = _standing(1, held, disabled)
    assert wanted(standing, "me", {held.key}) == []


def test_a_lease_is_over_at_its_end_and_not_before() -> None:
    moment = _bind("a", 1, "other", NOW)
    assert wanted(*_args(_standing(1, moment))) == [("a", 1)]


def test_who_has_its_share_takes_what_nobody_took_for_long() -> None:
    own = _bind("a", 1, "me", NOW + LEASE)
    fresh, left = _bind("a", 2), _bind("b", 1, "", NOW - LEFT_OVER)
    assert wanted(*_args(_standing(3, own, fresh, left))) == [("b", 1)]


def test_a_bind_too_many_is_handed_on_from_the_link_with_most_of_them() -> None:
    own = [_bind("a", 1, "me", NOW + LEASE), _bind("b", 1, "me", NOW + LEASE), _bind("b", 2, "me", NOW + LEASE)]
    assert surplus(*_args(_standing(2, *own))) == ("b", 2)
    assert surplus(*_args(_standing(1, *own))) is None
    assert surplus(*_args(_standing(2, own[0]))) is None


def test_however_many_come_and_go_all_binds_are_had_and_evenly() -> None:
    chance = random.Random(7)
    for _ in range(50):
        binds = {BindKey(link, number): "" for link in "abc" for number in range(1, chance.randint(1, 5) + 1)}
        owners = [f"p{number}" for number in range(chance.randint(1, 5))]
        for _ in range(40):
            for owner in owners:
                standing = Standing(
                    NOW,
                    len(owners),
                    [_bind(*key, who, NOW + LEASE if who in owners else AGO) for key, who in binds.items()],
                )
                binds |= dict.fromkeys(wanted(standing, owner, set(binds)), owner)
                much = surplus(standing, owner, set(binds))
                if much is not None and binds[much] == owner:
                    binds[much] = ""
            if chance.random() < 0.1 and len(owners) > 1:
                owners.pop()
        for _ in range(40):
            for owner in owners:
                standing = Standing(
                    NOW,
                    len(owners),
                    [_bind(*key, who, NOW + LEASE if who in owners else AGO) for key, who in binds.items()],
                )
                binds |= dict.fromkeys(wanted(standing, owner, set(binds)), owner)
                much = surplus(standing, owner, set(binds))
                if much is not None and binds[much] == owner:
                    binds[much] = ""
        counts = [list(binds.values()).count(owner) for owner in owners]
        assert sum(counts) == len(binds)
        assert max(counts) <= share(len(binds), len(owners))


def test_the_fence_shuts_before_the_lease_ends_and_counts_from_before_the_question() -> None:
    time = [100.0]
    fence = Fence(lambda: time[0])
    assert not fence.open
    asked_at = fence.now()
    time[0] += 4.0  # The database took its time.
    fence.renewed(asked_at)
    assert fence.open
    time[0] = 106.9
    assert fence.open
    time[0] = 107.0
    assert not fence.open, "the lease ends at 110 at the earliest"
    fence.renewed(106.0)
    assert fence.open
    fence.renewed(101.0)
    assert fence.open, "an answer that comes late takes nothing back"
    fence.shut()
    assert not fence.open
