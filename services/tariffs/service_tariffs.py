"""The entrypoints of tariffs and their rows; the changes are in `editing.py`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.tariffs import TariffRow
from contracts.wire import from_wire, many_from_wire, many_to_wire, to_wire
from kit.clock import Clock
from kit.database import Transactions
from kit.service import rpc
from services.tariffs import editing, reading
from services.tariffs.editing import Change
from services.tariffs.numbering import known_directions
from services.tariffs.pricing import check_name, check_rows, with_row, without_row
from services.tariffs.versions import parse_start


class TariffsRpc:
    db: Transactions
    clock: Clock

    @rpc
    def save_tariff(
        self,
        owner: str,
        name: str,
        rows: list[dict[str, Any]],
        valid_from: str | None = None,
        tariff_id: str | None = None,
        was: int | None = None,
    ) -> dict[str, Any]:
        wanted, name, start = many_from_wire(TariffRow, rows), check_name(name), _start(valid_from)
        check_rows(wanted, _directions())
        return self._changed(owner, start, lambda change: editing.save(change, name, wanted, tariff_id, start, was))

    @rpc
    def put_row(self, owner: str, tariff_id: str, row: dict[str, Any], valid_from: str | None = None) -> dict[str, Any]:
        wanted, start = from_wire(TariffRow, row), _start(valid_from)
        check_rows([wanted], _directions())
        return self._changed(
            owner, start, lambda change: editing.edit(change, tariff_id, start, lambda rows: with_row(rows, wanted))
        )

    @rpc
    def drop_row(
        self,
        owner: str,
        tariff_id: str,
        mcc: str,
        mnc: str,
        sms_type: str,
        from_nth: int,
        valid_from: str | None = None,
    ) -> dict[str, Any]:
        key, start = (mcc, mnc, sms_type, from_nth), _start(valid_from)
        return self._changed(
            owner, start, lambda change: editing.edit(change, tariff_id, start, lambda rows: without_row(rows, key))
        )

    @rpc
    def copy_tariff(self, owner: str, tariff_id: str, name: str) -> dict[str, Any]:
        name = check_name(name)
        return self._changed(owner, None, lambda change: editing.copy(change, tariff_id, name))

    @rpc
    def drop_version(self, owner: str, tariff_id: str, valid_from: str) -> dict[str, Any]:
        start = parse_start(valid_from)
        return self._changed(owner, None, lambda change: editing.drop_version(change, tariff_id, start))

    @rpc
    def delete_tariff(self, owner: str, tariff_id: str) -> None:
        with self.db.begin() as connection:
            editing.delete(editing.begin(connection, owner, self.clock), tariff_id)

    @rpc
    def tariff(self, owner: str, tariff_id: str, valid_from: str | None = None) -> dict[str, Any]:
        start = _start(valid_from)
        with self.db.begin() as connection:
            known = editing.own(connection, owner, tariff_id)
            return to_wire(reading.tariff(connection, owner, known.id, self.clock.now(), start))

    @rpc
    def list_tariffs(self, owner: str) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire(reading.tariffs(connection, owner, self.clock.now()))

    def _changed(self, owner: str, start: datetime | None, work: Callable[[Change], UUID]) -> dict[str, Any]:
        """Do the work and tell the tariff it changed, in the version that was written."""
        with self.db.begin() as connection:
            change = editing.begin(connection, owner, self.clock)
            return to_wire(reading.tariff(connection, owner, work(change), change.now, start))


def _start(valid_from: str | None) -> datetime | None:
    return None if valid_from is None else parse_start(valid_from)


def _directions() -> set[tuple[str, str]]:
    return {(one.mcc, one.mnc) for one in known_directions()}
