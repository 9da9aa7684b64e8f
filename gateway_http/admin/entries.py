"""The entries behind a sum: of an advertiser's account, of one of its packages, of a partner's balance.

Template money/_entries.html: what `entries_context` gives.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from contracts.billing_packages import EntriesQuery, EntryPage
from contracts.errors import Malformed, NotFound
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles
from gateway_http.admin.entries_file import entries_file
from gateway_http.admin.entries_kinds import ENTRY_KINDS
from gateway_http.admin.people import advertiser_context
from gateway_http.forms import parse_day, parse_id
from gateway_http.sentences import told
from gateway_http.state import clients

USUAL_DAYS = 30
PAGE_SIZE = 50
EMPTY = EntryPage(items=[], next_cursor=None, total=0, change=0)


def install(blueprint: Blueprint) -> None:
    address = "/advertisers/<uuid:advertiser_id>/entries"
    blueprint.get(address, endpoint="advertiser_entries")(advertiser_entries)
    blueprint.get(f"{address}/file", endpoint="advertiser_entries_file")(advertiser_entries_file)


@roles(PARTNER, MANAGER, right="money")
def advertiser_entries(advertiser_id: UUID) -> Response:
    context = advertiser_context(advertiser_id)
    packages = clients().billing.packages(partner_id(), str(advertiser_id))
    return pages.page(
        "advertisers/entries.html", packages=packages, **context, **entries_context(partner_id(), str(advertiser_id))
    )


@roles(PARTNER, MANAGER, right="money")
def advertiser_entries_file(advertiser_id: UUID) -> Response:
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    return entries_file(query_of(partner_id(), owner.id), owner.login)


def entries_context(partner: str, account: str) -> dict[str, Any]:
    """`problem`: why there is no list, in a sentence; an account that never had money has an empty one."""
    query, problem, found = query_of(partner, account), "", EMPTY
    try:
        found = clients().billing.entries(query)
    except NotFound:
        if query.package_id:
            raise
    except Malformed as error:
        problem = told(error.detail)
    return {
        "entries": found,
        "problem": problem,
        "kinds": ENTRY_KINDS,
        "today": datetime.now(UTC).date(),
        "file_arguments": {
            "kind": query.kind,
            "date_from": query.date_from or "",
            "date_to": query.date_to or "",
            "package": query.package_id,
            "message": query.message_id,
        },
        "filters": {
            "kind": query.kind,
            "date_from": query.date_from or "",
            "date_to": query.date_to or "",
            "package": query.package_id or "",
            "message": query.message_id or "",
            "cursor": query.cursor or "",
        },
    }


def query_of(partner: str, account: str) -> EntriesQuery:
    """The filter from the address; what can't be read there is as if it were not given.

    Without any filter an account is looked at for its last days; no days in a filter are all days.
    """
    package, message = (parse_id(request.args.get(name, "")) or None for name in ("package", "message"))
    first, last = (parse_day(request.args.get(name, "")) for name in ("date_from", "date_to"))
    if not request.args:
        first = datetime.now(UTC).date() - timedelta(days=USUAL_DAYS - 1)
    if first and last and first > last:
        first = last
    kind = request.args.get("kind", "")
    return EntriesQuery(
        partner_id=partner,
        account_id=account,
        package_id=package,
        message_id=message,
        kind=kind if kind in ENTRY_KINDS else "",
        date_from=first.isoformat() if first else None,
        date_to=last.isoformat() if last else None,
        cursor=parse_id(request.args.get("cursor", "")) or None,
        limit=PAGE_SIZE,
    )
