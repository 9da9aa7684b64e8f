"""«Оферта»: the versions of the partner's offer, publishing a new one, and who accepted which."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Malformed, NotFound
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.people import own_advertisers
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients

LONGEST_OFFER = 100_000


def install(blueprint: Blueprint) -> None:
    view = form_view(oferta, oferta_publish)
    blueprint.add_url_rule("/settings/oferta", "settings_oferta", view, methods=["GET", "POST"])
    blueprint.get("/settings/oferta/<version>", endpoint="settings_oferta_version")(oferta_version)


@roles(PARTNER, MANAGER, right="settings")
def oferta() -> Response:
    return _page(None, {})


@audits("oferta.published", "Published an oferta")
@roles(PARTNER, MANAGER, right="settings")
def oferta_publish() -> Response:
    """Publish the next version, unless it says the same as the newest: then nobody has to accept it anew."""
    form = Form(request.form)
    text = form.text("text", required=True, longest=LONGEST_OFFER)
    known = clients().accounts.offers(partner_id())
    if known and known[0].text == text:
        form.errors["text"] = gettext("This is the text of the newest version already")
    if not form.errors:
        try:
            made = clients().accounts.publish_offer(partner_id(), text=text, author=user().login)
        except Malformed as error:
            form.take(error)
        else:
            return pages.done(
                gettext("Version %(number)s was published.", number=made.version), "admin.settings_oferta"
            )
    return _page(form.values, form.errors)


@roles(PARTNER, MANAGER, right="settings")
def oferta_version(version: str) -> Response:
    """One version with those who accepted it."""
    found = next((one for one in clients().accounts.offers(partner_id()) if str(one.version) == version), None)
    if found is None:
        raise NotFound
    accepted = clients().accounts.offer_acceptances(partner_id(), found.version)
    people = own_advertisers(one.advertiser_id for one in accepted)
    return pages.page("oferta/version.html", offer=found, acceptances=accepted, people=people)


def _page(values: dict[str, str] | None, errors: dict[str, str]) -> Response:
    """The form begins with the newest text: a new version is mostly a change of it."""
    known = clients().accounts.offers(partner_id())
    first = {"text": known[0].text if known else ""}
    status = 422 if errors else 200
    return pages.page("oferta/list.html", status, offers=known, form=values or first, errors=errors, most=LONGEST_OFFER)
