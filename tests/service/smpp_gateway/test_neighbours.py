"""The fake of billing answers as the real one does, so that what the pipeline proves with it holds with that one."""

import itertools
import random
from collections.abc import Callable
from dataclasses import replace

from contracts.billing import DebitItem, SettleItem
from contracts.tariffs import Tier
from kit.ids import uuid7
from tests.service.billing.office import NOW, Office
from tests.service.smpp_gateway.neighbours import Billing, tier

#: At least so many, and until some could not be paid.
STEPS = 40
_MONEY = 400


def _tiers(chance: random.Random, price: int, mnc: str) -> list[Tier] | None:
    if chance.random() < 0.4:
        return None
    starts = sorted(chance.sample(range(2, 150), 2), reverse=True)
    rows = [tier(start, price - chance.randint(0, 40), by_delivered=chance.random() < 0.4) for start in starts]
    # Now and then nothing holds for the first parts of the month.
    if chance.random() < 0.9:
        rows.append(tier(1, price, by_delivered=chance.random() < 0.3))
    return [replace(row, mnc=chance.choice(("", mnc))) for row in rows]


def _item(chance: random.Random, advertiser_id: str, partner_id: str) -> DebitItem:
    mnc = chance.choice(("99", "99", "01"))
    return DebitItem(
        message_id=str(uuid7(NOW)),
        attempt=1,
        advertiser_id=advertiser_id,
        partner_id=partner_id,
        parts=chance.randint(1, 4),
        mcc="250",
        mnc=mnc,
        sms_type="advertising",
        sell_price=100,
        buy_price=60,
        by_delivered=chance.random() < 0.3,
        buy_by_delivered=chance.random() < 0.3,
        sell_tiers=_tiers(chance, 100, mnc),
        buy_tiers=_tiers(chance, 60, mnc),
    )


def _again(chance: random.Random, item: DebitItem) -> DebitItem:
    """A repeat: the same attempt or the next, quoted otherwise, or as another message altogether."""
    changes = chance.choice(({}, {"attempt": item.attempt + 1}, {"sell_price": 7, "sell_tiers": None}, {"parts": 9}))
    return replace(item, **changes)


def test_the_fake_of_billing_answers_as_billing_does(service_database: Callable[[str], str]) -> None:
    seed = random.getrandbits(32)
    print(f"seed {seed}")
    chance, office = random.Random(seed), Office(service_database("billing"))
    partner_id = office.partner(amount=_MONEY * 60)
    advertiser_id = office.advertiser(partner_id, _MONEY * 100)
    fake = Billing(left=_MONEY * 100, partner_left=_MONEY * 60)
    sent: list[DebitItem] = []
    for step in itertools.count():
        if step >= STEPS and fake.refused:
            break
        batch = [
            _again(chance, chance.choice(sent))
            if sent and chance.random() < 0.25
            else _item(chance, advertiser_id, partner_id)
            for _ in range(chance.randint(1, 4))
        ]
        assert fake.estimate(batch) == office.client.estimate(batch), step
        assert fake.debit(batch) == office.debit(*batch), step
        sent += batch
        charged = [one for one in sent if one.message_id in fake.charges and one.message_id not in fake.settled]
        if charged and chance.random() < 0.6:
            parts = fake.charges[chance.choice(charged).message_id].item
            outcomes = "".join(chance.choices("dux", (6, 2, 1), k=parts.parts))
            end = SettleItem(message_id=parts.message_id, outcomes=outcomes)
            assert fake.settle([end]) == office.client.settle([end]) == fake.settle([end]), step
        assert office.balance(advertiser_id).available == fake.left, step
        assert office.balance(partner_id).available == fake.partner_left, step
