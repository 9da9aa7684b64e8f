"""One route of a scheme: a new one, or a change.

Template routes/route.html: `scheme`, `position` (0: new), `form`, `errors`, `links` (names), `rows` (lines for links),
`directions`, `partners`, `zones`, `words`, `was`.
"""

from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed, NotFound
from contracts.smpp_routes import RouteScheme
from gateway_http import pages, zones
from gateway_http.access import OPERATOR, form_view, roles
from gateway_http.admin.tariff_directions import Directions, directions
from gateway_http.audit import audits
from gateway_http.platform import routes_words
from gateway_http.platform.route_owners import any_advertiser_of, names_of
from gateway_http.platform.routes import put, was_of
from gateway_http.platform.routes_form import RouteForm, rows_shown, values_of
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    view = form_view(route_edit, route_save)
    blueprint.add_url_rule("/routes/<uuid:scheme_id>/route", "route_edit", view, methods=["GET", "POST"])


@roles(OPERATOR)
def route_edit(scheme_id: UUID) -> Response:
    """`position` in the address: which one; none: a new one at the end."""
    scheme, known = clients().smpp_gateway.route_scheme(str(scheme_id)), directions()
    position = _position(scheme)
    route = scheme.routes[position - 1] if position else None
    owners = names_of([route.advertiser_id]) if route else {}
    return _page(scheme, position, values_of(route, known, owners), {}, known, str(scheme.version))


@audits("route.saved", "Saved a route")
@roles(OPERATOR)
def route_save(scheme_id: UUID) -> Response:
    scheme, known = clients().smpp_gateway.route_scheme(str(scheme_id)), directions()
    position = _position(scheme)
    login = request.form.get("advertiser", "").strip()
    found = any_advertiser_of(login) if login else None
    form = RouteForm(request.form, known, {found.login.casefold(): found.id} if found else {})
    route = form.route(gettext("Choose a direction of the list"), gettext("There is no advertiser with this login"))
    index = position - 1 if position else len(scheme.routes)
    if not form.errors:
        try:
            put(scheme, [*scheme.routes[:index], route, *scheme.routes[index + 1 :]], was_of(form))
        except (Conflict, Malformed) as error:
            form.take_route(error, index)
        else:
            return pages.done(gettext("The route is saved."), "platform.route_scheme", scheme_id=scheme_id)
    return _page(scheme, position, form.values, form.errors, known, form.values.get("was", ""))


def _position(scheme: RouteScheme) -> int:
    position = request.args.get("position", 0, int)
    if not 0 <= position <= len(scheme.routes):
        raise NotFound
    return position


def _page(
    scheme: RouteScheme, position: int, values: dict[str, str], errors: dict[str, str], known: Directions, was: str
) -> Response:
    return pages.page(
        "routes/route.html",
        422 if errors else 200,
        scheme=scheme,
        position=position,
        form=values,
        errors=errors,
        links=[one.link for one in clients().smpp_gateway.route_links()],
        rows=rows_shown(values),
        directions=known,
        partners=clients().accounts.list_partners(),
        zones=zones.OFFERED,
        words=routes_words,
        was=was,
    )
