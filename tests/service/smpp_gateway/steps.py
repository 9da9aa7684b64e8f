"""What lives of a random world do, one step at a time, and how such a world comes to rest."""

import contextlib
import random
from collections.abc import Callable, Sequence

from sqlalchemy import text

from contracts.errors import Unavailable
from contracts.tariffs import Tier
from services.smpp_gateway.lease import BindKey, Fence
from services.smpp_gateway.order_pace import Pace
from services.smpp_gateway.passage import Passage
from services.smpp_gateway.pausing import Pausing
from services.smpp_gateway.repository_leases import Report
from services.smpp_gateway.work import Work
from tests.service.smpp_gateway.neighbours import tier
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room
from tests.service.smpp_gateway.world import Line, World

BIND = BindKey("main", 1)

Step = Callable[[World, Room], object]


def line_of(life: Room) -> Line:
    return life.link  # type: ignore[return-value]


def accept(world: World, life: Room) -> None:
    chance = world.chance
    recipients = []
    for _ in range(chance.randint(1, 4)):
        world.numbers += 1
        prefix = chance.choices(("7903", "1202555", "wrong"), (12, 1, 1))[0]
        recipients.append(f"{prefix}{world.numbers:0{max(0, 11 - len(prefix))}d}")
    receipts = chance.randint(0, 3)
    long = chance.random() < 0.4
    ids = life.accept(*recipients, text="я" * 150 if long else "Привет", receipts=receipts)
    world.accepted |= dict.fromkeys(ids, receipts)
    world.refused_at_the_door |= {one.id for one in life.answers if one.state == "refused"}


def unpack(world: World, life: Room) -> None:
    """As in a lull of large orders."""
    life.context.order_pace = Pace()
    life.unpacking.run_once()


def charge(world: World, life: Room) -> None:
    life.charging.run_once()


def submit(world: World, life: Room) -> None:
    if line_of(life).usable:
        life.submitting.run_once()


def tend(world: World, life: Room) -> None:
    """As `LinkRunner._tend` does now and then."""
    life.submitting.feeding.tend(up=line_of(life).usable)


def claim(world: World, life: Room) -> None:
    life.sweeping.claim_accepted()
    if line_of(life).usable:
        life.sweeping.claim_charged("main")


def held(world: World, life: Room) -> None:
    life.waiting.end_waits()
    life.waiting.release()


def overdue(world: World, life: Room) -> None:
    life.sweeping.overdue("main")


def late(world: World, life: Room) -> None:
    life.sweeping.late()


def pause(world: World, life: Room) -> None:
    Pausing(life.context).pause(PARTNER, ADVERTISER, "anna", "", "advertiser")


def resume(world: World, life: Room) -> None:
    Pausing(life.context).resume(ADVERTISER, "advertiser")


def hear_of_pauses(world: World, life: Room) -> None:
    Pausing(life.context).refresh()


def settle(world: World, life: Room) -> None:
    life.settling.run_once()


def match_early(world: World, life: Room) -> None:
    life.ends.match_early()


def responses(world: World, life: Room) -> None:
    """Some of the answers that are there; what could not be stored is told again."""
    line = line_of(life)
    batch = line.responses[: world.chance.randint(1, 5)]
    if not batch:
        return
    line.pending -= {one.key for one in batch}  # type: ignore[misc]
    del line.responses[: len(batch)]
    world.said += [("response", one) for one in batch]
    try:
        life.submitting.on_responses(batch)
    except Unavailable:
        line.responses[:0] = batch
        raise


def lost(world: World, life: Room) -> None:
    """Responses that did not come in time, or whose connection died."""
    line = line_of(life)
    silent = sorted(line.pending - {one.key for one in line.responses})[:3]
    line.pending -= set(silent)
    keys, line.lost = line.lost + silent, []
    if keys:
        try:
            life.submitting.on_lost(keys)
        except Unavailable:
            line.lost = keys
            raise


def receipts(world: World, life: Room) -> None:
    """Some receipts, in any order; the SMSC keeps what is not acknowledged, and now and then repeats itself."""
    if not line_of(life).usable or not world.smsc.receipts:
        return
    waiting = world.smsc.receipts
    batch = world.chance.sample(waiting, min(len(waiting), world.chance.randint(1, 4)))
    life.ends.on_receipts([world.receipt(*one) for one in batch])
    if world.calm or world.chance.random() < 0.9:
        for one in batch:
            if one in waiting:
                waiting.remove(one)


def repeat(world: World, life: Room) -> None:
    """An answer that was told before is told again."""
    if world.said:
        life.submitting.on_responses([world.chance.choice(world.said)[1]])


def take_link(world: World, life: Room) -> None:
    """As `Fleet.look` and `LinkRunner.take_up`, for the one bind that there is."""
    line = line_of(life)
    if line.up:
        return
    fence = Fence(lambda: world.monotonic)
    asked_at = fence.now()
    with life.db.begin() as connection:
        taken = line.leases.take(connection, [BIND], world.clock.now())
    if taken:
        fence.renewed(asked_at)
        _take_up(life, fence)


def _take_up(life: Room, fence: Fence) -> None:
    life.submitting.take_up(3)
    line = line_of(life)
    line.fence, line.up = fence, True
    life.context.submits_here = lambda _: line.up
    life.context.passages_of = lambda works: _short_way(life, works)


def _short_way(life: Room, works: Sequence[Work]) -> list[Passage]:
    """As `Fleet.passages_of`, for the one bind that there is."""
    left, fitting = line_of(life).free_window, []
    for work in works:
        left -= work.parts
        if left < 0 or work.expires_at <= life.clock.now():
            break
        fitting.append(work)
    free = fitting and not len(life.context.queue("main")) and not len(life.submitting.feeding.stock)
    return [Passage(life.submitting, fitting, lambda: None)] if free else []


def renew_lease(world: World, life: Room) -> None:
    """As `Fleet.renew`. Who is not the owner any more puts its session down."""
    line = line_of(life)
    if line.fence is None or not line.up:
        return
    asked_at = line.fence.now()
    with life.db.begin() as connection:
        kept = line.leases.renew(connection, {BIND: Report("bound", 0, "", 0)}, world.clock.now())
    if kept:
        line.fence.renewed(asked_at)
    else:
        _put_down(life)


def watch_lease(world: World, life: Room) -> None:
    """As `Fleet.watch`: nobody is asked."""
    line = line_of(life)
    if line.up and not line.usable:
        _put_down(life)


def drop_link(world: World, life: Room) -> None:
    """Put down in peace: another may have it at once."""
    _put_down(life)
    with life.db.begin() as connection:
        line_of(life).leases.release(connection, [BIND], "", world.clock.now())


def _put_down(life: Room) -> None:
    line_of(life).drop()
    with contextlib.suppress(Unavailable):
        life.submitting.feeding.tend(up=False)
    life.context.give_up_submits("main")


def keep_link(world: World, life: Room) -> None:
    """Of the only life there is, which renews its lease all the time."""
    line = line_of(life)
    if line.fence is None or not line.up:
        take_link(world, life)
    else:
        line.fence.renewed(line.fence.now())


def top_up(world: World, life: Room) -> None:
    world.billing.left += world.chance.randint(0, 60_000)
    world.billing.partner_left += world.chance.randint(0, 30_000)
    life.news_of_money([ADVERTISER], [PARTNER])


def change_terms(world: World, life: Room) -> None:
    chance = world.chance
    world.tariffs.price = chance.choice((8_000, 8_000, 9_000))
    world.tariffs.by_delivered, world.tariffs.buy_by_delivered = chance.random() < 0.3, chance.random() < 0.2
    world.tariffs.sell_tiers = _tiers(world, 8_000) if chance.random() < 0.5 else None
    world.tariffs.buy_tiers = _tiers(world, 4_000) if chance.random() < 0.3 else None
    # Once in a while nothing of this life's and everything of another's is refused.
    world.tariffs.gone = not world.tariffs.gone and chance.random() < 0.15
    world.senders.blocked = not world.senders.blocked and chance.random() < 0.15
    world.billing.away = chance.random() < 0.1


def _tiers(world: World, price: int) -> list[Tier]:
    """A part becomes cheaper as the month goes on, or dearer, and may cost only what is delivered."""
    chance = world.chance
    starts = sorted(chance.sample(range(2, 120), chance.randint(1, 3)), reverse=True)
    changes = chance.choice((-500, -500, 700))
    later = [
        tier(start, price + changes * (len(starts) - index), by_delivered=chance.random() < 0.4)
        for index, start in enumerate(starts)
    ]
    return [*later, tier(1, price, by_delivered=chance.random() < 0.3)]


def time_passes(world: World, life: Room) -> None:
    chance = world.chance
    seconds = chance.choices((0.5, 3.0, 20.0, 45.0, 700.0, 4_000.0, -7.0), (20, 20, 10, 10, 1, 0.5, 2))[0]
    world.pass_time(seconds)


def stop(world: World, life: Room) -> None:
    """A graceful stop, and another life in its place."""
    drop_link(world, life)
    life.context.give_up_leases()
    world.die(world.lives.index(life))


def die(world: World, life: Room) -> None:
    world.die(world.lives.index(life))


STEPS: dict[Step, int] = {
    pause: 1, resume: 4, hear_of_pauses: 3, late: 3, accept: 10, unpack: 8, charge: 14, submit: 14, tend: 4, claim: 8, held: 4, overdue: 4, settle: 6, match_early: 4, responses: 16,
    lost: 6, receipts: 12, repeat: 2, take_link: 12, renew_lease: 12, watch_lease: 4, drop_link: 2, top_up: 3, change_terms: 6, time_passes: 10, stop: 1,
    die: 1,
}  # fmt: skip


def random_steps(seed: int) -> Step:
    """Draws steps. Each campaign does some of them much more and some much less than others do."""
    taste = random.Random(seed)
    weights = [weight * (1 if step is accept else taste.choice((0.3, 1, 1, 3))) for step, weight in STEPS.items()]

    def random_step(world: World, life: Room) -> None:
        world.chance.choices(list(STEPS), weights)[0](world, life)

    return random_step


def come_to_rest(world: World) -> None:
    """Nothing fails any more, one life is left, and time passes until nothing waits."""
    world.calm = True
    world.billing.away = world.senders.blocked = world.tariffs.gone = False
    for number in range(len(world.lives)):
        world.die(number)
    del world.lives[1:]
    (life,) = world.lives
    resume(world, life)
    for seconds in [1.0, 5.0, 31.0, 31.0, 31.0, 130.0] * 3 + [700.0] * 3 + [3_700.0] * 6 + [31.0] * 4:
        world.pass_time(seconds)
        for _ in range(30):
            before = world.fingerprint()
            for step in (
                keep_link,
                unpack,
                claim,
                held,
                charge,
                submit,
                tend,
                responses,
                lost,
                receipts,
                match_early,
                overdue,
                late,
                settle,
            ):
                step(world, life)
            if world.fingerprint() == before and not line_of(life).pending and not world.smsc.receipts:
                break
        if not world.waiting() and not line_of(life).pending:
            return
    raise AssertionError(f"something waits for ever: {world.waiting()}")


def forgotten(world: World) -> list[str]:
    """Messages that are not final and that nothing will ever look at again."""
    with world.database.begin() as connection:
        return list(
            connection.execute(
                text(
                    "SELECT id::text || ' ' || state FROM message WHERE due_at IS NULL AND state NOT IN "
                    "('delivered', 'undelivered', 'expired', 'rejected', 'unknown', 'refused')"
                )
            ).scalars()
        )


def lineless(world: World) -> list[str]:
    """Held messages that no money would ever wake, as nobody looks at a line of theirs."""
    statement = text(
        "SELECT m.id::text FROM message m WHERE state = 'held' AND NOT EXISTS (SELECT FROM funds_wait f "
        "WHERE f.advertiser_id = m.advertiser_id AND f.reason = m.reason)"
    )
    with world.database.begin() as connection:
        return list(connection.execute(statement).scalars())
