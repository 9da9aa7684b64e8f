"""Contexts of the page of numbering."""

from typing import Any

from contracts.tariffs import NumberInfo
from contracts.tariffs_ported import NumberingState, PortedReport
from tests.unit.gateway_http.samples import MOMENT, common

REPORT = PortedReport(
    source="bdpn_full_20261122.csv", replaces=True, author="root", imported_at=MOMENT, lines=5_012_346, numbers=5_012_345,
    repeated=12, added=1_204, changed=87, removed=310, total=5_012_333,
)  # fmt: skip
PORTED = NumberInfo(
    recipient="79031234567", mcc="250", mnc="01", direction="MTS", region="Москва и Московская область", zone="Europe/Moscow",
    estimated_mcc="250", estimated_mnc="99", estimated_direction="Beeline", range_first="79030000000",
    range_last="79039999999", ported=True, ported_at="2026-10-01",
)  # fmt: skip
NOBODYS = NumberInfo(recipient="99912345678", mcc="", mnc="", direction="", region="", zone="")


def _page(**changes: Any) -> dict[str, Any]:
    state = NumberingState(
        plan_source="DEF-9xx.csv", plan_imported_at=MOMENT, plan_ranges=16_629, ported=REPORT.total, last_import=REPORT
    )
    return {
        **common("operator"), "state": state, "found": None, "number": "", "number_error": None, "report": None,
        "dry_run": False, "form": {}, "errors": {}, "problems": [], "most_megabytes": 20, **changes,
    }  # fmt: skip


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    name, here = "platform/numbering.html", "/platform/numbering"
    none = NumberingState(plan_source="built-in", plan_imported_at=None, plan_ranges=30, ported=0, last_import=None)
    problems = [{"detail": "Строка 2: не хватает полей"}]
    return {
        "numbering": (name, here, _page(found=PORTED, number="8 903 123-45-67")),
        "numbering-none": (name, here, _page(state=none, found=NOBODYS, number="99912345678")),
        "numbering-report": (name, here, _page(report=REPORT)),
        "numbering-tried": (name, here, _page(report=REPORT, dry_run=True)),
        "numbering-wrong": (name, here, _page(errors={"file": "Ничего не загружено"}, problems=problems, form={"mode": "replace"})),
        "numbering-no-number": (name, here, _page(number="x", number_error="Это не номер телефона")),
    }  # fmt: skip
