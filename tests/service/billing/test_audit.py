"""The audit is silent after any work and names each kind of damage."""

import random
from collections.abc import Callable, Iterator

import eventlet
import pytest
from sqlalchemy import text

from contracts.billing import DebitItem, SettleItem
from contracts.errors import Conflict
from contracts.tariffs import Tier
from services.billing.audit import CHECKS, audit
from tests.service.billing.office import AUTHOR, NOW, Office, message, new_id, tier

ROUNDS = 12
SENDERS = 6


class Workload:
    """Random work of several senders on few accounts: debits, repeats, settlements, refunds, top-ups."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.partners = [office.partner(amount=5_000, credit=500) for _ in range(2)]
        self.advertisers = [
            (office.advertiser(partner, random.randint(0, 3_000), credit=50), partner)
            for partner in self.partners
            for _ in range(3)
        ]
        self.sent: list[DebitItem] = []
        self.paid: list[DebitItem] = []

    def round(self, _: int) -> None:
        random.choice([self.send, self.send, self.repeat, self.end, self.end, self.refund, self.top_up])()

    def send(self) -> None:
        batch = [self._message() for _ in range(random.randint(1, 30))]
        self.sent += batch
        results = self.office.debit(*batch)
        self.paid += [item for item, result in zip(batch, results, strict=True) if result.refusal is None]

    def _message(self) -> DebitItem:
        advertiser, partner = random.choice(self.advertisers)
        if random.random() < 0.3:
            return message(advertiser, partner, parts=random.randint(1, 4), **tiers())
        terms = {"by_delivered": random.random() < 0.5, "buy_by_delivered": random.random() < 0.5}
        prices = {"sell_price": random.randint(0, 90), "buy_price": random.randint(0, 60)}
        return message(advertiser, partner, parts=random.randint(1, 4), **terms, **prices)

    def repeat(self) -> None:
        self.office.debit(*random.sample(self.sent, min(len(self.sent), 20)))

    def end(self) -> None:
        batch = random.sample(self.paid, min(len(self.paid), 20))
        items = []
        for item in batch:
            outcomes = random.Random(item.message_id).choices("dux", k=item.parts)
            items.append(SettleItem(message_id=item.message_id, outcomes="".join(outcomes)))
        self.office.client.settle(items)

    def refund(self) -> None:
        for item in random.sample(self.paid, min(len(self.paid), 3)):
            amount = random.randint(1, 100)
            try:
                self.office.client.refund(
                    id=new_id(), message_id=item.message_id, amount=amount, author=AUTHOR, reason="complaint"
                )
            except Conflict:
                # The message has not ended yet, or has cost less.
                continue

    def top_up(self) -> None:
        advertiser, partner = random.choice(self.advertisers)
        self.office.package(advertiser, partner, random.randint(1, 800), credit=random.choice([0, 100]))


def test_nothing_disagrees_after_random_work_of_concurrent_senders(office: Office) -> None:
    workload = Workload(office)
    for _ in range(ROUNDS):
        list(eventlet.GreenPool(SENDERS).imap(workload.round, range(SENDERS)))
        assert office.audit() == []
    for item in workload.paid:
        assert office.rows("SELECT count(*) FROM charge WHERE message_id = :id", id=item.message_id) == [(1,)]


def shop(office: Office) -> None:
    """One message of each fate, over two packages."""
    partner = office.partner(amount=10_000)
    advertiser = office.advertiser(partner, 250, ends_at="2027-01-01T00:00:00Z")
    office.package(advertiser, partner, 1_000)
    held = [message(advertiser, partner, parts=2, by_delivered=True, buy_by_delivered=True) for _ in range(3)]
    plain = message(advertiser, partner)
    office.debit(*held, plain, message(advertiser, partner, sell_price=5_000))
    office.settle(held[0].message_id, delivered=1, undelivered=1)
    office.settle(plain.message_id, delivered=1)
    office.client.refund(id=new_id(), message_id=plain.message_id, amount=10, author=AUTHOR, reason="complaint")
    by_volume = [message(advertiser, partner, parts=3, sms_type="service", **tiers()) for _ in range(2)]
    office.debit(*by_volume)
    office.client.settle([SettleItem(message_id=by_volume[0].message_id, outcomes="dux")])


def tiers() -> dict[str, list[Tier]]:
    """A price that changes at the 9th part and at the 10th, and the terms with it."""
    sell = [tier(10, 30, by_delivered=True), tier(9, 40), tier(1, 50, by_delivered=True)]
    return {"sell_tiers": sell, "buy_tiers": [tier(10, 20), tier(1, 25, by_delivered=True)]}


DAMAGE = {
    "an account's spent sum": ("account_entries", "UPDATE account SET spent = spent + 1 WHERE kind = 'partner'"),
    "an account's credited sum": ("account_entries", "UPDATE account SET credited = credited + 1"),
    "an account's held sum": ("account_entries", "UPDATE account SET held = held + 1 WHERE kind = 'advertiser'"),
    "a package's spent sum": ("package_entries", "UPDATE package SET spent = spent + 1 WHERE number = 2"),
    "a package and its account alike": ("account_packages", "UPDATE package SET held = held + 1 WHERE number = 2"),
    "an overdraft": ("limits", "UPDATE package SET spent = credited + 1"),
    "a lost entry": ("account_entries", "DELETE FROM ledger_entry WHERE kind = 'capture'"),
    "a lost debit": ("charge_taken", "DELETE FROM ledger_entry WHERE kind = 'debit'"),
    "a doubled debit": (
        "charge_taken",
        """INSERT INTO ledger_entry SELECT gen_random_uuid(), kind, account_id, debit_account, credit_account, amount,
            package_id, message_id, author, reason, created_at FROM ledger_entry WHERE kind = 'hold' LIMIT 1""",
    ),
    "a changed amount": ("charge_taken", "UPDATE ledger_entry SET amount = amount + 1 WHERE kind = 'hold'"),
    "a lost capture": ("charge_ended", "DELETE FROM ledger_entry WHERE kind = 'capture'"),
    "a lost release": ("charge_ended", "DELETE FROM ledger_entry WHERE kind = 'release'"),
    "a lost refund": ("charge_ended", "DELETE FROM ledger_entry WHERE kind = 'refund'"),
    "an entry from nowhere to nowhere": (
        "entry_shape",
        "UPDATE ledger_entry SET debit_account = 'x' WHERE kind = 'hold'",
    ),
    "an entry in another's package": ("entry_shape", "UPDATE ledger_entry SET account_id = gen_random_uuid()"),
    "a lost charge": ("entry_charge", "DELETE FROM charge WHERE settled_at IS NULL"),
    "a package's share of a charge": (
        "charge_portions",
        "UPDATE charge SET package_amounts = '{1}', package_ids = package_ids[1:1] WHERE cardinality(package_ids) = 1",
    ),
    "a settled sum": ("charge_sums", "UPDATE charge SET charged = charged - 1, refunded = 0 WHERE charged > 0"),
    "a portion of another price": (
        "charge_portions",
        "UPDATE charge SET sell_portions[1][2] = 1 WHERE sell_portions IS NOT NULL",
    ),
    "a share in another portion": (
        "charge_portions",
        "UPDATE charge SET package_portions[1] = 2 WHERE sell_portions IS NOT NULL",
    ),
    "other outcomes of portions": (
        "charge_sums",
        "UPDATE charge SET outcomes = 'xxx' WHERE sell_portions IS NOT NULL AND outcomes IS NOT NULL",
    ),
    "a lost counter": ("usage", "DELETE FROM usage WHERE sms_type = 'service'"),
    "a place that was given away twice": ("usage", "UPDATE usage SET parts = parts - 1"),
    "a hold without an end": (
        "old_hold",
        "UPDATE charge SET created_at = created_at - interval '8 days' WHERE settled_at IS NULL",
    ),
    "a refusal beside a charge": (
        "one_answer",
        """INSERT INTO refused_attempt SELECT message_id, attempt, digest, 'funds', created_at FROM charge LIMIT 1""",
    ),
}


#: Every CHECK that the migrations made, to be dropped.
GUARDS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
    WHERE contype = 'c' AND conparentid = 0 AND conislocal AND connamespace = 'public'::regnamespace
"""


@pytest.fixture(scope="module")
def broken_shop(module_database: Callable[[str], str]) -> Iterator[Office]:
    """A database whose every guard is lifted; without damage the audit is still silent."""
    office = Office(module_database("billing"))
    shop(office)
    for (statement,) in office.rows(GUARDS):
        office.do(statement)
    office.do("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
    office.do("GRANT ALL ON ledger_entry, charge TO CURRENT_USER")
    assert office.audit() == []
    yield office
    office.engine.dispose()


@pytest.mark.parametrize("name", DAMAGE)
def test_the_audit_finds(name: str, broken_shop: Office) -> None:
    check, damage = DAMAGE[name]
    with broken_shop.engine.connect() as connection:
        assert connection.execute(text(damage)).rowcount > 0
        assert check in {finding.check for finding in audit(connection, NOW)}


def test_every_check_is_proven_by_a_damage() -> None:
    assert {check for check, _ in DAMAGE.values()} == set(CHECKS)
