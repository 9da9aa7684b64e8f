"""«Дополнительные настройки»: how the cabinet looks, the contract before a payment, how mail becomes SMS."""

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext

from contracts.accounts_branding import EMAIL_AUTHORISATIONS, Branding
from contracts.accounts_files import read_file
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import audit, pages, theme
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.branding_form import BrandingForm, colour_problem, shown_values
from gateway_http.admin.branding_uploads import shown_logo
from gateway_http.downloads import attachment
from gateway_http.state import clients, gateway

PAGE = "admin.settings_branding"


def install(blueprint: Blueprint) -> None:
    view = form_view(branding, branding_save)
    blueprint.add_url_rule("/settings/branding", "settings_branding", view, methods=["GET", "POST"])
    blueprint.get("/settings/branding/preview", endpoint="settings_branding_preview")(preview)
    blueprint.get("/settings/branding/contract", endpoint="settings_branding_contract")(contract)


@roles(PARTNER, MANAGER, right="settings")
def branding() -> Response:
    stored = clients().accounts.branding(partner_id())
    return _page(stored, shown_values(stored), {})


@audit.audits("branding.changed", "Changed the additional settings")
@roles(PARTNER, MANAGER, right="settings")
def branding_save() -> Response:
    """Save all of it or nothing. A file that came with a wrong form is kept for the next try."""
    stored = clients().accounts.branding(partner_id())
    form = BrandingForm(request.form)
    change = form.change(stored, request.files)
    audit.subject("settings", partner_id(), stored.name)
    audit.before(_audited(stored))
    if not form.errors:
        try:
            saved = clients().accounts.save_branding(partner_id(), change, author=user().login)
        except (Conflict, Malformed) as error:
            form.take_branding(error)
        else:
            audit.after(_audited(saved))
            # Other processes are told by an event; this one shows the new looks on the very next page.
            gateway().tenants.forget([partner_id()])
            return pages.done(gettext("The settings were saved."), PAGE)
    return _page(stored, form.values, form.errors, form.first)


@roles(PARTNER, MANAGER, right="settings")
def preview() -> Response:
    """What the pictures on the page show of two colours, as JSON; nothing is saved."""
    colours = {name: request.args.get(name, "")[:20] for name in ("accent_colour", "pressed_colour")}
    problems = {name: problem for name, colour in colours.items() if (problem := colour_problem(colour))}
    try:
        variables = theme.variables(*colours.values())
    except ValueError:
        variables = {}
    return jsonify({"variables": variables, "problems": problems})


@roles(PARTNER, MANAGER, right="settings")
def contract() -> Response:
    return contract_file(clients().accounts.branding(partner_id()))


def contract_file(stored: Branding) -> Response:
    """The contract of this host's partner, to keep: a browser never opens it as a page of ours."""
    file = stored.contract
    if file is None:
        raise NotFound
    response = attachment(read_file(clients().accounts, partner_id(), file), file.media_type, file.name)
    response.content_length = file.octets
    return response


def _audited(looks: Branding) -> dict[str, Any]:
    names = (
        "name",
        "accent_colour",
        "pressed_colour",
        "logo_address",
        "contract_required",
        "contract_url",
        "email_auth",
    )
    files = {
        "logo": looks.logo.digest[:16] if looks.logo else "",
        "contract": looks.contract.name if looks.contract else "",
    }
    return {name: getattr(looks, name) for name in names} | files


def _page(
    stored: Branding, values: dict[str, str], errors: dict[str, str], first: tuple[str, str] | None = None
) -> Response:
    """`first`: (author, moment) of who saved meanwhile."""
    return pages.page(
        "settings/branding.html",
        422 if errors else 200,
        stored=stored,
        form=values,
        errors=errors,
        first=first,
        logo_src=shown_logo(stored, values.get("logo_file", ""), url_for("brand.logo")),
        new_contract=bool(values.get("contract_file")) and values["contract_file"] != _id(stored.contract),
        authorisations=[(one, one) for one in EMAIL_AUTHORISATIONS],
        defaults={"accent_colour": theme.DEFAULT_ACCENT, "pressed_colour": theme.DEFAULT_PRESSED},
    )


def _id(file: Any) -> str:
    return file.id if file is not None else ""
