"""Templates: a text with places for what differs. Pure.

What stands in such a place may be anything but a link or a telephone number that the template does not have itself.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from services.senders.patterns import BadPattern, compiled, escaped
from services.senders.texts import ANYTHING, DIGITS, cleaned, links, phones

MOST_PATTERN, MOST_FIELDS, MOST_DIGITS, MOST_ANYTHING = 2_000, 20, 20, 60
_FIELD = re.compile(r"(\{#\}|\{…\}|\{\.\.\.\})")


class Template(NamedTuple):
    """`whole`: the regular expression of the whole text."""

    whole: str
    links: frozenset[str]
    phones: frozenset[str]


@lru_cache(maxsize=4_000)
def template_of(pattern: str) -> Template:
    plain = cleaned(pattern)
    pieces = _FIELD.split(plain)
    own = " ".join(piece for piece in pieces if not _FIELD.fullmatch(piece))
    return Template("^" + "".join(map(_piece, pieces)) + "$", frozenset(links(plain)), frozenset(phones(own)))


def _piece(piece: str) -> str:
    if piece == DIGITS:
        return f"[0-9]{{1,{MOST_DIGITS}}}"
    return f".{{1,{MOST_ANYTHING}}}" if _FIELD.fullmatch(piece) else escaped(piece)


def problem(pattern: str) -> str | None:
    """A code of `TEXT_PROBLEMS` for what can't be a template. It needs letters of its own."""
    plain = cleaned(pattern)
    own = _FIELD.sub("", plain)
    if len(pattern) > MOST_PATTERN or sum(map(str.isalpha, own)) < 3:
        return "template_invalid"
    if len(_FIELD.findall(plain)) > MOST_FIELDS:
        return "too_many_fields"
    try:
        compiled(template_of(pattern).whole)
    except BadPattern:
        return "too_many_fields"
    return None


def matches(pattern: str, plain: str) -> bool:
    """Whether a cleaned text is one of the template's."""
    template = template_of(pattern)
    try:
        if compiled(template.whole).search(plain) is None:
            return False
    except BadPattern:
        return False
    return template.links.issuperset(links(plain)) and template.phones.issuperset(phones(plain))


__all__ = ["ANYTHING", "DIGITS", "Template", "matches", "problem", "template_of"]
