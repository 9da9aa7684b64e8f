"""tariffs: ported numbers, those that another operator serves than the one of their range."""

from contracts.client import Client
from contracts.wire import from_wire, wire

#: A block of lines that crosses the bus at once.
MOST_BLOCK_BYTES = 1024 * 1024
#: Putting a million numbers among some millions takes this long at most.
MERGE_SECONDS = 120.0


@wire
class PortedReport:
    """What an import did, or would do. `lines` of the file, `numbers` in them, the `repeated` ones not counted twice.

    `replaces`: the list took the place of the one before, else it was added to it. `total`: ported numbers afterwards.
    """

    source: str
    replaces: bool
    author: str
    imported_at: str
    lines: int
    numbers: int
    repeated: int
    added: int
    changed: int
    removed: int
    total: int


@wire
class NumberingState:
    """The plan in force, and the ported numbers; `last_import` None while there was none.

    `plan_source` is `built-in` and `plan_imported_at` None while no plan was imported; `plan_ranges` how many it has.
    """

    plan_source: str
    plan_imported_at: str | None
    plan_ranges: int
    ported: int
    last_import: PortedReport | None


class PortedCalls(Client):
    """A part of the client of tariffs."""

    def numbering_state(self) -> NumberingState:
        return from_wire(NumberingState, self._call("numbering_state"))

    def begin_ported_import(self, *, source: str, replaces: bool, author: str) -> str:
        """The id of a new import; nothing of it shows before its end. `source`: the name of the file, for people."""
        return str(self._call("begin_ported_import", source=source, replaces=replaces, author=author))

    def add_ported_lines(self, import_id: str, *, after_lines: int, block: str) -> int:
        """Hand over the next lines, after so many: how many lines that makes. A repeat changes nothing.

        `block`: whole lines, up to `MOST_BLOCK_BYTES` in UTF-8. `Malformed` names broken ones by number, `/lines/<number>`:
        drop the import then. `NotFound` for one that is over.
        """
        arguments = {"import_id": import_id, "after_lines": after_lines, "block": block}
        return int(self._call("add_ported_lines", **arguments))

    def end_ported_import(self, import_id: str, *, dry_run: bool = False) -> PortedReport:
        """Make the lines the list in force, or part of it, all at once; with `dry_run` only tell what that would do.

        The import is over then. `Malformed` where it holds no number.
        """
        arguments = {"import_id": import_id, "dry_run": dry_run}
        return from_wire(PortedReport, self._rpc(self.service, "end_ported_import", arguments, MERGE_SECONDS))

    def drop_ported_import(self, import_id: str) -> None:
        """Forget an import that was not ended."""
        self._call("drop_ported_import", import_id=import_id)
