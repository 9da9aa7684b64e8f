"""Phone numbers as people write them, to E.164 digits without plus (ITU-T E.164: at most 15 digits)."""

import re

import phonenumbers

_FILLING = str.maketrans("", "", " \u00a0\u202f-().\t")
_RUSSIAN_MOBILE = re.compile(r"(?:\+?7|8)?(9[0-9]{9})")
MOST_WRITTEN = 32


def normalise(written: str) -> str | None:
    """`79031234567` of `+7 (903) 123-45-67`, `8 903 …` or `903…`; None for what is no phone number.

    Russian mobile numbers may come without country code; any other number needs it, with or without plus.
    """
    if len(written) > MOST_WRITTEN:
        return None
    # Most come without any filling, which is then not looked for.
    russian = _RUSSIAN_MOBILE.fullmatch(written)
    if russian:
        return "7" + russian[1]
    compact = written.translate(_FILLING)
    russian = _RUSSIAN_MOBILE.fullmatch(compact)
    if russian:
        return "7" + russian[1]
    digits = compact.removeprefix("+").removeprefix("00")
    if not (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15):
        return None
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None
    return digits if phonenumbers.is_valid_number(number) else None
