"""«Выгрузить в XLS»: every advertiser that the filter of the list finds, with all columns, newest first."""

from zoneinfo import ZoneInfo

from flask_babel import gettext

from contracts.accounts_advertiser_lists import AdvertiserQuery
from contracts.billing import Balance
from gateway_http.access import partner_id, user
from gateway_http.admin.advertisers_columns import COLUMNS, Words, cells
from gateway_http.admin.people import schemes_of
from gateway_http.clients import Clients
from gateway_http.exports import MOST_ROWS, Batch, Wish
from gateway_http.state import clients

ROWS_AT_ONCE = 1_000


def wish_of(query: AdvertiserQuery) -> Wish:
    """What is made: all that depends on the request is taken out of it here."""
    person = user()
    total = clients().accounts.find_advertisers(partner_id(), query, page_size=1).total
    words = Words(
        active=gettext("Active"),
        blocked=gettext("Blocked"),
        test=gettext("Test mode").lower(),
        postpaid=gettext("post-paid"),
        contract=gettext("No. %(number)s of %(date)s"),
    )
    reader = _Reader(clients(), partner_id(), query, words, ZoneInfo(person.zone))
    return Wish(
        partner_id=person.partner_id,
        user_id=person.user_id,
        kind="advertisers",
        name=f"{gettext('Advertisers')}.xlsx",
        title=gettext("Advertisers"),
        header=[gettext(column.label) for column in COLUMNS],
        widths=[column.width for column in COLUMNS],
        total=total,
        cut=gettext("Only the newest %(count)s advertisers: narrow the filter down to see others.", count=MOST_ROWS),
        rows=reader.batch,
    )


class _Reader:
    """Reads the rows batch by batch, without a request."""

    def __init__(self, services: Clients, partner: str, query: AdvertiserQuery, words: Words, zone: ZoneInfo) -> None:
        self._services, self._partner, self._query = services, partner, query
        self._words, self._zone = words, zone
        self._number = 0

    def batch(self, cursor: str | None) -> tuple[Batch, str | None]:
        run = self._services.accounts.run_of_advertisers(self._partner, self._query, cursor=cursor, limit=ROWS_AT_ONCE)
        ids = [one.id for one in run.items]
        balances = self._balances(ids)
        schemes = schemes_of(self._services, ids)
        rows = []
        for one in run.items:
            self._number += 1
            rows.append(cells(self._number, one, balances.get(one.id), schemes, self._words, self._zone))
        return rows, run.next_cursor

    def _balances(self, ids: list[str]) -> dict[str, Balance]:
        return {one.account_id: one for one in self._services.billing.balances(ids)} if ids else {}
