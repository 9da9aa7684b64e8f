"""The critical level of funds, from the body of a request."""

import re
from typing import Any

from flask_babel import gettext

from gateway_http.api.limits import MOST_PERCENT
from gateway_http.api.parsing import escaped, malformed, problem, read_document
from kit.money import parse_money

_FIELDS = ("sum", "percent")
#: As this API writes money itself, bounded so that every account can count it.
DECIMAL = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,4})?")


def read_level() -> tuple[int, int]:
    """(1/10,000 of the currency, per cent) of the present request, 0 where there is none; `Malformed` with every error."""
    document = read_document()
    if type(document) is not dict:
        raise malformed([problem("", "wrong_type")])
    errors = [problem(f"/{escaped(name)}", "unknown_field") for name in document if name not in _FIELDS]
    if not any(name in document for name in _FIELDS):
        errors.append(_error("", "required", gettext("Give sum, percent or both; null is none.")))
    written, percent = document.get("sum"), document.get("percent")
    if not _is_sum(written):
        detail = gettext("Write a decimal string with at most four decimals, such as 1500.00")
        errors.append(_error("/sum", "invalid", detail))
    if not _is_percent(percent):
        detail = gettext("Write a whole number from %(least)s to %(most)s", least=0, most=MOST_PERCENT)
        errors.append(_error("/percent", "invalid", detail))
    if errors:
        raise malformed(errors)
    return parse_money(written) if written else 0, percent or 0


def _is_sum(value: Any) -> bool:
    return value is None or (type(value) is str and DECIMAL.fullmatch(value) is not None)


def _is_percent(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value <= MOST_PERCENT)


def _error(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}
