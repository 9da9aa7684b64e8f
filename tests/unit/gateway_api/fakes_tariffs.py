"""The fake of tariffs: versions, assignments and defaults in memory."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from contracts import tariffs
from contracts.batches import batch_from_wire, batch_to_wire
from contracts.errors import PROBLEMS, Conflict, Malformed, NotFound
from contracts.wire import from_wire, many_from_wire, many_to_wire, to_wire
from kit.clock import from_rfc3339, to_rfc3339
from tests.unit.gateway_api.fakes_accounts import NOW, new_id
from tests.unit.gateway_api.fakes_ported import FakePorted

Rows = list[tariffs.TariffRow]

TAKEN = "There is a tariff of that name already."


class FakeTariffs(FakePorted):
    """`known`: each tariff with the rows in force; `given`: (owner, subject) → id; `price` is that of every quote."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, tariffs.Tariff] = {}
        self.versions: dict[str, dict[str, Rows]] = {}
        self.given: dict[tuple[str, str], str] = {}
        self.history: dict[tuple[str, str], list[tariffs.Assignment]] = {}
        self.defaults: dict[str, str] = {}
        self.price = 8000
        self.sell_tiers: list[tariffs.Tier] | None = None
        self.quoted_tariff: str | None = "tariff"
        #: A country that the numbering plan does not know.
        self.refused_mcc = ""

    def quote(self, items: Any) -> Any:
        return batch_to_wire(self._quote(one) for one in batch_from_wire(tariffs.QuoteItem, items))

    def _quote(self, item: tariffs.QuoteItem) -> tariffs.Quote:
        refusal = None if item.recipient.startswith("79") else "direction_unknown"
        return tariffs.Quote(
            mcc="250",
            mnc="99",
            direction="Beeline",
            zone="Europe/Moscow",
            sell_price=self.price,
            buy_price=5000,
            by_delivered=True,
            buy_by_delivered=False,
            tariff_id=self.quoted_tariff,
            refusal=refusal,
            sell_tiers=self.sell_tiers,
        )

    def directions(self) -> Any:
        return [
            {"mcc": "250", "mnc": "", "name": "Russia", "country": "RU"},
            {"mcc": "250", "mnc": "01", "name": "МТС", "country": "RU"},
            {"mcc": "250", "mnc": "99", "name": "Beeline", "country": "RU"},
        ]

    def save_tariff(
        self,
        owner: str,
        name: str,
        rows: Any,
        valid_from: str | None = None,
        tariff_id: str | None = None,
        was: int | None = None,
    ) -> Any:
        found = many_from_wire(tariffs.TariffRow, rows)
        self._check(found)
        known = self._own(owner, tariff_id) if tariff_id else self._new(owner, name, valid_from)
        if any((one.owner, one.name) == (owner, name) and one.id != known.id for one in self.known.values()):
            raise Conflict("Taken.", {"errors": [{"pointer": "/name", "code": "taken", "detail": TAKEN}]})
        if was not in (None, known.revision):
            raise Conflict(PROBLEMS["changed_meanwhile"])
        self.known[known.id] = replace(known, name=name)
        return self._write(known.id, found, valid_from)

    def _new(self, owner: str, name: str, valid_from: str | None) -> tariffs.Tariff:
        return tariffs.Tariff(
            id=new_id(),
            owner=owner,
            name=name,
            rows=[],
            created_at=NOW,
            valid_from=valid_from or NOW,
            versions=[],
            is_default=False,
            subjects=0,
        )

    def _write(self, tariff_id: str, rows: Rows, valid_from: str | None) -> Any:
        """A version that starts now takes the place of the one in force, as if no time had passed between them."""
        versions = self.versions.setdefault(tariff_id, {})
        start = valid_from or self._in_force(versions) or NOW
        self.known[tariff_id] = replace(self.known[tariff_id], revision=self.known[tariff_id].revision + 1)
        versions[start] = sorted(rows, key=lambda row: (row.mcc, row.mnc, row.sms_type, row.from_nth))
        return to_wire(self._refresh(tariff_id))

    def _refresh(self, tariff_id: str) -> tariffs.Tariff:
        known, versions = self.known[tariff_id], self.versions[tariff_id]
        start = self._in_force(versions)
        self.known[tariff_id] = replace(
            known,
            rows=versions[start] if start else [],
            valid_from=start or min(versions),
            versions=sorted(versions),
            is_default=self.defaults.get(known.owner) == tariff_id,
            subjects=list(self.given.values()).count(tariff_id),
        )
        return self.known[tariff_id]

    @staticmethod
    def _in_force(versions: dict[str, Rows]) -> str:
        now = datetime.now(UTC)
        return max((start for start in versions if from_rfc3339(start) <= now), default="")

    def put_row(self, owner: str, tariff_id: str, row: Any, valid_from: str | None) -> Any:
        new = from_wire(tariffs.TariffRow, row)
        self._check([new])
        rows = self._rows(owner, tariff_id, valid_from)
        return self._write(tariff_id, [one for one in rows if _key(one) != _key(new)] + [new], valid_from)

    def drop_row(
        self, owner: str, tariff_id: str, mcc: str, mnc: str, sms_type: str, from_nth: int, valid_from: str | None
    ) -> Any:
        rows = self._rows(owner, tariff_id, valid_from)
        kept = [one for one in rows if _key(one) != (mcc, mnc, sms_type, from_nth)]
        if len(kept) == len(rows):
            raise NotFound("The tariff has no such row.")
        return self._write(tariff_id, kept, valid_from)

    def _rows(self, owner: str, tariff_id: str, valid_from: str | None) -> Rows:
        known = self._own(owner, tariff_id)
        return self.versions[tariff_id].get(valid_from or "", known.rows)

    def copy_tariff(self, owner: str, tariff_id: str, name: str) -> Any:
        if any((one.owner, one.name) == (owner, name) for one in self.known.values()):
            raise Conflict("Taken.", {"errors": [{"pointer": "/name", "code": "taken", "detail": TAKEN}]})
        return self.save_tariff(owner, name, many_to_wire(self._own(owner, tariff_id).rows))

    def delete_tariff(self, owner: str, tariff_id: str) -> None:
        self._own(owner, tariff_id)
        known = self._refresh(tariff_id)
        if known.is_default or known.subjects:
            raise Conflict("This tariff is in use.")
        del self.known[tariff_id], self.versions[tariff_id]

    def drop_version(self, owner: str, tariff_id: str, valid_from: str) -> Any:
        self._own(owner, tariff_id)
        if valid_from not in self.versions[tariff_id]:
            raise NotFound("The tariff has no such version.")
        if from_rfc3339(valid_from) <= datetime.now(UTC):
            raise Conflict("This version has started.")
        del self.versions[tariff_id][valid_from]
        return to_wire(self._refresh(tariff_id))

    def tariff(self, owner: str, tariff_id: str, valid_from: str | None) -> Any:
        self._own(owner, tariff_id)
        found = self._refresh(tariff_id)
        if valid_from is None:
            return to_wire(found)
        if valid_from not in self.versions[tariff_id]:
            raise NotFound("The tariff has no such version.")
        return to_wire(replace(found, rows=self.versions[tariff_id][valid_from], valid_from=valid_from))

    def list_tariffs(self, owner: str) -> Any:
        own = [self._refresh(one.id) for one in self.known.values() if one.owner == owner]
        return many_to_wire(sorted(own, key=lambda one: one.name))

    def set_default(self, owner: str, tariff_id: str | None, author: str) -> None:
        self.defaults.pop(owner, None)
        if tariff_id is not None:
            self.defaults[owner] = self._own(owner, tariff_id).id

    def assign(self, owner: str, tariff_id: str | None, subject_id: str, author: str) -> None:
        name = self._own(owner, tariff_id).name if tariff_id else ""
        line = tariffs.Assignment(
            tariff_id=tariff_id or "", tariff_name=name, assigned_at=to_rfc3339(datetime.now(UTC)), assigned_by=author
        )
        self.history.setdefault((owner, subject_id), []).insert(0, line)
        self.given.pop((owner, subject_id), None)
        if tariff_id is not None:
            self.given[owner, subject_id] = tariff_id

    def assigned(self, owner: str, subject_id: str) -> Any:
        found = self.given.get((owner, subject_id)) or self.defaults.get(owner)
        return None if found is None else to_wire(self._refresh(found))

    def assignments(self, owner: str, subject_id: str) -> Any:
        return many_to_wire(self.history.get((owner, subject_id), []))

    def _check(self, rows: Rows) -> None:
        wrong = [
            ("mcc", index, "MCC has three digits")
            for index, row in enumerate(rows)
            if len(row.mcc) != 3 or row.mcc == self.refused_mcc
        ]
        wrong += [("price", index, "A price is not negative") for index, row in enumerate(rows) if row.price < 0]
        if wrong:
            errors = [
                {"pointer": f"/rows/{index}/{field}", "code": "invalid", "detail": detail}
                for field, index, detail in wrong
            ]
            raise Malformed("A row is wrong.", {"errors": errors})

    def _own(self, owner: str, tariff_id: str | None) -> tariffs.Tariff:
        found = self.known.get(tariff_id or "")
        if found is None or found.owner != owner:
            raise NotFound("There is no such tariff.")
        return found


def _key(row: tariffs.TariffRow) -> tuple[str, str, str, int]:
    return (row.mcc, row.mnc, row.sms_type, row.from_nth)
