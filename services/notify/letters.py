"""What letters say, and when a letter that failed is tried again. No bus, no SQL, no clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.accounts import Advertiser, Partner
from contracts.billing import LevelCrossing, PartnerFunds
from kit.ids import uuid7
from kit.money import format_money

MOST_ATTEMPTS = 10
LEAST_DELAY = timedelta(minutes=1)
MOST_DELAY = timedelta(hours=6)

NO_ADDRESS = "No address: the advertiser has given no e-mail."
NO_ADVERTISER = "No address: there is no such advertiser any more."
NO_PARTNER_ADDRESS = "No address: the operator has given no e-mail of the partner."
NO_OPERATOR_ADDRESS = "No address: GOLUB_OPERATOR_MAIL is not set."

#: Letters to the operator belong to no partner, who would see them among its own.
OPERATOR_ID = str(UUID(int=0))

_PLACEHOLDER = re.compile(r"\{([A-Z_]+)\}")
#: What people write in braces by mistake too: {login}, {Имя}, { NAME }.
_ANY_BRACES = re.compile(r"\{([^{}\n]{0,40})\}")


@dataclass(slots=True, frozen=True)
class Template:
    """A letter with `{PLACEHOLDERS}`, of which it may use those of `placeholders` alone."""

    subject: str
    text: str
    placeholders: frozenset[str]

    def problems(self) -> list[str]:
        """The placeholders that nobody will fill."""
        return sorted(set(_ANY_BRACES.findall(f"{self.subject}\n{self.text}")) - self.placeholders)

    def render(self, values: dict[str, str]) -> tuple[str, str]:
        """(subject, text). Values are put in once: what looks like a placeholder in a value stays as it is."""
        return _filled(self.subject, values), _filled(self.text, values)

    def render_known(self, values: dict[str, str]) -> tuple[str, str]:
        """As `render`; a placeholder without a value stays as it is written."""
        return filled_known(self.subject, values), filled_known(self.text, values)


SMALL_BALANCE = Template(
    subject="Критический уровень средств",
    text=(
        "Здравствуйте, {NAME}!\n\n"
        "Остаток средств в кабинете {LOGIN} стал меньше {SMALL_BALANCE}.\n"
        "Пополните баланс, чтобы рассылки не остановились.\n"
    ),
    placeholders=frozenset({"LOGIN", "NAME", "SMALL_BALANCE"}),
)

# Nobody has said which language a partner or the operator reads, so these are in both.
PARTNER_FUNDS_ENDED = Template(
    subject="Баланс закончился / The balance has ended",
    text=(
        "Здравствуйте, {NAME}!\n\n"
        "Средства на вашем балансе у оператора закончились: осталось {AVAILABLE}.\n"
        "Сообщения ваших рекламодателей ждут пополнения, они не потеряны.\n\n"
        "Hello {NAME}!\n\n"
        "Your balance with the operator has ended: {AVAILABLE} is left.\n"
        "The messages of your advertisers wait for a top-up, they are not lost.\n"
    ),
    placeholders=frozenset({"NAME", "AVAILABLE"}),
)
OPERATOR_FUNDS_ENDED = Template(
    subject="Баланс партнёра закончился / A partner's balance has ended: {NAME}",
    text=(
        "Средства партнёра {NAME} закончились: осталось {AVAILABLE}.\n"
        "Сообщения его рекламодателей ждут пополнения.\n\n"
        "The balance of the partner {NAME} has ended: {AVAILABLE} is left.\n"
        "The messages of its advertisers wait for a top-up.\n"
    ),
    placeholders=frozenset({"NAME", "AVAILABLE"}),
)


def funds_ended_rows(
    funds: PartnerFunds, partner: Partner | None, operator_mail: str, now: datetime
) -> list[dict[str, Any]]:
    """The rows of the letters that tell of a partner's ended balance: to the partner, and to each operator's address.

    `operator_mail`: addresses with commas between. Where there is none, the letter has failed from the start.
    """
    values = {"NAME": partner.name if partner else funds.partner_id, "AVAILABLE": roubles(funds.available)}
    letters = (("partner_funds", PARTNER_FUNDS_ENDED), ("operator_funds", OPERATOR_FUNDS_ENDED))
    return rows_for_both(funds.partner_id, partner, operator_mail, letters, values, now)


def rows_for_both(
    partner_id: str,
    partner: Partner | None,
    operator_mail: str,
    both: tuple[tuple[str, Template], tuple[str, Template]],
    values: dict[str, str],
    now: datetime,
) -> list[dict[str, Any]]:
    """A letter to the partner and one to each address of the operator; `both`: kind and text of either."""
    (own_kind, own_template), (kind, template) = both
    own = (partner.email if partner else "") or None
    addresses: list[str | None] = [one.strip() for one in operator_mail.split(",") if one.strip()]
    letters = [(partner_id, own_kind, own_template, own, NO_PARTNER_ADDRESS)]
    letters += [(OPERATOR_ID, kind, template, one, NO_OPERATOR_ADDRESS) for one in addresses or [None]]
    rows = []
    for owner_id, its_kind, text, address, without in letters:
        row = _waiting(owner_id, None, its_kind, now) | {"urgent": owner_id == OPERATOR_ID}
        subject, body = text.render(values)
        if address is None:
            rows.append(row | _failed(without, subject))
        else:
            made = {"sender_name": "", "recipient": address, "subject": subject, "body": body}
            rows.append(row | made | {"state": "waiting", "error": ""})
    return rows


def small_balance_row(
    crossing: LevelCrossing,
    advertiser: Advertiser | None,
    now: datetime,
    template: Template = SMALL_BALANCE,
    address: str = "",
) -> dict[str, Any]:
    """The row of the letter that tells of a balance below its level; one without address has failed from the start.

    `address`: where the advertiser wants its notices, empty: to the address that the partner has of it.
    """
    row = _waiting(crossing.partner_id, crossing.advertiser_id, "small_balance", now)
    if advertiser is None:
        return row | _failed(NO_ADVERTISER, template.subject)
    if not (address or advertiser.email):
        return row | _failed(NO_ADDRESS, template.subject)
    values = {
        "LOGIN": advertiser.login,
        "NAME": advertiser.name or advertiser.company or advertiser.login,
        "SMALL_BALANCE": roubles(crossing.level),
    }
    subject, text = template.render(values)
    body = signed(text, advertiser.brand)
    made = {"sender_name": advertiser.brand, "recipient": address or advertiser.email, "subject": subject, "body": body}
    return row | made | {"state": "waiting", "error": ""}


def signed(text: str, brand: str) -> str:
    return f"{text}\n{brand}\n" if brand else text


def _waiting(partner_id: str, advertiser_id: str | None, kind: str, now: datetime) -> dict[str, Any]:
    """What every new letter has, whatever it says."""
    known = {"partner_id": partner_id, "advertiser_id": advertiser_id, "kind": kind}
    return {"id": str(uuid7(now)), **known, "attempts": 0, "created_at": now, "due_at": now, "urgent": False}


def _failed(error: str, subject: str) -> dict[str, str]:
    return {"sender_name": "", "recipient": "", "subject": subject, "body": "", "state": "failed", "error": error}


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


def filled_known(text: str, values: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
