"""What callers give: ids, texts, authors. Pure."""

import re

from contracts.errors import Conflict, Malformed, NotFound
from contracts.senders import PROBLEMS

MOST_AUTHOR = 100

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def problem(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": PROBLEMS[code]}


def malformed(*problems: tuple[str, str]) -> Malformed:
    """Of (pointer, code) each."""
    return Malformed(PROBLEMS[problems[0][1]], {"errors": [problem(*one) for one in problems]})


def conflict(pointer: str, code: str) -> Conflict:
    return Conflict(PROBLEMS[code], {"errors": [problem(pointer, code)]})


def uuid_of(text: str) -> str:
    """The id in the one spelling that the database answers with."""
    if not _UUID.fullmatch(text):
        raise malformed(("/items", "id_invalid"))
    return text.lower()


def found_ids(*ids: str) -> None:
    """What is no UUID belongs to nobody."""
    if not all(_UUID.fullmatch(one) for one in ids):
        raise NotFound("There is no such object.")


def known_ids(ids: list[str]) -> list[str]:
    """Those that are ids at all, in small letters."""
    return sorted({one.lower() for one in ids if _UUID.fullmatch(one)})


def storable(text: str) -> bool:
    return text.replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable()


def author_of(author: str) -> str:
    name = author.strip()
    if not name:
        raise malformed(("/author", "author_missing"))
    if len(name) > MOST_AUTHOR or not storable(name):
        raise malformed(("/author", "text_invalid"))
    return name
