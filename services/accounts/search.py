"""Search for any part of any field by index, the same in every locale and for every partner by itself.

Beside its searchable text a row holds numbers for every two and three neighbouring characters, mixed with the partner's
id; a GIN index finds the rows that have all numbers of the sought text, and a comparison drops chance hits. The database's
trigram extension was no choice: it takes letters from the database's locale, under C no Cyrillic ones, and its index knows
no partner.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable
from typing import Any

MOST_NEEDLE = 100
MOST_NUMBERS = 12


def normal(text: str) -> str:
    """Small letters, single spaces, ё as е: people look for Семенов and mean Семёнов too.

    Applied until nothing changes, because a replaced letter can compose with a mark that followed it; so any part of a
    normal text is normal too.
    """
    text = text.encode("utf-8", "replace").decode().replace("\x00", "")
    for _ in range(len(text) + 2):
        before, text = text, unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
        if text == before:
            break
    return re.sub(r"\s+", " ", text).strip()


def index_of(partner_id: str, fields: Iterable[str]) -> tuple[str, list[int]]:
    """`(search_text, search_grams)` of a row; a match never spans two fields."""
    text = "\n".join(filter(None, map(normal, fields)))
    return text, sorted({number for size in (2, 3) for number in _numbers(partner_id, text, size)})


def columns_of(partner_id: str, fields: Iterable[str]) -> dict[str, Any]:
    """The columns of a row that it is found and sorted by.

    `search_fields` has None for an empty field, which stands behind all others in every order.
    """
    each = [normal(field) or None for field in fields]
    text, grams = index_of(partner_id, filter(None, each))
    return {"search_text": text, "search_grams": grams, "search_fields": each}


def needle_of(partner_id: str, search: str) -> tuple[str, list[int]]:
    """`(text, numbers)` that a row must contain; no numbers for a single character, which is everywhere anyway.

    A handful of numbers narrows the rows down to few; more of them would only cost time.
    """
    text = normal(search[:MOST_NEEDLE])
    return text, sorted(set(_numbers(partner_id, text, 3 if len(text) > 2 else 2)))[:MOST_NUMBERS]


def _numbers(partner_id: str, text: str, size: int) -> Iterable[int]:
    seed = zlib.crc32(partner_id.encode())
    for start in range(len(text) - size + 1):
        gram = text[start : start + size]
        if "\n" not in gram:
            yield zlib.crc32(gram.encode("utf-8", "replace"), seed) - 2**31
