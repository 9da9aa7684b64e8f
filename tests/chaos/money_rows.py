"""All that billing keeps, in words that two runs of one story share: what is by chance in a row is left out."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.service.billing.office import Office

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
#: Moments of the system's clock, what is drawn by chance, and what is made of ids or of a payment's number.
_BY_CHANCE = {"available_at", "occurred_at", "ciphertext", "digest", "url", "text"}
#: Pictures are stored once for everybody: the second of two runs finds them there.
_SHARED = ("alembic_version", "invoice_image")

_TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition AND relname <> ALL (:shared) ORDER BY relname
"""


class Ledger:
    """Everything in the tables of an office's database since this was made."""

    def __init__(self, office: Office) -> None:
        self._office = office
        tables = [name for (name,) in office.rows(_TABLES.replace("::", "\\:\\:"), shared=list(_SHARED))]
        self._query = " UNION ALL ".join(f"SELECT '{one}', CAST(to_jsonb(t) AS text) FROM {one} AS t" for one in tables)
        self._before = Counter(office.rows(self._query))

    def rows(self, cast: Mapping[str, str]) -> list[str]:
        """What was not there before, ids by their names in the cast. A row that has gone since raises."""
        now = Counter(self._office.rows(self._query))
        assert not self._before - now, "a row of another story was changed"
        return sorted(f"{table} {plain(json.loads(row), cast)}" for table, row in (now - self._before).elements())


def plain(value: Any, cast: Mapping[str, str]) -> str:
    """A row or an answer in the words that two runs share."""
    text = json.dumps(_without_chance(value), sort_keys=True, ensure_ascii=False)
    for name, known in cast.items():
        if _UUID.fullmatch(known):
            text = text.replace(known, f"the {name}")
    if "number" in cast:
        text = re.sub(rf"№ {cast['number']}\b", "№ of the payment", text)
    return _UUID.sub("an id", text)


def _without_chance(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_chance(one) for one in value]
    if not isinstance(value, dict):
        return value
    # Payments are numbered over all partners, and a roll-back leaves a gap.
    left_out = _BY_CHANCE | ({"number"} if "provider" in value else set())
    return {name: _without_chance(one) for name, one in value.items() if name not in left_out}
