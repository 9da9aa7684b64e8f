"""«E-mail» of an advertiser: where letters to it go, and what became of the last ones.

Template advertisers/mail.html: `destination` (contracts.notify.Destination or None), `letters` (list of
contracts.notify.Letter, None where notify does not answer).
"""

from uuid import UUID

from flask import Blueprint, Response

from contracts.errors import GolubError
from contracts.notify import Destination, Letter
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles
from gateway_http.admin.people import advertiser_context
from gateway_http.state import clients

#: Of the partner's newest letters those of the advertiser are shown.
LETTERS_READ = 500


def install(blueprint: Blueprint) -> None:
    blueprint.get("/advertisers/<uuid:advertiser_id>/mail", endpoint="advertiser_mail")(advertiser_mail)


@roles(PARTNER, MANAGER, right="clients")
def advertiser_mail(advertiser_id: UUID) -> Response:
    context = advertiser_context(advertiser_id)
    destination, letters = _of(str(advertiser_id))
    return pages.page("advertisers/mail.html", destination=destination, letters=letters, **context)


def _of(advertiser_id: str) -> tuple[Destination | None, list[Letter] | None]:
    try:
        destination = clients().notify.destination(partner_id(), advertiser_id)
        letters = clients().notify.letters(partner_id(), limit=LETTERS_READ)
    except GolubError:
        return None, None
    return destination, [one for one in letters if one.advertiser_id == advertiser_id]
