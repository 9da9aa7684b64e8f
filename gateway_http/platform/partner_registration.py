"""Partners as the operator registers, changes and blocks them.

Template platform/partner_new.html: `form` {name, hosts, login, email, zone}, `zones`, `errors`, `bad_lines` (sentences on
hosts), `made` (contracts.accounts_partners.RegisteredPartner or None). platform/partner_edit.html: as _partner.html, `card`
(PartnerCard), `form` {name, email, zone, version}, `zones`, `errors`, `changed` (PartnerCard as somebody else left it, or None).
"""

from functools import partial
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.accounts_partners import NewPartner, PartnerCard, RegisteredPartner
from contracts.errors import Conflict, GolubError, Malformed
from gateway_http import audit, pages
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.audit import audits
from gateway_http.domains_words import lines_of
from gateway_http.forms import Form
from gateway_http.platform.partners import partner_context
from gateway_http.sentences import told_errors
from gateway_http.state import clients
from gateway_http.zones import OFFERED

LONGEST_NAME, LONGEST_HOSTS, LONGEST_SHOWN = 200, 10_000, 60
MOST_VERSION = 10**15
STATES = ("active", "blocked")


def install(blueprint: Blueprint) -> None:
    both = ["GET", "POST"]
    blueprint.add_url_rule("/partners/new", "partner_new", form_view(partner_new, partner_register), methods=both)
    address = "/partners/<uuid:partner>"
    blueprint.add_url_rule(f"{address}/settings", "partner_edit", form_view(partner_edit, partner_change), methods=both)
    blueprint.post(f"{address}/state", endpoint="partner_state")(partner_state)


@roles(OPERATOR)
def partner_new() -> Response:
    return _new_page({"zone": user().zone}, {})


@audits("partner.registered", "Registered a partner")
@roles(OPERATOR)
def partner_register() -> Response:
    """The answer itself shows a password that was made, as nothing that is kept may hold it."""
    form = Form(request.form)
    new = NewPartner(
        name=form.text("name", required=True, longest=LONGEST_NAME),
        hosts=list(lines_of(form.text("hosts", required=True, longest=LONGEST_HOSTS))),
        login=form.text("login", required=True, longest=LONGEST_NAME),
        email=form.text("email", longest=LONGEST_NAME),
        zone=form.text("zone", required=True, longest=LONGEST_NAME),
        password=request.form.get("password", ""),
    )
    wrong: list[str] = []
    if not form.errors:
        try:
            made = clients().accounts.register_partner(new, author=user().login)
        except (Conflict, Malformed) as error:
            wrong = _take(form, error, new.hosts)
        else:
            audit.subject("partner", made.id, new.name)
            audit.after({"name": new.name, "hosts": ", ".join(new.hosts), "login": new.login, "email": new.email})
            return _new_page({"zone": user().zone}, {}, made=made)
    return _new_page(form.values, form.errors, wrong=wrong)


def _take(form: Form, error: GolubError, hosts: list[str]) -> list[str]:
    """Put what was refused at its field; a sentence for each host that was."""
    sentences = []
    for one in told_errors(error.data.get("errors")):
        head, _, index = str(one.get("pointer", "")).rpartition("/")
        if head == "/hosts" and index.isdecimal() and int(index) < len(hosts):
            typed = hosts[int(index)][:LONGEST_SHOWN]
            sentences.append(gettext("“%(line)s”: %(sentence)s", line=typed, sentence=one["detail"]))
            form.errors["hosts"] = gettext("Correct these domains: nothing was saved.")
    others = [one for one in error.data.get("errors") or [] if not str(one.get("pointer", "")).startswith("/hosts/")]
    if others or not sentences:
        form.take(type(error)(error.detail, {"errors": others}))
    return sentences


@roles(OPERATOR)
def partner_edit(partner: UUID) -> Response:
    return _edit_page(partner, clients().accounts.partner_card(str(partner)))


@audits("partner.changed", "Changed a partner")
@roles(OPERATOR)
def partner_change(partner: UUID) -> Response:
    form, card = Form(request.form), clients().accounts.partner_card(str(partner))
    given = {
        "name": form.text("name", required=True, longest=LONGEST_NAME),
        "email": form.text("email", longest=LONGEST_NAME),
        "zone": form.text("zone", required=True, longest=LONGEST_NAME),
    }
    version = form.whole("version", 0, MOST_VERSION)
    audit.subject("partner", card.id, card.name)
    audit.before({"name": card.name, "email": card.email, "zone": card.zone})
    audit.after(given)
    if not form.errors:
        try:
            clients().accounts.change_partner(card.id, version=version, **given)
        except (Conflict, Malformed) as error:
            form.take(error)
    if form.errors:
        return _edit_page(partner, card, form, changed=card if version != card.version else None)
    return pages.done(gettext("The partner is saved."), "platform.partner_edit", partner=partner)


@audits("partner.state_set", "Blocked a partner, or let it in again")
@roles(OPERATOR)
def partner_state(partner: UUID) -> Response:
    form, card = Form(request.form), clients().accounts.partner_card(str(partner))
    state, version = form.text("state"), form.whole("version", 0, MOST_VERSION)
    audit.subject("partner", card.id, card.name)
    audit.before({"state": card.state})
    audit.after({"state": state})
    change = partial(clients().accounts.set_partner_state, card.id, state=state, version=version)
    try:
        change()
    except (Conflict, Malformed) as error:
        form.take(error)
        return _edit_page(partner, card, Form({}), told=form.errors["form"])
    told = gettext("The partner is blocked.") if state == "blocked" else gettext("The partner is let in again.")
    return pages.done(told, "platform.partner_edit", partner=partner)


def _new_page(
    values: dict[str, str],
    errors: dict[str, str],
    *,
    wrong: list[str] | None = None,
    made: RegisteredPartner | None = None,
) -> Response:
    return pages.page(
        "platform/partner_new.html",
        422 if errors else 200,
        form=values,
        zones=OFFERED,
        errors=errors,
        bad_lines=wrong or [],
        made=made,
    )


def _edit_page(
    partner: UUID,
    card: PartnerCard,
    form: Form | None = None,
    *,
    changed: PartnerCard | None = None,
    told: str = "",
) -> Response:
    shown = {"name": card.name, "email": card.email, "zone": card.zone, "version": str(card.version)}
    errors = {"form": told} if told else form.errors if form else {}
    # What was typed stays, and is saved over what somebody else wrote once it was seen.
    values = form.values | {"version": str(card.version)} if form and form.values else shown
    return pages.page(
        "platform/partner_edit.html",
        422 if errors else 200,
        card=card,
        form=values,
        zones=[*OFFERED, *([] if values.get("zone") in OFFERED else [values.get("zone", "")])],
        errors=errors,
        changed=changed,
        **partner_context(partner),
    )
