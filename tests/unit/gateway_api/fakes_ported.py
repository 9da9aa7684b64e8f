"""The fake of ported numbers: `number;mnc` lines alone, and the list in memory."""

from contracts import tariffs
from contracts.errors import Malformed, NotFound
from contracts.tariffs_ported import NumberingState, PortedReport
from contracts.wire import many_to_wire, to_wire
from tests.unit.gateway_api.fakes_accounts import NOW, new_id


class FakePorted:
    """`numbers`: number → MNC; `under_way`: of each import its lines and what it was begun with."""

    def __init__(self) -> None:
        self.numbers: dict[str, str] = {}
        self.under_way: dict[str, tuple[list[str], str, bool, str]] = {}
        self.last: PortedReport | None = None
        self.blocks = 0

    def numbering_state(self) -> object:
        return to_wire(
            NumberingState(
                plan_source="built-in",
                plan_imported_at=None,
                plan_ranges=30,
                ported=len(self.numbers),
                last_import=self.last,
            )
        )

    def look_up(self, recipients: list[str]) -> object:
        return many_to_wire([self._info(one) for one in recipients])

    def _info(self, number: str) -> tariffs.NumberInfo:
        known, mnc = number.startswith("79"), self.numbers.get(number)
        return tariffs.NumberInfo(
            recipient=number,
            mcc="250" if known else "",
            mnc=mnc or ("99" if known else ""),
            direction=("MTS" if mnc == "01" else "Beeline") if known else "",
            region="",
            zone="",
            estimated_mcc="250" if known else "",
            estimated_mnc="99" if known else "",
            estimated_direction="Beeline" if known else "",
            range_first="79030000000" if known else "",
            range_last="79039999999" if known else "",
            ported=mnc is not None,
        )

    def begin_ported_import(self, source: str, replaces: bool, author: str) -> str:
        import_id = new_id()
        self.under_way[import_id] = [], source, replaces, author
        return import_id

    def add_ported_lines(self, import_id: str, after_lines: int, block: str) -> int:
        lines = self._lines(import_id)
        assert after_lines == len(lines)
        self.blocks += 1
        lines.extend(block.splitlines())
        for number, line in enumerate(lines, 1):
            if ";" not in line:
                detail = f"line {number}: fields are missing"
                error = {"pointer": f"/lines/{number}", "code": "broken_line", "detail": detail}
                raise Malformed(f"Nothing was imported: {detail}", {"errors": [error]})
        return len(lines)

    def end_ported_import(self, import_id: str, dry_run: bool = False) -> object:
        lines, source, replaces, author = self.under_way.pop(import_id)
        found = dict(line.split(";") for line in lines)
        after = found if replaces else self.numbers | found
        report = PortedReport(
            source=source,
            replaces=replaces,
            author=author,
            imported_at=NOW,
            lines=len(lines),
            numbers=len(lines),
            repeated=len(lines) - len(found),
            added=len(after.keys() - self.numbers.keys()),
            changed=0,
            removed=len(self.numbers.keys() - after.keys()),
            total=len(after),
        )
        if not dry_run:
            self.numbers, self.last = after, report
        return to_wire(report)

    def drop_ported_import(self, import_id: str) -> None:
        self.under_way.pop(import_id, None)

    def _lines(self, import_id: str) -> list[str]:
        if import_id not in self.under_way:
            raise NotFound("There is no such import, or it is over.")
        return self.under_way[import_id][0]
