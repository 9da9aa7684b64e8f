"""Rules of a partner about texts: stop words, links, patterns. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from services.senders.patterns import BadPattern, compiled, escaped
from services.senders.texts import allowed, cleaned, links, skeleton

MOST_VALUE, MOST_LINES, MOST_WORD, MOST_PATTERN = 10_000, 500, 60, 500
#: Between the letters of a word: a few signs, or at each place something.
_SIGNS, _APART = r"\.{0,3}", r"[. ]{1,3}"
_EDGE = r"[. ]"


class Rule(NamedTuple):
    """`value` as the partner wrote it; `action`: hold or refuse."""

    id: str
    kind: str
    value: str
    action: str
    sentence: str


@dataclass(slots=True, frozen=True)
class Text:
    """A text as it came, cleaned, and its skeleton."""

    plain: str
    bones: str

    @classmethod
    def of(cls, text: str) -> "Text":
        plain = cleaned(text)
        return cls(plain, skeleton(plain))


def lines(value: str) -> list[str]:
    return [line.strip() for line in value.splitlines() if line.strip()]


def problem(kind: str, value: str) -> str | None:
    """A code of `TEXT_PROBLEMS` for what can't be a rule of that kind."""
    if len(value) > MOST_VALUE or len(lines(value)) > MOST_LINES:
        return "rule_too_long"
    if kind == "links":
        return "domain_invalid" if any(_domain(line) is None for line in lines(value)) else None
    if not value.strip():
        return "rule_empty"
    if kind == "words":
        bones = [skeleton(cleaned(line.rstrip("*"))) for line in lines(value)]
        if not all(any(map(str.isalnum, one)) and len(one) <= MOST_WORD for one in bones):
            return "word_too_long"
    return _pattern_problem(kind, value)


def _pattern_problem(kind: str, value: str) -> str | None:
    if kind == "pattern" and len(value) > MOST_PATTERN:
        return "pattern_too_large"
    try:
        found = compiled(_words_pattern(value) if kind == "words" else value).search("")
    except BadPattern as error:
        return "pattern_too_large" if error.why == "too_large" else "pattern_invalid"
    return None if found is None else "pattern_finds_all"


@lru_cache(maxsize=2_000)
def _words_pattern(value: str) -> str:
    alternatives = "|".join(_word_pattern(line) for line in lines(value))
    return f"(?:^|{_EDGE})(?:{alternatives})"


def _word_pattern(line: str) -> str:
    """A word with signs between its letters, or with something between all of them; with * at its end any ending."""
    end = "" if line.endswith("*") else f"(?:$|{_EDGE})"
    words = "".join(one if one.isalnum() else " " for one in skeleton(cleaned(line.rstrip("*")))).split()
    close = r"[. ]{1,4}".join(_SIGNS.join(map(escaped, word)) for word in words)
    apart = _APART.join(map(escaped, "".join(words)))
    return f"(?:{close}|{apart}){end}" if len("".join(words)) > 1 else f"{close}{end}"


@lru_cache(maxsize=2_000)
def _domains(value: str) -> frozenset[str]:
    return frozenset(one for one in map(_domain, lines(value)) if one)


def _domain(line: str) -> str | None:
    """The domain that somebody wrote, maybe as a whole address."""
    found = links(cleaned(line if "://" in line else f"http://{line}"))
    host = found[0] if len(found) == 1 else None
    return None if host is None else host.removeprefix("www.")


def found_by(rule: Rule, text: Text) -> str | None:
    """What the rule finds in the text, None for nothing. A pattern that can't be used any more finds all of it."""
    if rule.kind == "links":
        return next((host for host in links(text.plain) if not allowed(host, _domains(rule.value))), None)
    try:
        if rule.kind == "words":
            return _word(rule.value, text.bones)
        match = compiled(rule.value).search(text.plain)
    except BadPattern:
        return text.plain[:60]
    return None if match is None else str(match.group(0))[:60]


def _word(value: str, bones: str) -> str | None:
    """Which of the words stands there, as the partner wrote it."""
    if compiled(_words_pattern(value)).search(bones) is None:
        return None
    return next((line for line in lines(value) if compiled(_words_pattern(line)).search(bones)), "")


def first_found(rules: Sequence[Rule], text: Text, action: str) -> tuple[Rule, str] | None:
    """The first of the rules with that action that finds something, and what it finds."""
    for rule in rules:
        if rule.action == action and (found := found_by(rule, text)) is not None:
            return rule, found
    return None
