"""The entrypoints of ported numbers: an import comes in blocks, and the end of it makes all of them hold at once."""

from typing import Any

from contracts.wire import to_wire
from kit.clock import Clock
from kit.database import Transactions
from kit.service import rpc
from services.tariffs import porting
from services.tariffs.checks import check_author


class PortedRpc:
    db: Transactions
    clock: Clock
    book: Any

    @rpc
    def numbering_state(self) -> dict[str, Any]:
        plan = self.book.current(self.db, self.clock.now()).numbering
        with self.db.begin() as connection:
            return to_wire(porting.state(connection, plan))

    @rpc
    def begin_ported_import(self, source: str, replaces: bool, author: str) -> str:
        check_author(author)
        with self.db.begin() as connection:
            return str(porting.begin(connection, source, replaces, author, self.clock.now()))

    @rpc
    def add_ported_lines(self, import_id: str, after_lines: int, block: str) -> int:
        with self.db.begin() as connection:
            return porting.add_block(connection, porting.key(import_id), after_lines, block)

    @rpc
    def end_ported_import(self, import_id: str, dry_run: bool = False) -> dict[str, Any]:
        now, key = self.clock.now(), porting.key(import_id)
        with self.db.begin() as connection:
            report = porting.end(connection, key, now, dry_run=dry_run)
        if dry_run:
            with self.db.begin() as connection:
                porting.drop(connection, key)
        return to_wire(report)

    @rpc
    def drop_ported_import(self, import_id: str) -> None:
        with self.db.begin() as connection:
            porting.drop(connection, porting.key(import_id))
