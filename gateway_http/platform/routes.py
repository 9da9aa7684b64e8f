"""«Схема трафика»: the schemes, one scheme with its routes, who has it, and its history.

Template routes/list.html: `schemes`, `form` {name, after}, `errors`, `changes`. routes/scheme.html: `scheme`, `told` (words
of each route's conditions), `owners` (names by id), `assigned`, `changes`, `partners`, `old` (an earlier version is shown),
`form`, `errors`, `dialog`.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext

from contracts.errors import Conflict, GolubError, Malformed, NotFound
from contracts.smpp_routes import AFTER, Route, RouteScheme
from gateway_http import pages
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.admin.tariff_directions import directions
from gateway_http.audit import audits
from gateway_http.forms import Form, parse_id
from gateway_http.platform import routes_words
from gateway_http.platform.route_owners import advertiser_of, names_of
from gateway_http.state import clients

LONGEST_NAME = 100
MOST_POSITION = 500


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/routes", "routes", form_view(routes, route_scheme_add), methods=["GET", "POST"])
    blueprint.post("/routes/default", endpoint="route_default")(route_default)
    one = "/routes/<uuid:scheme_id>"
    blueprint.add_url_rule(one, "route_scheme", form_view(route_scheme, route_scheme_save), methods=["GET", "POST"])
    blueprint.post(f"{one}/move", endpoint="route_move")(route_move)
    blueprint.post(f"{one}/assign", endpoint="route_assign")(route_assign)
    blueprint.post(f"{one}/release", endpoint="route_release")(route_release)
    blueprint.post(f"{one}/delete", endpoint="route_delete")(route_delete)


@roles(OPERATOR)
def routes() -> Response:
    return _list({"after": AFTER[1]}, {})


@audits("scheme.added", "Added a traffic scheme")
@roles(OPERATOR)
def route_scheme_add() -> Response:
    form = Form(request.form)
    name, after = form.text("name", required=True, longest=LONGEST_NAME), form.text("after")
    if not form.errors:
        try:
            made = clients().smpp_gateway.put_route_scheme(name=name, after=after, routes=[], author=user().login)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            return pages.see_other(url_for("platform.route_scheme", scheme_id=made.id))
    return _list(form.values, form.errors)


def _list(values: dict[str, str], errors: dict[str, str]) -> Response:
    gateway = clients().smpp_gateway
    changes = gateway.route_changes()[:20]
    return pages.page(
        "routes/list.html",
        422 if errors else 200,
        schemes=gateway.route_schemes(),
        changes=changes,
        owners=names_of(one.subject_id for one in changes),
        form=values,
        errors=errors,
        words=routes_words,
    )


@audits("scheme.made_default", "Made a traffic scheme the default one")
@roles(OPERATOR)
def route_default() -> Response:
    chosen = parse_id(Form(request.form).text("scheme_id")) or None
    clients().smpp_gateway.set_default_route_scheme(chosen, author=user().login)
    return pages.done(gettext("The default scheme was changed."), "platform.routes")


@roles(OPERATOR)
def route_scheme(scheme_id: UUID) -> Response:
    version = request.args.get("version", None, int)
    found = clients().smpp_gateway.route_scheme(str(scheme_id), version=version)
    current = clients().smpp_gateway.route_scheme(str(scheme_id)) if version else found
    return _page(found, {"name": found.name, "after": found.after}, {}, old=found.version != current.version)


@audits("scheme.changed", "Changed a traffic scheme")
@roles(OPERATOR)
def route_scheme_save(scheme_id: UUID) -> Response:
    """Its name and its end; the routes stay as they are."""
    form, found = Form(request.form), clients().smpp_gateway.route_scheme(str(scheme_id))
    name, after = form.text("name", required=True, longest=LONGEST_NAME), form.text("after")
    if not form.errors:
        try:
            put(found, found.routes, was_of(form), name=name, after=after)
        except (Conflict, Malformed) as error:
            take(form, error)
        else:
            return _saved(scheme_id)
    return _page(found, form.values, form.errors, dialog="rename")


@audits("route.moved", "Moved a route")
@roles(OPERATOR)
def route_move(scheme_id: UUID) -> Response:
    """Take a route one place up or down, or out of the scheme."""
    form, found = Form(request.form), clients().smpp_gateway.route_scheme(str(scheme_id))
    index, step, given = form.whole("position", 1, MOST_POSITION) - 1, form.text("step"), list(found.routes)
    if index >= len(given):
        raise NotFound
    other = index + (-1 if step == "up" else 1)
    if step == "drop":
        del given[index]
    elif 0 <= other < len(given):
        given[index], given[other] = given[other], given[index]
    try:
        put(found, given, was_of(form))
    except (Conflict, Malformed) as error:
        take(form, error)
        return _page(found, {}, {"form": next(iter(form.errors.values()))})
    return _saved(scheme_id)


@audits("scheme.assigned", "Assigned a traffic scheme")
@roles(OPERATOR)
def route_assign(scheme_id: UUID) -> Response:
    """Give the scheme to a partner, or to the one of its advertisers that has the login."""
    form, found = Form(request.form), clients().smpp_gateway.route_scheme(str(scheme_id))
    partner, login = parse_id(form.text("partner_id", required=True)), form.text("login")
    if not partner:
        form.errors["partner_id"] = gettext("Choose one of the list")
    advertiser = advertiser_of(partner, login) if partner and login else None
    if login and partner and advertiser is None:
        form.errors["login"] = gettext("The partner has no advertiser with this login")
    if form.errors:
        return _page(found, form.values, form.errors, dialog="assign")
    subject = ("advertiser", advertiser.id) if advertiser else ("partner", partner)
    _assign(*subject, found.id)
    return _saved(scheme_id)


@audits("scheme.released", "Took a traffic scheme away")
@roles(OPERATOR)
def route_release(scheme_id: UUID) -> Response:
    form = Form(request.form)
    _assign(form.text("subject"), parse_id(form.text("subject_id")), None)
    return _saved(scheme_id)


def _assign(subject: str, subject_id: str, scheme_id: str | None) -> None:
    clients().smpp_gateway.assign_route_scheme(
        subject=subject, subject_id=subject_id, scheme_id=scheme_id, author=user().login
    )


@audits("route.deleted", "Deleted a route")
@roles(OPERATOR)
def route_delete(scheme_id: UUID) -> Response:
    found = clients().smpp_gateway.route_scheme(str(scheme_id))
    try:
        clients().smpp_gateway.delete_route_scheme(found.id, author=user().login)
    except Conflict as error:
        form = Form({})
        form.take(error)
        return _page(found, {}, form.errors)
    return pages.done(gettext("The scheme %(name)s was deleted.", name=found.name), "platform.routes")


def put(scheme: RouteScheme, given: list[Route], was: int, **changes: str) -> None:
    """All of the scheme anew with these routes."""
    said = {"name": scheme.name, "after": scheme.after} | changes
    clients().smpp_gateway.put_route_scheme(
        name=said["name"], after=said["after"], routes=given, author=user().login, scheme_id=scheme.id, was=was
    )


def take(form: Form, error: GolubError) -> None:
    """As the form does, with a stale version above it: nobody typed that."""
    form.take(error)
    if "was" in form.errors:
        form.errors["form"] = form.errors.pop("was")


def was_of(form: Form) -> int:
    """The version that the page was opened with; one that can't be is never the present one."""
    written = form.text("was", longest=9)
    return int(written) if written.isascii() and written.isdecimal() else -1


def _saved(scheme_id: UUID) -> Response:
    return pages.done(gettext("The scheme is saved."), "platform.route_scheme", scheme_id=scheme_id)


def _page(
    scheme: RouteScheme, values: dict[str, str], errors: dict[str, str], *, dialog: str = "", old: bool = False
) -> Response:
    gateway, known = clients().smpp_gateway, directions()
    assigned = gateway.route_assignments(subject_ids=[], scheme_id=scheme.id)
    changes = gateway.route_changes(scheme.id)
    ids: list[Any] = [one.partner_id for one in scheme.routes] + [one.advertiser_id for one in scheme.routes]
    owners = names_of([*ids, *(one.subject_id for one in assigned), *(one.subject_id for one in changes)])
    return pages.page(
        "routes/scheme.html",
        422 if errors else 200,
        scheme=scheme,
        told=[routes_words.conditions(one, known, owners) for one in scheme.routes],
        owners=owners,
        assigned=assigned,
        changes=changes,
        partners=clients().accounts.list_partners(),
        form={"name": scheme.name, "after": scheme.after} | values,
        errors=errors,
        dialog=dialog,
        old=old,
        words=routes_words,
    )
