"""The settings of a link: a new one, or a change.

Template links/form.html: `link` (None: a new one), `form`, `errors`, `groups`, `fields` (contracts.smpp_links.LinkField by
name), `choices_of`, `others` (choices of `receipts_of`), `differing` (names of settings that are not at their defaults).
"""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from contracts.smpp_links import Link, LinkField
from gateway_http import pages
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.audit import audits
from gateway_http.platform.links_form import LinkForm, choices_of, differing, submitting, values_of
from gateway_http.platform.links_words import GROUPS, Group, Setting
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/links/new", "link_new", form_view(link_new, link_add), methods=["GET", "POST"])
    view = form_view(link_edit, link_save)
    blueprint.add_url_rule("/links/<name>/settings", "link_edit", view, methods=["GET", "POST"])


@roles(OPERATOR)
def link_new() -> Response:
    fields = clients().smpp_gateway.operator_link_fields()
    return _page(None, fields, values_of(None, fields), {})


@audits("link.added", "Added a link")
@roles(OPERATOR)
def link_add() -> Response:
    form = LinkForm(request.form, clients().smpp_gateway.operator_link_fields(), None)
    return _put(form, None)


@roles(OPERATOR)
def link_edit(name: str) -> Response:
    link, fields = clients().smpp_gateway.operator_link(name), clients().smpp_gateway.operator_link_fields()
    return _page(link, fields, values_of(link, fields), {})


@audits("link.changed", "Changed a link")
@roles(OPERATOR)
def link_save(name: str) -> Response:
    link = clients().smpp_gateway.operator_link(name)
    return _put(LinkForm(request.form, clients().smpp_gateway.operator_link_fields(), link), link)


def _put(form: LinkForm, link: Link | None) -> Response:
    change = form.change()
    if link is None and any(one.name == change.name for one in clients().smpp_gateway.operator_links()):
        form.errors["name"] = gettext("There is a link of this name already")
    if not form.errors:
        try:
            saved = clients().smpp_gateway.put_operator_link(change, author=user().login)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            told = gettext("The link %(name)s is saved. It is followed within seconds.", name=saved.title or saved.name)
            return pages.done(told, "platform.link", name=saved.name)
    return _page(link, form.fields, form.values, form.errors)


def _page(link: Link | None, fields: list[LinkField], values: dict[str, str], errors: dict[str, str]) -> Response:
    known = {one.name: one for one in fields}
    given = {name: text for name, text in values_of(link, fields).items() if link and name in link.given}
    return pages.page(
        "links/form.html",
        422 if errors else 200,
        link=link,
        form=values | given,
        errors=errors,
        groups=_groups(fields),
        fields=known,
        choices_of=choices_of,
        others=submitting(clients().smpp_gateway.operator_links(), link.name if link else "", values["receipts_of"]),
        differing=differing(values | given, fields),
    )


def _groups(fields: list[LinkField]) -> list[Group]:
    """With what the gateway can set and no group names at the end."""
    named = {one.name for group in GROUPS for one in group.settings}
    rest = tuple(Setting(one.name, one.name) for one in fields if one.name not in named)
    return [*GROUPS, *([Group("rest", "SMPP", "", rest)] if rest else [])]
