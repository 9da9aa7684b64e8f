"""The operator's links to mobile operators: all of them, one with its sessions, and what can be done with it at once.

Template links/list.html: `lines` (list of `Line`), `words`. links/state.html: `one` (a `Line`), `errors`, `words`.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, NotFound
from contracts.smpp_links import Link, LinkStatus
from gateway_http import pages
from gateway_http.access import OPERATOR, roles, user
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.i18n import N_
from gateway_http.platform import links_words
from gateway_http.state import clients

DONE = {
    "enable": N_("The link %(name)s is enabled."),
    "disable": N_("The link %(name)s is disabled."),
    "drain": N_("The link %(name)s takes no new messages any more."),
    "fill": N_("The link %(name)s takes new messages again."),
    "reconnect": N_("The sessions of the link %(name)s connect anew one after another."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A link with what it does now; `status` is None for the second until processes have read a new one."""

    link: Link
    status: LinkStatus | None

    @property
    def title(self) -> str:
        return self.link.title or self.link.name

    @property
    def state(self) -> str:
        if not self.link.enabled:
            return "disabled"
        return self.status.state if self.status else "connecting"

    @property
    def receives(self) -> bool:
        """It submits nothing."""
        return self.link.settings.get("bind_type") == "receiver"

    @property
    def brought_by(self) -> list[str]:
        """Other links over which its receipts come."""
        return [name for name in self.status.receipts_over if name != self.link.name] if self.status else []

    @property
    def unheard(self) -> bool:
        """It submits, and no receipt will come."""
        transmits = self.link.settings.get("bind_type") == "transmitter"
        return transmits and self.status is not None and not self.status.receipts_over

    @property
    def binds(self) -> list[tuple[str, int]]:
        """(state, how many of its sessions are in it), in the order of the sessions."""
        states = [one.state for one in self.status.binds] if self.status else []
        return [(state, states.count(state)) for state in dict.fromkeys(states)]


def install(blueprint: Blueprint) -> None:
    blueprint.get("/links", endpoint="links")(links)
    blueprint.get("/links/<name>/state", endpoint="link")(link)
    blueprint.post("/links/<name>/switch", endpoint="link_switch")(link_switch)
    blueprint.post("/links/<name>/delete", endpoint="link_delete")(link_delete)


@roles(OPERATOR)
def links() -> Response:
    statuses = {one.name: one for one in clients().smpp_gateway.operator_link_statuses()}
    lines = [Line(one, statuses.get(one.name)) for one in clients().smpp_gateway.operator_links()]
    return pages.page("links/list.html", lines=lines, words=links_words)


@roles(OPERATOR)
def link(name: str) -> Response:
    return _page(name, {})


@audits("link.switched", "Switched a link")
@roles(OPERATOR)
def link_switch(name: str) -> Response:
    """`step`: one of DONE."""
    gateway, author, step = clients().smpp_gateway, user().login, Form(request.form).text("step")
    if step not in DONE:
        raise NotFound
    if step in ("enable", "disable"):
        changed = gateway.enable_operator_link(name, step == "enable", author=author)
    elif step == "reconnect":
        changed = gateway.reconnect_operator_link(name, author=author)
    else:
        changed = gateway.drain_operator_link(name, step == "drain", author=author)
    return pages.done(gettext(DONE[step], name=changed.title or changed.name), "platform.link", name=name)


@audits("link.deleted", "Deleted a link")
@roles(OPERATOR)
def link_delete(name: str) -> Response:
    found = clients().smpp_gateway.operator_link(name)
    try:
        clients().smpp_gateway.delete_operator_link(name, author=user().login)
    except Conflict as error:
        form = Form({})
        form.take(error)
        return _page(name, form.errors)
    return pages.done(gettext("The link %(name)s was deleted.", name=found.title or name), "platform.links")


def _page(name: str, errors: dict[str, str]) -> Response:
    found = clients().smpp_gateway.operator_link(name)
    statuses = (one for one in clients().smpp_gateway.operator_link_statuses() if one.name == name)
    one = Line(found, next(statuses, None))
    return pages.page("links/state.html", 422 if errors else 200, one=one, errors=errors, words=links_words)
