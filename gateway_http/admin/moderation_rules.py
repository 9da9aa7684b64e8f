"""«Модерация текстов»: the partner's rules, and trying a text by them."""

from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from contracts.senders_texts import Trial
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.audit import audits, unaudited
from gateway_http.forms import Form
from gateway_http.state import clients

LONGEST_RULE, LONGEST_SENTENCE, LONGEST_TRIED = 10_000, 300, 2_000


def install(blueprint: Blueprint) -> None:
    view = form_view(rules, rule_save)
    blueprint.add_url_rule("/moderation/rules", "moderation_rules", view, methods=["GET", "POST"])
    blueprint.post("/moderation/rules/try", endpoint="moderation_try")(text_try)
    blueprint.post("/moderation/rules/<uuid:rule_id>/delete", endpoint="moderation_rule_delete")(rule_delete)


@roles(PARTNER, MANAGER, right="senders")
def rules() -> Response:
    return _page({}, {})


@audits("text_rule.saved", "Saved a rule for texts")
@roles(PARTNER, MANAGER, right="senders")
def rule_save() -> Response:
    """Without `rule_id` the rule is new."""
    form = Form(request.form)
    rule_id = form.id("rule_id") if request.form.get("rule_id") else None
    version = form.whole("version", 0, 1_000_000) if rule_id else 0
    given = {name: form.text(name) for name in ("kind", "action")}
    given["sentence"] = form.text("sentence", longest=LONGEST_SENTENCE)
    given["value"] = form.text("value", required=given["kind"] != "links", longest=LONGEST_RULE)
    if form.errors:
        return _page(form.values, form.errors)
    try:
        saved = clients().senders.put_text_rule(partner_id(), rule_id, version=version, author=user().login, **given)
    except (Malformed, Conflict) as error:
        form.take(error)
        return _page(form.values, form.errors)
    audit.subject("text_rule", saved.id, saved.kind)
    audit.after({"kind": saved.kind, "value": saved.value, "action": saved.action})
    return pages.done(gettext("The rule is saved. It holds from now on."), "admin.moderation_rules")


@audits("text_rule.deleted", "Deleted a rule for texts")
@roles(PARTNER, MANAGER, right="senders")
def rule_delete(rule_id: UUID) -> Response:
    clients().senders.drop_text_rule(partner_id(), str(rule_id))
    audit.subject("text_rule", str(rule_id), "")
    return pages.done(gettext("The rule is deleted. What waited by it is checked anew."), "admin.moderation_rules")


@unaudited("nothing is changed: a text is only tried")
@roles(PARTNER, MANAGER, right="senders")
def text_try() -> Response:
    form = Form(request.form)
    text = form.text("text", required=True, longest=LONGEST_TRIED)
    if form.errors:
        return _page(form.values, form.errors)
    return _page(form.values, {}, clients().senders.try_text(partner_id(), text))


def _page(values: dict[str, str], errors: dict[str, str], trial: Trial | None = None) -> Response:
    found = clients().senders.text_rules(partner_id())
    status = 422 if errors else 200
    return pages.page("moderation/rules.html", status, rules=found, form=values, errors=errors, trial=trial)
