"""Packages, debits, holds, captures, releases, corrections, expiry and top-ups in random order, with repeats and
concurrent workers, on a real PostgreSQL, against a simple model.

Money is never overdrawn past limit and credit, never taken twice, and always equal to its entries. A failure prints the
steps that lead to it; `GOLUB_TEST_SEED` repeats the run.
"""

import copy
import itertools
import pickle
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import eventlet
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, text

from contracts.billing import DebitItem
from contracts.tariffs import TariffRow, Tier
from services.billing.audit import audit
from tests.service.billing import money_steps as steps
from tests.service.billing.money_model import Model, joined
from tests.service.billing.office import NOW, Office, new_id

STEPS, LEAST_COMPARED = 100, 10_000
MANY_STEPS, MANY_COMPARED = 250, 100_000
#: Ways of so many steps are walked between two looks at how many steps were compared: not every way has them all.
WAYS_A_ROUND = 10

SUMS = st.integers(0, 300)
PICKS = st.integers(0, 10**6)
#: Batches are made from one drawn number: a hundred draws for each would take longer than the database.
SEEDS = st.integers(0, 2**32 - 1)
PRICES = (0, 1, 3, 7, 20)
MNCS = ("01", "99")
TYPES = ("advertising", "service")


def some_tiers(chance: random.Random, mnc: str, sms_type: str) -> list[Tier] | None:
    """None, or the rows of a tariff that match, in order of precedence; some parts of the month may have no price.

    No rows at all: the tariff says nothing of the message.
    """
    if chance.random() < 0.5:
        return None
    rows = []
    for row_mnc, row_type in ((mnc, sms_type), (mnc, ""), ("", sms_type), ("", "")):
        from_nth = chance.choice((0, 1, 3, 10))
        if from_nth:
            price, by_delivered = chance.choice(PRICES), chance.random() < 0.5
            row = Tier(
                from_nth=from_nth, price=price, by_delivered=by_delivered, mcc="250", mnc=row_mnc, sms_type=row_type
            )
            rows.append(row)
        if from_nth == 1:
            break
    return rows or chance.choice((None, []))


def some_prices(chance: random.Random) -> list[TariffRow]:
    keys = {(chance.choice(("", "99")), chance.choice(("", "advertising")), chance.choice((1, 4))) for _ in range(2)}
    return [
        TariffRow(
            mcc="250",
            mnc=mnc,
            sms_type=kind,
            by_delivered=chance.random() < 0.5,
            price=chance.choice(PRICES),
            from_nth=nth,
        )
        for mnc, kind, nth in sorted(keys)[: chance.randrange(3)]
    ]


def some_outcomes(chance: random.Random, parts: int) -> str:
    return "".join(chance.choices("dux", k=parts))


def _orders(model: Model, work: list[Any], answers: list[Any], rest: frozenset[int]) -> Iterator[Model]:
    """The model after each order of the rest of the work in which it gives these answers."""
    if not rest:
        yield model
    for index in rest:
        after = pickle.loads(pickle.dumps(model))
        if work[index].model(after) == answers[index]:
            yield from _orders(after, work, answers, rest - {index})


class MoneyMachine(RuleBasedStateMachine):
    office: ClassVar[Office]
    #: A connection that only looks, without transactions.
    glance: ClassVar[Connection]
    done: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.office.clock.moment = NOW
        self.model = Model(new_id(), new_id(), NOW)
        self.sent: list[DebitItem] = []
        self.last: Any = None

    # --- the common way of a step ---

    def both(self, step: Any) -> None:
        """Do it to both, and compare the answers and then the sums."""
        self.last = step
        expected = step.model(self.model)
        assert steps.outcome(step, self.office) == expected
        self.compare()

    def compare(self, steps_done: int = 1) -> None:
        type(self).done += steps_done
        assert self.found() == self.model.sums()
        for pack in self.model.packages.values():
            assert pack.postpaid or pack.spent + pack.held + pack.expired <= pack.credited + pack.credit

    def found(self) -> dict[str, tuple[int, ...]]:
        """What the database keeps of each package, and of the partner once it has an account."""
        ids = {"advertiser": self.model.advertiser_id, "partner": self.model.partner_id}
        rows = self._look(
            "SELECT CAST(id AS text), credited, credit, spent, held, expired FROM package "
            "WHERE advertiser_id = CAST(:advertiser AS uuid) UNION ALL "
            "SELECT CAST(id AS text), credited, credit, spent, held, 0 FROM account WHERE id = CAST(:partner AS uuid)",
            **ids,
        )
        return {row[0]: tuple(row[1:]) for row in rows}

    def payers(self, work: list[Any]) -> dict[str, list[tuple[str, int]]]:
        """Of the messages of these debits: who paid, in the order of their parts."""
        rows = self._look(
            "SELECT CAST(message_id AS text), CAST(package_ids AS text[]), package_amounts FROM charge "
            "WHERE message_id = ANY (CAST(:ids AS uuid[]))",
            ids=[item.message_id for step in work if isinstance(step, steps.Debit) for item in step.items],
        )
        return {id: joined(zip(package_ids, amounts, strict=True)) for id, package_ids, amounts in rows}

    def _look(self, sql: str, **arguments: Any) -> list[Any]:
        return list(self.glance.execute(text(sql), arguments))

    # --- the steps ---

    @initialize(amount=SUMS, credit=SUMS, package=SUMS)
    def begin(self, amount: int, credit: int, package: int) -> None:
        self.both(steps.CreditPartner(self.model.partner_id, amount * 5, credit))
        self._add(package + 1, 0, False, 0, 40, [])

    @rule(amount=SUMS, seed=SEEDS)
    def add_package(self, amount: int, seed: int) -> None:
        chance = random.Random(seed)
        postpaid = chance.random() < 0.2
        credit, starts, days = chance.choice((0, 0, 50)), chance.choice((-1, 0, 0, 2)), chance.choice((2, 5, 40))
        self._add(amount + (not postpaid), credit, postpaid, starts, days, some_prices(chance))

    def _add(self, amount: int, credit: int, postpaid: bool, starts: int, days: int, prices: list[TariffRow]) -> None:
        step = steps.AddPackage(amount, credit, postpaid, starts, days, prices)
        number = step.real_in(self.office, self.model)
        assert step.model(self.model) == number
        self.compare()

    @rule(amount=SUMS, credit=st.sampled_from([0, 100, 300]))
    def credit_partner(self, amount: int, credit: int) -> None:
        self.both(steps.CreditPartner(self.model.partner_id, amount, credit))

    @rule(amount=st.integers(-300, 60))
    def correct_partner(self, amount: int) -> None:
        self.both(steps.CorrectPartner(self.model.partner_id, amount or 1))

    def _new_item(self, chance: random.Random) -> DebitItem:
        mnc, sms_type = chance.choice(MNCS), chance.choice(TYPES)
        return DebitItem(
            message_id=new_id(),
            attempt=1,
            advertiser_id=self.model.advertiser_id,
            partner_id=self.model.partner_id,
            parts=chance.randint(1, 3),
            mcc="250",
            mnc=mnc,
            sms_type=sms_type,
            sell_price=chance.choice(PRICES),
            buy_price=chance.choice(PRICES),
            by_delivered=chance.random() < 0.5,
            buy_by_delivered=chance.random() < 0.5,
            sell_tiers=some_tiers(chance, mnc, sms_type),
            buy_tiers=some_tiers(chance, mnc, sms_type),
        )

    def _again(self, chance: random.Random) -> DebitItem:
        """An item of before: as it was, at other prices, of a later attempt, or with other parts."""
        item = copy.copy(chance.choice(self.sent))
        change = chance.choice(("", "price", "attempt", "parts"))
        if change == "price":
            item.sell_price, item.sell_tiers = item.sell_price + 1, None
        elif change == "attempt":
            item.attempt += 1
        elif change == "parts":
            item.parts = item.parts % 3 + 1
        return item

    def _batch(self, chance: random.Random) -> steps.Debit:
        items = []
        for _ in range(chance.randint(1, 4)):
            again = self.sent and chance.random() < 0.25
            items.append(self._again(chance) if again else self._new_item(chance))
            self.sent.append(items[-1])
        return steps.Debit(items)

    @rule(seed=SEEDS)
    def debit(self, seed: int) -> None:
        self.both(self._batch(random.Random(seed)))

    def _settlement(self, chance: random.Random) -> steps.Settle:
        """Of anything that was sent, paid for or not, settled or not."""
        id = chance.choice(self.sent).message_id
        paid = self.model.paid.get(id)
        return steps.Settle(id, some_outcomes(chance, len(paid.parts) if paid else 1))

    @precondition(lambda self: self.sent)
    @rule(seed=SEEDS)
    def settle(self, seed: int) -> None:
        self.both(self._settlement(random.Random(seed)))

    @precondition(lambda self: self.model.paid)
    @rule(seed=SEEDS)
    def settle_what_is_paid(self, seed: int) -> None:
        chance = random.Random(seed)
        id = chance.choice(list(self.model.paid))
        self.both(steps.Settle(id, some_outcomes(chance, len(self.model.paid[id].parts))))

    @precondition(lambda self: self.model.paid)
    @rule(pick=PICKS, amount=st.integers(1, 30))
    def refund(self, pick: int, amount: int) -> None:
        ids = list(self.model.paid)
        self.both(steps.Refund(ids[pick % len(ids)], amount))

    @precondition(lambda self: isinstance(self.last, steps.Refund | steps.CreditPartner))
    @rule()
    def repeat_the_last(self) -> None:
        """The first answer again, and nothing done: the sums stay."""
        if isinstance(self.last, steps.Refund):
            self.both(self.last)
        else:
            steps.outcome(self.last, self.office)
            self.compare()

    def _package(self, pick: int) -> str:
        ids = list(self.model.packages)
        return ids[pick % len(ids)]

    def _correction(self, pick: int, amount: int) -> steps.Correct:
        return steps.Correct(self.model.partner_id, self._package(pick), amount or 1)

    @rule(pick=PICKS, amount=st.integers(-60, 60))
    def correct(self, pick: int, amount: int) -> None:
        self.both(self._correction(pick, amount))

    @rule(pick=PICKS)
    def delete(self, pick: int) -> None:
        self.both(steps.Delete(self.model.partner_id, self._package(pick)))

    @rule(pick=PICKS, credit=SUMS, days=st.integers(-2, 30))
    def change_terms(self, pick: int, credit: int, days: int) -> None:
        ends = self.model.now + timedelta(days=days, seconds=1)
        self.both(steps.ChangeTerms(self.model.partner_id, self._package(pick), credit, ends))

    @rule(hours=st.sampled_from([1, 10, 30]))
    def pass_time(self, hours: int) -> None:
        self.model.now += timedelta(hours=hours)
        self.office.clock.moment = self.model.now
        self.office.service.make_partitions()

    @rule()
    def expire(self) -> None:
        self.both(steps.Expire())

    @rule(seed=SEEDS)
    def at_once(self, seed: int) -> None:
        """Several workers at once: there is an order in which the model gives every answer that they got."""
        chance = random.Random(seed)
        work: list[Any] = [self._batch(chance) for _ in range(chance.randint(2, 3))]
        if chance.random() < 0.5:
            work.append(self._correction(chance.randrange(100), chance.randint(-60, 60)))
        if chance.random() < 0.5:
            work.append(self._settlement(chance))
        pool = eventlet.GreenPool(len(work))
        answers = list(pool.imap(lambda step: steps.outcome(step, self.office), work))
        found, payers = self.found(), self.payers(work)
        for model in _orders(self.model, work, answers, frozenset(range(len(work)))):
            # Who paid what tells orders apart whose answers and sums are alike.
            if model.sums() == found and all(model.payers(id) == paid for id, paid in payers.items()):
                self.model, self.last = model, None
                self.compare(len(work))
                return
        before = [f"before: {id} {pack}" for id, pack in self.model.packages.items() if not pack.deleted]
        lines = ["no order explains the answers", f"{answers}, sums {found}, payers {payers}", *before, *map(str, work)]
        raise AssertionError("\n".join(lines))

    def teardown(self) -> None:
        with self.office.db.begin() as connection:
            # Days go by in which nothing is settled, so old holds are no surprise.
            assert audit(connection, NOW) == []


@pytest.fixture
def machine(shared_url: str) -> Iterator[type[MoneyMachine]]:
    office = MoneyMachine.office = Office(shared_url)
    MoneyMachine.done = 0
    with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as glance:
        MoneyMachine.glance = glance
        yield MoneyMachine
    office.engine.dispose()


def _run(machine: type[MoneyMachine], least: int, step_count: int, run_seed: str) -> None:
    """Walk until so many steps were compared."""
    print(f"repeat with GOLUB_TEST_SEED={run_seed}")
    chosen = settings(
        max_examples=WAYS_A_ROUND,
        stateful_step_count=step_count,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        deadline=None,
        database=None,
    )
    for round_number in itertools.count():
        run_state_machine_as_test(seed(f"{run_seed}-{round_number}")(machine), settings=chosen)
        if machine.done >= least:
            break
    print(f"{machine.done} steps were compared")


@pytest.mark.timeout(1200)
def test_money_is_never_overdrawn_never_taken_twice_and_always_equal(
    machine: type[MoneyMachine], pytestconfig: pytest.Config
) -> None:
    _run(machine, LEAST_COMPARED, STEPS, pytestconfig.option.hypothesis_seed)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_money_is_never_overdrawn_never_taken_twice_and_always_equal_in_long_ways(
    machine: type[MoneyMachine], pytestconfig: pytest.Config
) -> None:
    _run(machine, MANY_COMPARED, MANY_STEPS, pytestconfig.option.hypothesis_seed)
