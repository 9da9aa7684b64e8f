"""Bad input is told field by field, all of it at once, before anything is done."""

import re
from collections.abc import Sequence
from functools import lru_cache

from contracts.billing import DebitItem, SettleItem
from contracts.errors import Malformed
from contracts.tariffs import Tier
from kit.money import MOST_MINOR

MOST_ITEMS = 1_000
MOST_ATTEMPT = 2**31 - 1
MOST_PARTS = 10_000
MOST_TIERS = 1_000
MOST_TEXT_CHARACTERS = 1_000

_is_id = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_has_unstorable = re.compile("[\0\ud800-\udfff]").search
_are_outcomes = re.compile(rf"[dux]{{1,{MOST_PARTS}}}").fullmatch
OUTCOMES_RULE = f"a letter d, u or x for each of the parts, of which there are at most {MOST_PARTS}"
DIRECTION_RULE = "mcc and mnc have up to 3 digits, a type up to 32 small letters"
ID_RULE = "an id is a UUID in small letters"
AUTHOR_RULE = "say who does it, in 1 to 1,000 characters"
SUM_RULE = f"a sum is a whole number from 0 to {MOST_MINOR} (1/10,000 of the currency)"


class Problems:
    """`require` every rule, then `refuse_if_any`."""

    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def require(self, fulfilled: bool, pointer: str, rule: str) -> None:
        if not fulfilled:
            self.errors.append({"pointer": pointer, "code": "invalid", "detail": rule})

    def refuse_if_any(self) -> None:
        if self.errors:
            raise Malformed(f"{self.errors[0]['pointer']}: {self.errors[0]['detail']}", {"errors": self.errors})


def is_id(value: object) -> bool:
    """Whether it is a UUID as `str(UUID)` writes it; another spelling would be another key in memory."""
    return type(value) is str and _is_id(value) is not None


def is_sum(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST_MINOR


def is_text(value: object, *, least: int = 0) -> bool:
    """Whether the database can keep it: neither a NUL nor half a surrogate pair, which JSON lets through."""
    return type(value) is str and least <= len(value) <= MOST_TEXT_CHARACTERS and not _has_unstorable(value)


def check_batch(items: Sequence[object]) -> None:
    if len(items) > MOST_ITEMS:
        raise Malformed(f"A batch has at most {MOST_ITEMS} items, not {len(items)}.")


def check_ids(ids: object, pointer: str) -> None:
    if type(ids) is not list:
        raise Malformed(f"{pointer}: a list of ids is expected")
    check_batch(ids)
    problems = Problems()
    for index, one in enumerate(ids):
        problems.require(is_id(one), f"{pointer}/{index}", ID_RULE)
    problems.refuse_if_any()


def check_named_ids(**ids: object) -> None:
    """`check_named_ids(partner_id=…)`: the arguments of a call by their names."""
    problems = Problems()
    for name, one in ids.items():
        problems.require(is_id(one), f"/{name}", ID_RULE)
    problems.refuse_if_any()


def check_author(author: object) -> None:
    problems = Problems()
    problems.require(is_text(author, least=1), "/author", AUTHOR_RULE)
    problems.refuse_if_any()


def check_debits(items: Sequence[DebitItem]) -> None:
    """`Malformed` with `/items/<index>/<field>` pointers."""
    check_batch(items)
    problems = Problems()
    for index, item in enumerate(items):
        if _is_plain(item):
            continue
        where = f"/items/{index}"
        for name in ("message_id", "advertiser_id", "partner_id"):
            problems.require(is_id(getattr(item, name)), f"{where}/{name}", ID_RULE)
        problems.require(0 <= item.attempt <= MOST_ATTEMPT, f"{where}/attempt", f"a number from 0 to {MOST_ATTEMPT}")
        problems.require(0 < item.parts <= MOST_PARTS, f"{where}/parts", f"a number from 1 to {MOST_PARTS}")
        problems.require(_is_direction(item.mcc, item.mnc, item.sms_type), f"{where}/mcc", DIRECTION_RULE)
        for name in ("sell_price", "buy_price"):
            price = getattr(item, name)
            problems.require(is_sum(price) and is_sum(price * item.parts), f"{where}/{name}", SUM_RULE)
        for name in ("sell_tiers", "buy_tiers"):
            _check_tiers(problems, f"{where}/{name}", item, getattr(item, name) or [])
    problems.refuse_if_any()


def _check_tiers(problems: Problems, where: str, item: DebitItem, tiers: Sequence[Tier]) -> None:
    problems.require(len(tiers) <= MOST_TIERS, where, f"at most {MOST_TIERS} rows")
    for index, tier in enumerate(tiers[:MOST_TIERS]):
        problems.require(tier.from_nth > 0, f"{where}/{index}/from_nth", "a number from 1 on")
        priced = is_sum(tier.price) and is_sum(tier.price * item.parts)
        problems.require(priced, f"{where}/{index}/price", SUM_RULE)
        own = tier.mcc == item.mcc and tier.mnc in ("", item.mnc) and tier.sms_type in ("", item.sms_type)
        problems.require(own, f"{where}/{index}/mcc", "a row counts the direction and type of its message")


def _is_plain(item: DebitItem) -> bool:
    """Nearly every item: one look at all rules, so that a batch costs little."""
    most_price = MOST_MINOR // MOST_PARTS
    return (
        0 < item.parts <= MOST_PARTS
        and 0 <= item.sell_price <= most_price
        and 0 <= item.buy_price <= most_price
        and 0 <= item.attempt <= MOST_ATTEMPT
        and (item.sell_tiers is None or _are_plain(item, item.sell_tiers, most_price))
        and (item.buy_tiers is None or _are_plain(item, item.buy_tiers, most_price))
        and _is_direction(item.mcc, item.mnc, item.sms_type)
        and _is_id(item.message_id) is not None
        and _is_id(item.advertiser_id) is not None
        and _is_id(item.partner_id) is not None
    )


def _are_plain(item: DebitItem, tiers: Sequence[Tier], most_price: int) -> bool:
    mcc, mncs, types = item.mcc, ("", item.mnc), ("", item.sms_type)
    return len(tiers) <= MOST_TIERS and all(
        row.from_nth > 0
        and 0 <= row.price <= most_price
        and row.mcc == mcc
        and row.mnc in mncs
        and row.sms_type in types
        for row in tiers
    )


@lru_cache(maxsize=10_000)
def _is_direction(mcc: str, mnc: str, sms_type: str) -> bool:
    codes = all(re.fullmatch(r"[0-9]{0,3}", code) for code in (mcc, mnc))
    return codes and re.fullmatch(r"[a-z_]{0,32}", sms_type) is not None


def check_settlements(items: Sequence[SettleItem]) -> None:
    check_batch(items)
    problems = Problems()
    for index, item in enumerate(items):
        where = f"/items/{index}"
        problems.require(is_id(item.message_id), f"{where}/message_id", ID_RULE)
        problems.require(_are_outcomes(item.outcomes) is not None, f"{where}/outcomes", OUTCOMES_RULE)
    problems.refuse_if_any()
