"""Links to mobile operators: any number, made, changed and switched while they work, and what each does now."""

from typing import Any

from flask import Response, jsonify, url_for
from flask_babel import gettext
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.errors import Conflict
from contracts.smpp_links import Link
from contracts.wire import many_to_wire
from gateway_http.access import OPERATOR_API, roles
from gateway_http.audit import audits
from gateway_http.platform_api import link_changes
from gateway_http.platform_api import schemas_links as schemas
from gateway_http.platform_api.author import author
from gateway_http.platform_api.bodies import described, problem, read
from gateway_http.platform_api.link_documents import link_document, statuses
from gateway_http.platform_api.paging import PageQuery, page_of
from gateway_http.platform_api.versions import IF_MATCH, changed, tagged, version_of
from gateway_http.state import clients

blueprint = Blueprint("platform_links", __name__, description="Links to mobile operators")


@blueprint.route("/links", methods=["GET"])
@blueprint.arguments(PageQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.LinkPage)
@roles(OPERATOR_API)
def links(**query: Any) -> Response:
    """All links by name, each with what it does now"""
    found, cursor = page_of(clients().smpp_gateway.operator_links(), lambda one: one.name, query)
    live = statuses()
    return jsonify({"links": [link_document(one, live.get(one.name)) for one in found], "next_cursor": cursor})


@blueprint.route("/link-settings", methods=["GET"])
@blueprint.response(200, schemas.LinkSettingList)
@roles(OPERATOR_API)
def link_settings() -> Response:
    """Every setting of a link, with its kind, limits and default

    A change of one that is `live` does not end sessions.
    """
    return jsonify({"settings": many_to_wire(clients().smpp_gateway.operator_link_fields())})


@blueprint.route("/links", methods=["POST"])
@blueprint.doc(requestBody=described(schemas.LinkToMake, schemas.MADE_EXAMPLE))
@blueprint.response(201, schemas.LinkShown)
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("link.added")
@roles(OPERATOR_API)
def link_make() -> Response:
    """Make a link; within two seconds its sessions connect

    A repeat is refused with 409, as there is a link of that name already.
    """
    change = link_changes.new_link(read(schemas.LinkToMake))
    if any(one.name == change.name for one in clients().smpp_gateway.operator_links()):
        told = gettext("There is a link of this name already")
        raise Conflict(told, {"errors": [problem("/name", "link_name_taken", told)]})
    made = changed(lambda: clients().smpp_gateway.put_operator_link(change, author=author()))
    response = _answer(made, 201)
    response.headers["Location"] = url_for("platform_links.link", name=made.name)
    return response


@blueprint.route("/links/<name>", methods=["GET"])
@blueprint.response(200, schemas.LinkShown)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(OPERATOR_API)
def link(name: str) -> Response:
    """One link, and what each of its sessions does

    Its state, the reason it is down with a code, how much of its window is in use, how much it sent in the last minute.
    """
    return _answer(link_changes.known(name))


@blueprint.route("/links/<name>", methods=["PATCH"])
@blueprint.doc(requestBody=described(schemas.LinkToChange, schemas.CHANGED_EXAMPLE), parameters=[IF_MATCH])
@blueprint.response(200, schemas.LinkShown)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(412, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@blueprint.alt_response(428, "DEFAULT_ERROR")
@audits("link.changed")
@roles(OPERATOR_API)
def link_change(name: str) -> Response:
    """Change what is named; the rest stays

    Sessions follow within two seconds, changes of settings that are `live` without a break.
    """
    before = link_changes.known(name)
    version = version_of(lambda: before.version)
    change = link_changes.change_of(before, read(schemas.LinkToChange), version)
    return _answer(changed(lambda: clients().smpp_gateway.put_operator_link(change, author=author())))


@blueprint.route("/links/<name>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@audits("link.deleted")
@roles(OPERATOR_API)
def link_delete(name: str) -> Response:
    """Delete a link that nothing waits for

    While messages wait to be submitted over it, or for receipts from it, it is refused with 409.
    """
    clients().smpp_gateway.delete_operator_link(link_changes.known(name).name, author=author())
    return Response(status=204)


@blueprint.route("/links/<name>/<any(enable, disable, drain, fill, reconnect):step>", methods=["POST"])
@blueprint.response(200, schemas.LinkShown)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@audits("link.switched")
@roles(OPERATOR_API)
def link_switch(name: str, step: str) -> Response:
    """Enable or disable it, let it drain or fill again, reconnect

    A link that drains takes no new messages and stays bound for answers and receipts. Of a disabled link what waits goes over other links of its route. To reconnect, its sessions let their windows empty,
    unbind and bind anew, one after another.
    """
    gateway, found, by = clients().smpp_gateway, link_changes.known(name), author()
    if step in ("enable", "disable"):
        return _answer(gateway.enable_operator_link(found.name, step == "enable", author=by))
    if step == "reconnect":
        return _answer(gateway.reconnect_operator_link(found.name, author=by))
    return _answer(gateway.drain_operator_link(found.name, step == "drain", author=by))


def _answer(found: Link, status: int = 200) -> Response:
    return tagged(link_document(found, statuses().get(found.name)), status)
