"""«Статистика» → «Баланс»: what the partner has with the operator, its movements, and how long it lasts.

Template statistics/balance.html: `own` (contracts.billing.Balance), `forecast` (Forecast), and what `entries_context` gives.
"""

from flask import Blueprint, Response

from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles, tenant
from gateway_http.admin.entries import entries_context, query_of
from gateway_http.admin.entries_file import entries_file
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.get("/statistics/balance", endpoint="statistics_balance")(statistics_balance)
    blueprint.get("/statistics/balance/file", endpoint="statistics_balance_file")(statistics_balance_file)


@roles(PARTNER, MANAGER, right="money")
def statistics_balance() -> Response:
    return pages.page(
        "statistics/balance.html",
        own=clients().billing.balances([partner_id()])[0],
        forecast=clients().billing.forecast([partner_id()])[0],
        **entries_context(partner_id(), partner_id()),
    )


@roles(PARTNER, MANAGER, right="money")
def statistics_balance_file() -> Response:
    return entries_file(query_of(partner_id(), partner_id()), tenant().brand)
