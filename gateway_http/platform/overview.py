"""«Обзор»: partners with their money, links to mobile operators, and the day so far."""

from datetime import UTC, datetime
from functools import partial

from eventlet import GreenPool
from flask import Blueprint, Response

from contracts.accounts import Partner
from contracts.stats import StatsClient, TotalsRow
from gateway_http import pages
from gateway_http.access import OPERATOR, roles
from gateway_http.state import clients

#: Calls to stats at once; it answers for one partner at a time.
AT_ONCE = 8


def install(blueprint: Blueprint) -> None:
    blueprint.get("", endpoint="overview")(overview)


@roles(OPERATOR)
def overview() -> Response:
    partners = clients().accounts.list_partners()
    ids = [one.id for one in partners]
    balances = clients().billing.balances(ids) if ids else []
    return pages.page(
        "platform/overview.html",
        today=_today(clients().stats, partners),
        partners=partners,
        partner_balances=dict(zip(ids, balances, strict=True)),
        links=clients().smpp_gateway.links(),
    )


def _today(stats: StatsClient, partners: list[Partner]) -> dict[str, int]:
    """Totals of the present UTC day over all partners."""
    day = datetime.now(UTC).date().isoformat()
    ask = partial(stats.totals, date_from=day, date_to=day, group_by="day")
    rows: list[TotalsRow] = [
        row for found in GreenPool(AT_ONCE).imap(ask, [one.id for one in partners]) for row in found
    ]
    return {name: sum(getattr(row, name) for row in rows) for name in ("messages", "delivered", "charged", "cost")}
