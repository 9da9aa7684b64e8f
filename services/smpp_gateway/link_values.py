"""From what an operator wrote in a form to the settings of a link: unknown names and wrong kinds here, the rest by
`link_rules.py`. Pure.

A problem is `{pointer, code, detail}`: which field, what is wrong in a word, and a sentence for who can mend it.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, get_origin, get_type_hints

from contracts.errors import Malformed
from services.smpp_gateway import link_rules
from services.smpp_gateway.link_settings import LinkSettings

Problem = dict[str, str]

#: Not told and not set with the others.
APART = frozenset({"password", "session"})
HINTS = get_type_hints(LinkSettings)
NAMES = frozenset(HINTS) - APART
_KINDS: dict[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "yes or no"),
    str: ((str,), "a text"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
}


def settings_of(values: Mapping[str, Any], password: str) -> LinkSettings:
    """`Malformed` with `data["errors"]` that names every value that will not do; missing ones have their defaults."""
    problems = problems_of(values, password)
    if problems:
        raise Malformed(problems[0]["detail"], {"errors": problems})
    return _built(values, password)


def stored_settings(values: Mapping[str, Any], password: str) -> LinkSettings:
    """Of a row, which an earlier or a later version may have written: what is not known here is left out."""
    return settings_of({name: value for name, value in values.items() if name in NAMES}, password)


def problems_of(values: Mapping[str, Any], password: str) -> list[Problem]:
    """What is wrong with these values of `settings`: limits are looked at when all of them are of the right kind."""
    problems = [_problem(name, "unknown", f"There is no setting {name}.") for name in values if name not in NAMES]
    for one in fields(LinkSettings):
        if one.name in APART:
            continue
        if one.name in values:
            problems += _checked(one.name, values[one.name])
        elif one.default is MISSING and one.default_factory is MISSING:
            problems.append(_problem(one.name, "required", f"Give {one.name}."))
    if problems:
        return problems
    found = link_rules.problems(_built(values, password))
    return [
        {"pointer": one.pointer if one.pointer == "/password" else f"/settings{one.pointer}"} | _rest(one)
        for one in found
    ]


def _rest(problem: link_rules.Problem) -> Problem:
    return {"code": problem.code, "detail": problem.detail}


def _checked(name: str, value: Any) -> list[Problem]:
    if name == "retry":
        good = isinstance(value, dict) and all(
            isinstance(status, str) and status.isascii() and status.isdigit() and len(status) <= 10 for status in value
        )
        return [] if good else [_problem(name, "kind", "retry is a table of numbers of command_status.")]
    hint = str if get_origin(HINTS[name]) is Literal else HINTS[name]
    kinds, described = _KINDS[hint]
    return [] if type(value) in kinds else [_problem(name, "kind", f"{name} is {described}.")]


def _built(values: Mapping[str, Any], password: str) -> LinkSettings:
    return LinkSettings(**{name: _read(name, value) for name, value in values.items()}, password=password)


def _read(name: str, value: Any) -> Any:
    if name == "retry":
        return {int(status): kind for status, kind in value.items()}
    return float(value) if HINTS[name] is float else value


def _problem(name: str, code: str, detail: str) -> Problem:
    return {"pointer": f"/settings/{name}", "code": code, "detail": detail}
