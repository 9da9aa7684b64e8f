"""The columns of «Кабинет»: what each is called, what it is sorted by, and what a file has in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from contracts.accounts_advertisers import Advertiser
from contracts.billing import Balance
from gateway_http.i18n import N_
from gateway_http.spreadsheets import Cell
from kit.clock import from_rfc3339
from kit.money import to_decimal


@dataclass(frozen=True, slots=True)
class Column:
    """`sort`: one of `contracts.accounts_advertiser_lists.SORTS`, empty where it can't be sorted by; `width` in letters."""

    key: str
    label: str
    sort: str
    width: int


LOGIN = "login"
COLUMNS = (
    Column("number", N_("No."), "", 8),
    Column(LOGIN, N_("Login"), "login", 20),
    Column("name", N_("Full name"), "name", 32),
    Column("company", N_("Company name"), "company", 36),
    Column("contract", N_("Contract"), "contract", 26),
    Column("promo_code", N_("Promo code"), "promo_code", 16),
    Column("email", N_("E-mail"), "email", 30),
    Column("phone", N_("Phone number"), "phone", 18),
    Column("scheme", N_("Ind. traffic scheme"), "", 20),
    Column("registered", N_("Registered"), "registered", 18),
    Column("last_sign_in", N_("Last sign-in"), "last_sign_in", 20),
    Column("balance", N_("Balance"), "", 16),
    Column("manager", N_("Manager"), "", 24),
    Column("state", N_("State"), "", 16),
)
#: What may be left out: a row without its login is nobody's.
CHOOSABLE = tuple(column.key for column in COLUMNS if column.key != LOGIN)


@dataclass(frozen=True, slots=True)
class Words:
    """What a file says in the reader's language: it is written when the request is over."""

    active: str
    blocked: str
    test: str
    postpaid: str
    contract: str


def cells(
    number: int, one: Advertiser, balance: Balance | None, schemes: Mapping[str, str], words: Words, zone: ZoneInfo
) -> list[Cell]:
    """A row of the file, in the order of COLUMNS."""
    state = words.blocked if one.state == "blocked" else words.active
    return [
        number,
        one.login,
        one.name,
        one.company,
        words.contract % {"number": one.contract_number, "date": _day(one.contract_date)},
        one.promo_code,
        one.email,
        one.phone,
        schemes.get(one.id, ""),
        _moment(one.created_at, zone),
        _moment(one.last_sign_in_at, zone),
        _sum(balance, words),
        one.manager_name,
        f"{state}, {words.test}" if one.test_mode else state,
    ]


def _sum(balance: Balance | None, words: Words) -> Cell:
    if balance is None:
        return ""
    return words.postpaid if balance.postpaid else to_decimal(balance.available)


def _day(written: str) -> str:
    return ".".join(reversed(written.split("-")))


def _moment(written: str | None, zone: ZoneInfo) -> str:
    return "" if written is None else f"{from_rfc3339(written).astimezone(zone):%d.%m.%Y %H:%M}"


def context(hidden: list[str]) -> dict[str, Any]:
    """What the list needs to show and offer its columns."""
    return {"columns": COLUMNS, "shown": {one.key for one in COLUMNS if one.key not in hidden}, "choosable": CHOOSABLE}
