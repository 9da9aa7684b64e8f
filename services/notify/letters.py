"""What letters say, and when a letter that failed is tried again. No bus, no SQL, no clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.accounts import Advertiser
from contracts.billing import LevelCrossing
from kit.ids import uuid7
from kit.money import format_money

MOST_ATTEMPTS = 10
LEAST_DELAY = timedelta(minutes=1)
MOST_DELAY = timedelta(hours=6)

NO_ADDRESS = "No address: the advertiser has given no e-mail."
NO_ADVERTISER = "No address: there is no such advertiser any more."

_PLACEHOLDER = re.compile(r"\{([A-Z_]+)\}")


@dataclass(slots=True, frozen=True)
class Template:
    """A letter with `{PLACEHOLDERS}`, of which it may use those of `placeholders` alone."""

    subject: str
    text: str
    placeholders: frozenset[str]

    def problems(self) -> list[str]:
        """The placeholders that nobody will fill."""
        return sorted(set(_PLACEHOLDER.findall(self.subject + self.text)) - self.placeholders)

    def render(self, values: dict[str, str]) -> tuple[str, str]:
        """(subject, text). Values are put in once: what looks like a placeholder in a value stays as it is."""
        return _filled(self.subject, values), _filled(self.text, values)


SMALL_BALANCE = Template(
    subject="Критический уровень средств",
    text=(
        "Здравствуйте, {NAME}!\n\n"
        "Остаток средств в кабинете {LOGIN} стал меньше {SMALL_BALANCE}.\n"
        "Пополните баланс, чтобы рассылки не остановились.\n"
    ),
    placeholders=frozenset({"LOGIN", "NAME", "SMALL_BALANCE"}),
)


def small_balance_row(crossing: LevelCrossing, advertiser: Advertiser | None, now: datetime) -> dict[str, Any]:
    """The row of the letter that tells of a balance below its level; one without address has failed from the start."""
    row = {
        "id": str(uuid7(now)),
        "partner_id": crossing.partner_id,
        "advertiser_id": crossing.advertiser_id,
        "kind": "small_balance",
        "attempts": 0,
        "created_at": now,
        "due_at": now,
    }
    if advertiser is None:
        return row | _failed(NO_ADVERTISER)
    if not advertiser.email:
        return row | _failed(NO_ADDRESS)
    values = {
        "LOGIN": advertiser.login,
        "NAME": advertiser.name or advertiser.company or advertiser.login,
        "SMALL_BALANCE": roubles(crossing.level),
    }
    subject, text = SMALL_BALANCE.render(values)
    body = f"{text}\n{advertiser.brand}\n" if advertiser.brand else text
    made = {"sender_name": advertiser.brand, "recipient": advertiser.email, "subject": subject, "body": body}
    return row | made | {"state": "waiting", "error": ""}


def _failed(error: str) -> dict[str, str]:
    return {
        "sender_name": "",
        "recipient": "",
        "subject": SMALL_BALANCE.subject,
        "body": "",
        "state": "failed",
        "error": error,
    }


def roubles(minor: int) -> str:
    """Money as people write it: `1500,50 ₽`."""
    return format_money(minor).replace(".", ",") + " ₽"


def delay_after(attempts: int) -> timedelta | None:
    """How long to wait after the attempt with that number failed: 1, 2, 4 … minutes up to 6 hours; None: give up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return min(LEAST_DELAY * 2 ** (attempts - 1), MOST_DELAY)


def _filled(text: str, values: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)
