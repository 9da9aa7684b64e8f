"""Charges and refused attempts of messages, in batches; the order of locks is told in `batch_repository.py`.

A charge has its price and terms once where all parts are alike, which is nearly always; else in portions.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from kit.prepared import later, prepared
from services.billing.arrays import (
    array,
    array_of_arrays,
    array_of_ids,
    array_of_nulls,
    array_of_numbers,
    array_of_words,
)
from services.billing.debits import Answer, NewCharge, NewRefusal
from services.billing.pricing import Portion, part_prices
from services.billing.purse import Share
from services.billing.settlements import Charge

ANSWERS = """
    SELECT json_build_array(message_id, attempt, sell_portions,
        encode(digest, 'hex'), NULL, sell_amount, buy_amount, sell_held, buy_held)
    FROM charge WHERE message_id = ANY (CAST(:message_ids AS uuid[]))
    UNION ALL
    SELECT json_build_array(message_id, attempt, NULL, encode(digest, 'hex'), refusal, 0, 0, 0, 0)
    FROM refused_attempt WHERE message_id = ANY (CAST(:message_ids AS uuid[]))
"""


def answers_of(rows: Iterable[Any]) -> tuple[dict[str, Answer], dict[tuple[str, int], Answer]]:
    """From the rows of ANSWERS: charges by message id and refusals by (message id, attempt)."""
    charged, refused = {}, {}
    for message_id, attempt, portions, *given in rows:
        answer = Answer(*given)
        if answer.refusal is not None:
            refused[message_id, attempt] = answer
            continue
        charged[message_id] = answer
        if portions:
            answer.part_prices = part_prices([_portion(row) for row in portions])
    return charged, refused


ADD_CHARGES = prepared("""
    INSERT INTO charge (message_id, attempt, digest, advertiser_id, partner_id, parts, mcc, mnc, sms_type,
        sell_month, buy_month, sell_amount, sell_held, buy_amount, buy_held, sell_price, by_delivered, sell_portions,
        buy_price, buy_by_delivered, buy_portions, package_ids, package_amounts, package_portions, created_at)
    SELECT message_id, attempt, decode(digest, 'hex'), advertiser_id, partner_id, parts, mcc, mnc, sms_type,
        sell_month, buy_month, sell_amount, sell_held, buy_amount, buy_held,
        sell_price, by_delivered, CAST(sell_portions AS bigint[]),
        buy_price, buy_by_delivered, CAST(buy_portions AS bigint[]),
        CAST(package_ids AS uuid[]), CAST(package_amounts AS bigint[]), CAST(package_portions AS smallint[]), :now
    FROM unnest(CAST(:message_id AS uuid[]), CAST(:attempt AS integer[]), CAST(:digest AS text[]),
        CAST(:advertiser_id AS uuid[]), CAST(:partner_id AS uuid[]), CAST(:parts AS integer[]),
        CAST(:mcc AS text[]), CAST(:mnc AS text[]), CAST(:sms_type AS text[]),
        CAST(:sell_month AS date[]), CAST(:buy_month AS date[]),
        CAST(:sell_amount AS bigint[]), CAST(:sell_held AS bigint[]),
        CAST(:buy_amount AS bigint[]), CAST(:buy_held AS bigint[]),
        CAST(:sell_price AS bigint[]), CAST(:by_delivered AS boolean[]), CAST(:sell_portions AS text[]),
        CAST(:buy_price AS bigint[]), CAST(:buy_by_delivered AS boolean[]), CAST(:buy_portions AS text[]),
        CAST(:package_ids AS text[]), CAST(:package_amounts AS text[]), CAST(:package_portions AS text[]))
        AS made (message_id, attempt, digest, advertiser_id, partner_id, parts, mcc, mnc, sms_type,
            sell_month, buy_month, sell_amount, sell_held, buy_amount, buy_held, sell_price, by_delivered, sell_portions,
            buy_price, buy_by_delivered, buy_portions, package_ids, package_amounts, package_portions)
""")


def add_charges(connection: Connection, charges: Sequence[NewCharge], months: dict[str, date], now: datetime) -> None:
    """A message that was charged meanwhile is a violation of the key. Sorted, as two batches might share messages.

    `months` by account id: those whose counters the parts raise.
    """
    if not charges:
        return
    written = {id: month.isoformat() for id, month in months.items()}
    ordered = sorted(charges, key=_message_id)
    items = [charge.item for charge in ordered]
    answers = [charge.answer for charge in ordered]
    columns = {
        "message_id": array_of_ids([item.message_id for item in items]),
        "attempt": array_of_numbers([item.attempt for item in items]),
        "digest": array_of_ids([answer.digest for answer in answers]),
        "advertiser_id": array_of_ids([item.advertiser_id for item in items]),
        "partner_id": array_of_ids([item.partner_id for item in items]),
        "parts": array_of_numbers([item.parts for item in items]),
        "mcc": array_of_words([item.mcc for item in items]),
        "mnc": array_of_words([item.mnc for item in items]),
        "sms_type": array_of_words([item.sms_type for item in items]),
        "sell_month": array_of_ids([written[item.advertiser_id] for item in items]),
        "buy_month": array_of_ids([written[item.partner_id] for item in items]),
        "sell_amount": array_of_numbers([answer.sell_amount for answer in answers]),
        "sell_held": array_of_numbers([answer.sell_held for answer in answers]),
        "buy_amount": array_of_numbers([answer.buy_amount for answer in answers]),
        "buy_held": array_of_numbers([answer.buy_held for answer in answers]),
        "now": now,
    }
    sell, buy = [charge.sell for charge in ordered], [charge.buy for charge in ordered]
    later(connection, ADD_CHARGES, columns | _terms("", "sell", sell) | _terms("buy_", "buy", buy) | _shares(sell))


def _message_id(charge: NewCharge) -> str:
    return charge.item.message_id


def _terms(prefix: str, side: str, charges: Sequence[list[Portion]]) -> dict[str, str]:
    """Price and terms of those in one portion, the portions of the others."""
    single = [portions[0] if len(portions) == 1 else None for portions in charges]
    return {
        f"{side}_price": array_of_numbers([one.price if one else None for one in single]),
        f"{prefix}by_delivered": array_of_numbers([one.by_delivered if one else None for one in single]),
        f"{side}_portions": _of_several(charges, _numbers),
    }


def _of_several(charges: Sequence[list[Portion]], written: Callable[[list[Portion]], str]) -> str:
    """A column for charges in several portions; most batches have none."""
    if all(len(portions) == 1 for portions in charges):
        return array_of_nulls(len(charges))
    return array_of_arrays(None if len(portions) == 1 else written(portions) for portions in charges)


def _numbers(portions: list[Portion]) -> str:
    return array(array_of_numbers([one.parts, one.price, int(one.by_delivered)]) for one in portions)


def _shares(charges: Sequence[list[Portion]]) -> dict[str, str]:
    shares = [
        portions[0].shares if len(portions) == 1 else [share for portion in portions for share in portion.shares]
        for portions in charges
    ]
    return {
        "package_ids": array_of_arrays(array(id for id, _ in own) for own in shares),
        "package_amounts": array_of_arrays(array_of_numbers([amount for _, amount in own]) for own in shares),
        "package_portions": _of_several(charges, _places),
    }


def _places(portions: list[Portion]) -> str:
    return array_of_numbers([place for place, portion in enumerate(portions, 1) for _ in portion.shares])


ADD_REFUSALS = prepared("""
    INSERT INTO refused_attempt (message_id, attempt, digest, refusal, created_at)
    SELECT message_id, attempt, decode(digest, 'hex'), refusal, :now
    FROM unnest(CAST(:message_ids AS uuid[]), CAST(:attempts AS integer[]), CAST(:digests AS text[]),
        CAST(:refusals AS text[])) AS made (message_id, attempt, digest, refusal)
""")


def add_refusals(connection: Connection, refusals: Sequence[NewRefusal], now: datetime) -> None:
    if not refusals:
        return
    ordered = sorted(refusals, key=lambda refusal: (refusal.item.message_id, refusal.item.attempt))
    columns = {
        "message_ids": array(refusal.item.message_id for refusal in ordered),
        "attempts": array(refusal.item.attempt for refusal in ordered),
        "digests": array(refusal.digest for refusal in ordered),
        "refusals": array(refusal.refusal for refusal in ordered),
        "now": now,
    }
    later(connection, ADD_REFUSALS, columns)


LOCK_CHARGES = prepared("""
    SELECT CAST(message_id AS text), CAST(advertiser_id AS text), CAST(partner_id AS text), parts,
        outcomes, charged, cost, refunded, sell_price, by_delivered, sell_portions,
        buy_price, buy_by_delivered, buy_portions, CAST(package_ids AS text[]), package_amounts, package_portions
    FROM charge WHERE message_id = ANY (CAST(:ids AS uuid[])) ORDER BY charge.message_id FOR NO KEY UPDATE
""")


def lock_charges(connection: Connection, message_ids: Sequence[str]) -> dict[str, Charge]:
    """The charges among these messages, by message id."""
    charges = {}
    for row in connection.execute(LOCK_CHARGES, {"ids": array(message_ids)}):
        message_id, advertiser_id, partner_id, parts, outcomes, charged, cost, refunded, *terms = row
        sell_terms, buy_terms, (ids, amounts, places) = terms[0:3], terms[3:6], terms[6:9]
        sell, buy = _portions(parts, *sell_terms), _portions(parts, *buy_terms)
        for place, share in zip(places or [1] * len(ids), zip(ids, amounts, strict=True), strict=True):
            sell[place - 1].shares.append(share)
        for portion in buy:
            portion.shares = _partners_share(portion)
        charges[message_id] = Charge(
            message_id, advertiser_id, partner_id, parts, sell, buy, outcomes, charged, cost, refunded
        )
    return charges


def _portions(parts: int, price: int, by_delivered: bool, portions: list[list[int]] | None) -> list[Portion]:
    if portions is None:
        return [Portion(parts, price, by_delivered)]
    return [_portion(row) for row in portions]


def _portion(row: list[int]) -> Portion:
    parts, price, by_delivered = row
    return Portion(parts, price, bool(by_delivered))


def _partners_share(portion: Portion) -> list[Share]:
    return [(None, portion.amount)] if portion.price else []


# The ids are said once more for the planner: only so it reads one partition and its key.
SETTLE_CHARGES = prepared("""
    UPDATE charge SET outcomes = new.outcomes, charged = new.charged, cost = new.cost, settled_at = :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:outcomes AS text[]), CAST(:charged AS bigint[]), CAST(:cost AS bigint[]))
        AS new (message_id, outcomes, charged, cost)
    WHERE charge.message_id = new.message_id AND charge.message_id = ANY (CAST(:ids AS uuid[]))
""")


def settle_charges(connection: Connection, charges: Sequence[Charge], now: datetime) -> None:
    columns = {
        "ids": array(charge.message_id for charge in charges),
        "outcomes": array(charge.outcomes for charge in charges),
        "charged": array(charge.charged for charge in charges),
        "cost": array(charge.cost for charge in charges),
        "now": now,
    }
    later(connection, SETTLE_CHARGES, columns)


def set_refunded(connection: Connection, charge: Charge) -> None:
    statement = text("UPDATE charge SET refunded = :refunded WHERE message_id = CAST(:id AS uuid)")
    connection.execute(statement, {"id": charge.message_id, "refunded": charge.refunded})
