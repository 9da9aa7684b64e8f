"""Entries as an XLSX of the same filter as the page, bounded."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Response
from flask_babel import gettext

from contracts.billing_packages import EntriesQuery, LedgerEntry
from contracts.errors import NotFound
from gateway_http.access import user
from gateway_http.admin.entries_kinds import ENTRY_KINDS
from gateway_http.admin.price_files import as_download
from gateway_http.spreadsheets import Cell, Sheet
from gateway_http.state import clients
from kit.clock import from_rfc3339
from kit.money import to_decimal

MOST_ROWS = 10_000
#: As many as billing gives at once.
AT_ONCE = 500


def entries_file(query: EntriesQuery, whose: str) -> Response:
    """Newest first. Where the filter finds more than a file holds, its last line says so."""
    found, total = _all(query)
    header = [
        gettext("When"),
        gettext("What"),
        gettext("Package No."),
        gettext("Message"),
        gettext("Sum"),
        gettext("Change of the balance"),
        gettext("Who"),
        gettext("Reason"),
    ]
    zone = ZoneInfo(user().zone)
    rows = [_cells(one, zone) for one in found]
    if total > len(found):
        rows.append([gettext("The newest %(shown)s of %(total)s entries.", shown=len(found), total=total)])
    return as_download(Sheet(f"{gettext('Movements')} {whose}", header, rows), "xlsx")


def _all(query: EntriesQuery) -> tuple[list[LedgerEntry], int]:
    found: list[LedgerEntry] = []
    asked = replace(query, cursor=None, limit=AT_ONCE)
    while True:
        try:
            page = clients().billing.entries(asked)
        except NotFound:
            # An account that never had money; a package of somebody else is nothing to make a file of either.
            if query.package_id:
                raise
            return [], 0
        found += page.items
        if page.next_cursor is None or len(found) >= MOST_ROWS:
            return found, page.total
        asked = replace(asked, cursor=page.next_cursor)


def _cells(one: LedgerEntry, zone: ZoneInfo) -> list[Cell]:
    return [
        from_rfc3339(one.created_at).astimezone(zone).strftime("%d.%m.%Y %H:%M:%S"),
        gettext(ENTRY_KINDS.get(one.kind, one.kind)),
        "" if one.package_number is None else one.package_number,
        one.message_id or "",
        to_decimal(one.amount),
        to_decimal(one.change),
        one.author,
        one.reason,
    ]
