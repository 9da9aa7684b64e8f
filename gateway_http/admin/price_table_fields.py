"""One row of prices as people fill it in: in the form of a row, in a package, in a file. A problem is a sentence."""

import re

from flask_babel import gettext

from contracts.tariffs import SMS_TYPES
from gateway_http.states import SMS_TYPES as TYPE_NAMES
from kit.money import parse_money

#: More than all SMS of a month that one account can send.
MOST_FROM_NTH = 1_000_000_000
MOST_DIGITS = len(str(MOST_FROM_NTH))

_ANY_TYPE = TYPE_NAMES[""]
_MANY_DECIMALS = re.compile(r"[0-9\s\u00a0\u202f]+[.,][0-9]{5,}")
_YES = frozenset(("1", "да", "yes", "true", "+", "delivered", "по доставленным"))
_NO = frozenset(("0", "нет", "no", "false", "-", "sent", "по отправленным"))


class Unreadable(ValueError):
    """What stands in a field, told in a sentence of the reader's language."""


def price_of(written: str) -> int:
    """Minor units of a price per part."""
    text = written.strip()
    if not text:
        raise Unreadable(gettext("Write the price"))
    if text.startswith(("-", "−")):
        raise Unreadable(gettext("A price is not negative"))
    if _MANY_DECIMALS.fullmatch(text):
        raise Unreadable(gettext("A price has at most four digits after the comma"))
    try:
        return parse_money(text)
    except ValueError:
        raise Unreadable(gettext("Write a price such as 0,80")) from None


def from_nth_of(written: str) -> int:
    """The SMS part of the month that a row holds from; empty is 1."""
    text = re.sub(r"[\s\u00a0\u202f]", "", written)
    if not text:
        return 1
    # Python itself refuses to read a number of thousands of digits, so their count comes first.
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    if not is_number or not 1 <= int(text) <= MOST_FROM_NTH:
        raise Unreadable(gettext("Write a whole number from 1 on"))
    return int(text)


def sms_type_of(written: str) -> str:
    """A type by its code or by its name in either language; empty holds for all."""
    text = written.strip().casefold()
    if text in ("", _ANY_TYPE.casefold(), gettext(_ANY_TYPE).casefold()):
        return ""
    for code in SMS_TYPES:
        if text in (code, TYPE_NAMES[code].casefold(), gettext(TYPE_NAMES[code]).casefold()):
            return code
    known = ", ".join(gettext(TYPE_NAMES[code]) for code in SMS_TYPES)
    raise Unreadable(gettext("The type is one of: %(types)s", types=known))


def by_delivered_of(written: str, usual: bool) -> bool:
    """«Да» or «нет»; what is usual where the cell is empty."""
    text = written.strip().casefold()
    if not text:
        return usual
    if text not in _YES | _NO:
        raise Unreadable(gettext("Write yes or no"))
    return text in _YES
