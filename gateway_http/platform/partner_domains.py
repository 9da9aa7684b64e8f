"""Domains of a partner: the list with their states, and one with its DNS, its certificate and what can be done.

Template platform/partner_domains.html: as _partner.html, `known` (contracts.accounts_domains.Domains), `form` {host},
`errors`, `advice` by host. platform/partner_domain.html: as _partner.html, `known`, `domain` (Domain), `advice` (list of
domains_words.Advice), `states` and `done` (all of them, and the index of the present one), `form` {chain}, `errors`.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from contracts.accounts_domains import STATES, Domain, Domains
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import audit, domains_words, pages
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.platform.partners import partner_context
from gateway_http.state import clients

LONGEST_HOST = 300
MOST_PEM_BYTES = 64 * 1024
MOST_VERSION = 10**15


def install(blueprint: Blueprint) -> None:
    address = "/partners/<uuid:partner>/domains"
    both = ["GET", "POST"]
    blueprint.add_url_rule(address, "partner_domains", form_view(partner_domains, partner_domain_add), methods=both)
    one = f"{address}/<host>"
    view = form_view(partner_domain, partner_domain_certificate)
    blueprint.add_url_rule(one, "partner_domain", view, methods=both)
    blueprint.post(f"{one}/check", endpoint="partner_domain_check")(partner_domain_check)
    blueprint.post(f"{one}/serve", endpoint="partner_domain_serve")(partner_domain_serve)
    blueprint.post(f"{one}/issuer", endpoint="partner_domain_issuer")(partner_domain_issuer)
    blueprint.post(f"{one}/remove", endpoint="partner_domain_remove")(partner_domain_remove)


@roles(OPERATOR)
def partner_domains(partner: UUID) -> Response:
    return _list_page(partner, {}, {})


@audits("partner_domain.added", "Added a domain of a partner")
@roles(OPERATOR)
def partner_domain_add(partner: UUID) -> Response:
    form = Form(request.form)
    host = form.text("host", required=True, longest=LONGEST_HOST)
    audit.subject("domain", "", host)
    audit.whom(str(partner))
    if not form.errors:
        try:
            made = clients().accounts.add_domain(str(partner), host=host, author=user().login)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            audit.after({"host": made.host, "state": made.state})
            told = gettext("The domain %(host)s was added.", host=made.shown)
            return pages.done(told, "platform.partner_domain", partner=partner, host=made.host)
    return _list_page(partner, form.values, form.errors)


@roles(OPERATOR)
def partner_domain(partner: UUID, host: str) -> Response:
    return _page(partner, host, {}, {})


@audits("partner_domain.certificate_put", "Uploaded a certificate of a domain")
@roles(OPERATOR)
def partner_domain_certificate(partner: UUID, host: str) -> Response:
    """The key is in no answer, whatever becomes of it."""
    form = Form(request.form)
    form.values.pop("key", None)
    chain, key = _pem(form, "chain"), _pem(form, "key")
    version = form.whole("version", 0, MOST_VERSION)
    form.values["chain"] = "" if "PRIVATE KEY" in chain else chain
    _named(partner, host)
    if not form.errors:
        try:
            made = clients().accounts.put_certificate(
                str(partner), host, chain=chain, key=key, version=version, author=user().login
            )
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            audit.after({"fingerprint": made.certificate.fingerprint if made.certificate else "", "state": made.state})
            told = gettext("The certificate of %(host)s is saved.", host=made.shown)
            return pages.done(told, "platform.partner_domain", partner=partner, host=made.host)
    return _page(partner, host, form.values, form.errors)


@audits("partner_domain.checked", "Looked at the DNS of a domain")
@roles(OPERATOR)
def partner_domain_check(partner: UUID, host: str) -> Response:
    _named(partner, host)
    seen = clients().accounts.check_domain(str(partner), host)
    audit.after({"verdict": seen.verdict, "state": seen.state})
    if seen.verdict == "ours":
        told = gettext("%(host)s points at the platform.", host=seen.shown)
        return pages.done(told, "platform.partner_domain", partner=partner, host=seen.host)
    flash(gettext("The DNS of %(host)s was looked at: what was found stands below.", host=seen.shown), "info")
    return pages.see_other(url_for("platform.partner_domain", partner=partner, host=seen.host))


@audits("partner_domain.served", "Let a domain be served")
@roles(OPERATOR)
def partner_domain_serve(partner: UUID, host: str) -> Response:
    serve = clients().accounts.serve_domain
    return _done(
        partner, host, lambda version: serve(str(partner), host, version=version), gettext("It is served now.")
    )


@audits("partner_domain.left_to_issuer", "Left the certificate of a domain to the issuer of the cluster")
@roles(OPERATOR)
def partner_domain_issuer(partner: UUID, host: str) -> Response:
    leave = clients().accounts.leave_to_issuer
    told = gettext("The certificate is left to the issuer of the cluster.")
    return _done(partner, host, lambda version: leave(str(partner), host, version=version), told)


@audits("partner_domain.removed", "Removed a domain of a partner")
@roles(OPERATOR)
def partner_domain_remove(partner: UUID, host: str) -> Response:
    remove = clients().accounts.remove_domain
    form = Form(request.form)
    version = form.whole("version", 0, MOST_VERSION)
    _named(partner, host)
    try:
        remove(str(partner), host, version=version)
    except Conflict as error:
        form.take(error)
        return _page(partner, host, {}, form.errors)
    return pages.done(gettext("The domain is removed."), "platform.partner_domains", partner=partner)


def _done(partner: UUID, host: str, change: Callable[[int], Domain], told: str) -> Response:
    form = Form(request.form)
    version = form.whole("version", 0, MOST_VERSION)
    _named(partner, host)
    try:
        made = change(version)
    except Conflict as error:
        form.take(error)
        return _page(partner, host, {}, form.errors)
    audit.after({"state": made.state, "issuing": made.issuing})
    return pages.done(told, "platform.partner_domain", partner=partner, host=made.host)


def _named(partner: UUID, host: str) -> None:
    """Say whose domain the record of this request is of; `NotFound` for what can't be one."""
    if len(host) > LONGEST_HOST or not host.isprintable():
        raise NotFound
    audit.subject("domain", host, host)
    audit.whom(str(partner))


def _pem(form: Form, name: str) -> str:
    """The file, else what was pasted."""
    given = request.files.get(f"{name}_file")
    data = given.read(MOST_PEM_BYTES + 1) if given is not None and given.filename else b""
    if not data:
        return request.form.get(name, "").strip()
    if len(data) > MOST_PEM_BYTES:
        form.errors[name] = gettext("The file is larger than %(most)s kB", most=MOST_PEM_BYTES // 1024)
        return ""
    # PEM is ASCII: what is not, is refused by who reads it.
    return data.decode("ascii", "replace").replace("\0", " ")


def _list_page(partner: UUID, values: dict[str, str], errors: dict[str, str]) -> Response:
    known = clients().accounts.domains(str(partner))
    return pages.page(
        "platform/partner_domains.html",
        422 if errors else 200,
        known=known,
        advice={one.host: domains_words.advice_of(one, known) for one in known.items},
        form=values,
        errors=errors,
        **partner_context(partner),
    )


def _page(partner: UUID, host: str, values: dict[str, str], errors: dict[str, str]) -> Response:
    if len(host) > LONGEST_HOST:
        raise NotFound
    known = clients().accounts.domains(str(partner))
    domain = _of(known, host)
    return pages.page(
        "platform/partner_domain.html",
        422 if errors else 200,
        **_shown(known, domain),
        form=values,
        errors=errors,
        **partner_context(partner),
    )


def _of(known: Domains, host: str) -> Domain:
    found = next((one for one in known.items if one.host == host), None)
    if found is None:
        raise NotFound
    return found


def _shown(known: Domains, domain: Domain) -> dict[str, Any]:
    advice = domains_words.advice_of(domain, known)
    return {"known": known, "domain": domain, "advice": advice, "states": STATES, "done": STATES.index(domain.state)}
