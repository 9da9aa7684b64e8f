"""«Отправители»: the advertiser's sender names, and asking for a new one.

Template cabinet/senders.html: `senders` (list of contracts.senders.Sender), `form` {name}, `errors`; POST cabinet.senders: name.
"""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Malformed
from contracts.senders_states import Registration
from gateway_http import pages
from gateway_http.access import ADVERTISER, form_view, partner_id, roles
from gateway_http.audit import audits
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/senders", "senders", form_view(senders, sender_request), methods=["GET", "POST"])


@roles(ADVERTISER, acting=True)
def senders() -> Response:
    return _page({}, {})


@audits("sender.requested", "Asked for a sender name")
@roles(ADVERTISER, acting=True)
def sender_request() -> Response:
    form = Form(request.form)
    name = form.text("name", required=True, longest=15)
    whose = {"legal_entity": form.text("legal_entity", longest=200), "inn": form.text("inn", longest=12)}
    if form.errors:
        return _page(form.values, form.errors)
    try:
        asked = clients().senders.request(partner_id(), advertiser_id(), name=name, **whose)
    except Malformed as error:
        form.take(error)
        return _page(form.values, form.errors)
    told = {
        "approved": gettext("The name %(name)s is approved.", name=asked.name),
        "refused": gettext("The name %(name)s is refused.", name=asked.name),
    }
    waits = gettext("The name %(name)s waits for approval.", name=asked.name)
    return pages.done(told.get(asked.state, waits), "cabinet.senders")


def _page(values: dict[str, str], errors: dict[str, str]) -> Response:
    known = clients().senders.of_advertiser(partner_id(), advertiser_id())
    stated: dict[str, list[Registration]] = {}
    for one in clients().senders.registrations_of_advertiser(partner_id(), advertiser_id()):
        stated.setdefault(one.sender_id, []).append(one)
    policy = clients().senders.policy(partner_id(), advertiser_id())
    return pages.page(
        "cabinet/senders.html",
        422 if errors else 200,
        senders=known,
        registrations=stated,
        policy=policy,
        form=values,
        errors=errors,
    )
