"""Whatever dies, repeats itself, comes late or not at all: the promises of the pipeline hold.

Each campaign is a random interleaving from one seed; a failure tells it. `GOLUB_WORLD_SEEDS=1,2` runs these instead.
"""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import eventlet
import pytest
from sqlalchemy import text

from kit.database import Transactions, dispose_engine, engine_for
from services.smpp_gateway.outcome import message_state
from services.smpp_gateway.submitting import Submitting
from services.smpp_gateway.telling import tell_totals
from tests.service.smpp_gateway.neighbours import Charge, Part
from tests.service.smpp_gateway.steps import (
    charge,
    claim,
    come_to_rest,
    forgotten,
    line_of,
    lineless,
    match_early,
    overdue,
    random_steps,
    receipts,
    responses,
    settle,
    submit,
    unpack,
)
from tests.service.smpp_gateway.world import TAKEN, World

CAMPAIGNS, LONG_CAMPAIGNS = 8, 120
STEPS = 200
#: Of the world's clock. Others get on while one waits for the database, so that a lease of 12 seconds often ends between
#: the moment in which a stage looks at it and the one in which it writes; all of them together take less than the two
#: hours of a message's validity, however slow the machine is.
SECONDS_PER_STAGE = (0.2, 0.5, 1.0, 5.0)
_TABLES = (
    "message, part, message_term, early_receipt, client_receipt, idempotency, funds_wait, outbox, inbox, totals_change, "
    "link, replica, sending_pause, accepted_order"
)


@pytest.fixture(scope="module")
def database(module_database: Callable[[str], str]) -> Iterator[Transactions]:
    url = module_database("smpp_gateway")
    yield Transactions(engine_for(url))
    dispose_engine(url)


def _seeds(count: int) -> list[int]:
    """The quick run walks the same ways each time, so that a red one means a change; the long run looks for new ways."""
    given = os.environ.get("GOLUB_WORLD_SEEDS")
    if given:
        return [int(one) for one in given.split(",")]
    return list(range(1, count + 1)) if count == CAMPAIGNS else [random.getrandbits(32) for _ in range(count)]


def test_no_message_is_doubled_lost_stuck_or_wrongly_paid(
    database: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    _campaigns(database, monkeypatch, CAMPAIGNS)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_message_is_doubled_lost_stuck_or_wrongly_paid_for_long(
    database: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    _campaigns(database, monkeypatch, LONG_CAMPAIGNS)


def test_three_processes_at_once_that_all_think_they_have_the_link_do_everything_once(
    database: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the database alone decides: greenlets switch at each of its answers, and leases end all the time."""
    with database.begin() as connection:
        connection.execute(text(f"TRUNCATE {_TABLES} CASCADE"))
    seed = random.getrandbits(32)
    print(f"seed {seed}")
    world = World(database, seed, monkeypatch, random_steps(seed), lives=3)
    world.calm, world.billing.left, world.billing.partner_left = True, 10**9, 10**9
    for number, life in enumerate(world.lives, 1):
        life.context.limits = replace(life.context.limits, batch=10, lease=timedelta(seconds=12))
        line_of(life).up, line_of(life).window = True, 30
        # Each has a bind of its own: what it may send over one is told by a mark, of which there is one.
        life.submitting = Submitting(life.context, "main", life.link, life.ends, number)
        life.submitting.take_up(3)
        for _ in range(4):
            recipients = [f"7903{world.numbers + number:07d}" for number in range(30)]
            world.numbers += 30
            world.accepted |= dict.fromkeys(life.accept(*recipients, text=world.chance.choice(("Да", "я" * 150))), 0)
    greenlets = [eventlet.spawn(_hurry, world, number) for number in range(len(world.lives))]
    for greenlet in greenlets:
        greenlet.wait()
    come_to_rest(world)
    _check(world)
    assert len(world.billing.charges) == len(world.accepted) == 360


def _hurry(world: World, number: int) -> None:
    for _ in range(50):
        for stage in (unpack, claim, charge, submit, responses, receipts, match_early, overdue, settle):
            world.act(number, stage)
            world.pass_time(world.chance.choice(SECONDS_PER_STAGE))


def _campaigns(database: Transactions, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    for seed in _seeds(count):
        with database.begin() as connection:
            connection.execute(text(f"TRUNCATE {_TABLES} CASCADE"))
        try:
            _campaign(World(database, seed, monkeypatch, random_steps(seed)))
        except BaseException as error:
            error.add_note(f"repeat with GOLUB_WORLD_SEEDS={seed}")
            raise


def _campaign(world: World) -> None:
    for _ in range(STEPS):
        world.act(world.chance.randrange(len(world.lives)), world.step)
    assert forgotten(world) == []
    assert lineless(world) == []
    come_to_rest(world)
    _check(world)


def _check(world: World) -> None:
    messages, parts = _rows(world, "message"), _rows(world, "part")
    by_message: dict[str, list[Any]] = defaultdict(list)
    for part in parts:
        by_message[str(part.message_id)].append(part)
    assert world.accepted.keys() <= {str(one.id) for one in messages}
    for message in messages:
        own = sorted(by_message[str(message.id)], key=lambda part: part.number)
        _check_end(world, message, own)
        _check_money(world, message, {part.number: part.state for part in own})
    assert set(world.billing.charges) <= {str(one.id) for one in messages}
    _check_totals(world, messages)
    _check_client_receipts(world, messages)


def _check_end(world: World, message: Any, parts: list[Any]) -> None:
    history = {number: world.smsc.history.get((str(message.id), number), []) for number in range(1, message.parts + 1)}
    receipts = [state for number in history for state in world.smsc.sent.get((str(message.id), number), ())]
    assert message.due_at is None
    assert message.final_at is not None
    if parts:
        assert message.state == message_state([part.state for part in parts], message.parts)
    else:
        assert message.state in ("refused", "expired")
        assert not any(history.values())
    for part in parts:
        told = history[part.number]
        if part.state == "unsent":
            assert not {*TAKEN, "refused", "odd"} & set(told), (message.id, part.number, told)
        if part.state == "rejected":
            assert {"refused", "odd"} & set(told) or "rejected" in receipts
        if part.state == "submitted":
            raise AssertionError("a part of a final message waits")
    delivered = sum(part.state == "delivered" for part in parts)
    assert delivered <= receipts.count("delivered")


def _check_money(world: World, message: Any, parts: dict[int, str]) -> None:
    """By the rules: a part the operator took is paid, or only if delivered, and one that it never took is not."""
    key = str(message.id)
    charge = world.billing.charges.get(key)
    assert (message.charged, message.cost) == world.billing.paid(key), (key, message.state)
    if charge is None:
        assert message.state == "refused"
        assert (message.charged, message.cost) == (0, 0)
        return
    if message.state == "refused":
        assert world.billing.paid(key) == (0, 0), "taken by a process that died, and never given back"
        return
    _check_prices(message, charge)
    states = [parts.get(number, "unsent") for number in range(1, message.parts + 1)]
    assert message.charged == sum(map(_kept, charge.sold, states))
    assert message.cost == sum(map(_kept, charge.bought, states))
    if any(part.held for part in [*charge.sold, *charge.bought]):
        assert key in world.billing.settled, "a hold that nobody ends"


def _check_prices(message: Any, charge: Charge) -> None:
    """The message says what billing took for it, of which so much was held, and what each part costs."""
    prices = [part.price for part in charge.sold]
    assert (message.sell_amount, message.buy_amount) == (sum(prices), sum(part.price for part in charge.bought))
    assert message.sell_held == sum(part.price for part in charge.sold if part.held)
    assert message.buy_held == sum(part.price for part in charge.bought if part.held)
    assert (message.part_prices or [prices[0]] * message.parts) == prices


def _kept(part: Part, state: str) -> int:
    if state == "delivered":
        return part.price
    return part.price if state in ("undelivered", "expired", "unknown") and not part.held else 0


def _check_totals(world: World, messages: list[Any]) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    while tell_totals(world.lives[0].context):
        pass
    with world.database.begin() as connection:
        for envelope in connection.execute(text("SELECT envelope FROM outbox")).scalars():
            for item in envelope["data"]["items"]:
                for name in ("messages", "parts", "charged", "cost"):
                    counted[f"{item['state']} {item['direction']}", name] += item[name]
    expected: Counter[tuple[str, str]] = Counter()
    for one in messages:
        for name, value in (("messages", 1), ("parts", one.parts), ("charged", one.charged), ("cost", one.cost)):
            expected[f"{one.state} {one.direction}", name] += value
    assert {k: v for k, v in counted.items() if v} == {k: v for k, v in expected.items() if v}


def _check_client_receipts(world: World, messages: list[Any]) -> None:
    kept = Counter(str(one.message_id) for one in _rows(world, "client_receipt"))
    for message in messages:
        key, delivered = str(message.id), message.state == "delivered"
        wanted = {0: False, 1: True, 2: not delivered, 3: delivered}[message.receipts]
        if key in world.refused_at_the_door:
            assert kept[key] == 0, "the client knows it from its submit_sm_resp"
        elif key in world.accepted:
            assert kept[key] == wanted, (key, message.state, message.receipts)
        else:
            assert kept[key] <= wanted


def _rows(world: World, table: str) -> list[Any]:
    with world.database.begin() as connection:
        return list(connection.execute(text(f"SELECT * FROM {table}")))
