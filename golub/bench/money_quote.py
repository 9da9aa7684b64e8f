"""What tariffs does on the message path, measured: quotes by a plan as large as the published one."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from contracts.batches import batch_to_wire
from contracts.tariffs import OPERATOR_OWNER, QuoteItem, TariffRow, TariffsClient
from golub.bench.money_base import AUTHOR, MoneyBase, MoneyServices
from golub.bench.money_debit import TIER_STARTS, WrongAnswerError
from golub.bench.money_ledger import BUY_PRICE, SELL_PRICE
from golub.bench.money_meter import measure
from kit.clock import SystemClock
from kit.ids import uuid7
from services.tariffs import reference
from services.tariffs.importing import import_plan

BATCHES = (500, 1_000)
CODES = range(900, 1_000)
NUMBERS_PER_CODE = 10_000_000
#: With 100 codes 16,600 ranges, in the form and about the number that the ministry publishes.
RANGES_PER_CODE = 166
HEADER = "АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН"
SEED = 3


def plan_lines() -> Iterator[str]:
    """A plan that holds every number +7 9xx; operators and regions are the known ones in turn."""
    operators = list(reference.operators_by_inn().items())
    regions = [one.name for one in reference.subjects()]
    yield HEADER
    for code in CODES:
        for number in range(RANGES_PER_CODE):
            first = NUMBERS_PER_CODE * number // RANGES_PER_CODE
            last = NUMBERS_PER_CODE * (number + 1) // RANGES_PER_CODE - 1
            inn, operator = operators[(7 * code + number) % len(operators)]
            region = regions[(3 * code + number) % len(regions)]
            yield f"{code};{first:07d};{last:07d};{last - first + 1};{operator.name};{region};{region};{inn}"


class Prices:
    """A plan, and two partners: rows that hold always price what one sells and buys, volume tiers the other's."""

    def __init__(self, services: MoneyServices) -> None:
        with services.db["tariffs"].begin() as connection:
            report = import_plan(connection, plan_lines(), source="made for the bench", now=SystemClock().now())
        self.ranges = report.ranges
        self.flat, self.tiers = (self._partner(services.tariffs, starts) for starts in ((1,), TIER_STARTS))

    def _partner(self, client: TariffsClient, starts: Sequence[int]) -> str:
        """The id of a partner that sells by its default tariff and buys by one of the operator's."""
        partner_id = str(uuid7())
        # The operator's names must differ from those of an earlier run on the same databases.
        name = f"bench {partner_id}"
        bought = client.save_tariff(OPERATOR_OWNER, name=name, rows=_rows(client, BUY_PRICE, starts))
        client.assign(OPERATOR_OWNER, tariff_id=bought.id, subject_id=partner_id, author=AUTHOR)
        sold = client.save_tariff(partner_id, name="bench", rows=_rows(client, SELL_PRICE, starts))
        client.set_default(partner_id, sold.id, author=AUTHOR)
        return partner_id


def _rows(client: TariffsClient, price: int, starts: Sequence[int]) -> list[TariffRow]:
    """A row for every direction there is and every start."""
    return [
        TariffRow(mcc=one.mcc, mnc=one.mnc, sms_type="", by_delivered=False, price=price, from_nth=start)
        for one in client.directions()
        for start in starts
    ]


def quotes(base: MoneyBase, prices: Prices, client: TariffsClient, way: str, most: int) -> Iterator[dict[str, Any]]:
    """Batches of both sizes one after the other, by flat prices and by tiers, to numbers over the whole plan."""
    numbers = random.Random(SEED)
    for what, partner_id in (("tariffs.quote, flat", prices.flat), ("tariffs.quote, tiers", prices.tiers)):
        for items in BATCHES:
            batches = [[_item(partner_id, numbers) for _ in range(items)] for _ in range(most)]
            _priced(client, batches[0])
            calls = [lambda one=one: _priced(client, one) for one in batches]  # type: ignore[misc]
            yield {"what": what, "way": way} | measure(base, calls, items)


def service_quotes(base: MoneyBase, prices: Prices, most: int) -> Iterator[dict[str, Any]]:
    """The service's own part of that, from JSON objects to JSON objects, without the work of its caller."""
    numbers, service = random.Random(SEED), base.services.methods["tariffs"]
    for what, partner_id in (("tariffs.quote, flat", prices.flat), ("tariffs.quote, tiers", prices.tiers)):
        for items in BATCHES:
            batches = [batch_to_wire(_item(partner_id, numbers) for _ in range(items)) for _ in range(most)]
            calls = [lambda one=one: service.quote(one) for one in batches]  # type: ignore[misc]
            yield {"what": what, "way": "service"} | measure(base, calls, items)


def _item(partner_id: str, numbers: random.Random) -> QuoteItem:
    recipient = f"7{numbers.randrange(9_000_000_000, 10_000_000_000)}"
    return QuoteItem(recipient=recipient, advertiser_id=str(uuid7()), partner_id=partner_id)


def _priced(client: TariffsClient, items: list[QuoteItem]) -> None:
    found = client.quote(items)
    if len(found) != len(items) or not all(one.refusal is None and one.sell_price > 0 for one in found):
        raise WrongAnswerError(f"not every message has a price: {found[:1]}")
