"""How the journal of actions is told to people: what was done, how it ended, which fields changed."""

from typing import Any

from flask_babel import gettext

from contracts.accounts_audit import DONE, FAILED, NEW_MASK, REFUSED, SIGN_IN_REFUSED, SIGNED_IN, SIGNED_OUT, UNFINISHED
from gateway_http import audit
from gateway_http.i18n import N_
from gateway_http.states import Look

#: What accounts itself enters.
OF_ACCOUNTS = {
    SIGNED_IN: N_("Signed in"),
    SIGN_IN_REFUSED: N_("Sign-in refused"),
    SIGNED_OUT: N_("Signed out"),
}
OUTCOMES = {
    DONE: Look(N_("Done"), "green"),
    REFUSED: Look(N_("Refused"), "yellow"),
    FAILED: Look(N_("Failure"), "red"),
    UNFINISHED: Look(N_("Outcome unknown"), "grey"),
}
#: Names of fields in `audit.before` and `audit.after`; one that is not here is shown as it is.
FIELDS = {
    "amount": N_("Sum"),
    "allow_list": N_("Addresses allowed"),
    "any_sender": N_("Any sender"),
    "automatic": N_("Automatic moderation"),
    "brand": N_("Brand"),
    "company": N_("Company name"),
    "contract_date": N_("Contract date"),
    "contract_number": N_("Contract number"),
    "credit": N_("Credit"),
    "email": N_("E-mail"),
    "ends_at": N_("End date"),
    "enabled": N_("Enabled"),
    "highest_priority": N_("Priority it may ask for"),
    "invoice_number": N_("Invoice No."),
    "login": N_("Login"),
    "manager": N_("Manager"),
    "max_binds": N_("Connections at once"),
    "moderation": N_("Moderation"),
    "name": N_("Full name"),
    "paid": N_("Paid"),
    "password": N_("Password"),
    "payment_info": N_("Payment information"),
    "payment_kind": N_("Kind of payment"),
    "phone": N_("Phone number"),
    "planned_payment_at": N_("Planned payment date"),
    "reason": N_("Reason"),
    "rights": N_("Rights"),
    "sender": N_("Sender"),
    "state": N_("State"),
    "submits_per_second": N_("Messages a second"),
    "tariff": N_("Tariff"),
    "test_mode": N_("Test mode"),
    "version": N_("Version"),
    "window": N_("Window"),
    "zone": N_("Local time zone"),
}


def action_text(action: str) -> str:
    """What was done, in the reader's language; an action that this release does not know by its name."""
    sentence = OF_ACCOUNTS.get(action) or audit.SENTENCES.get(action)
    return gettext(sentence) if sentence else action


def outcome_look(outcome: str) -> Look:
    return OUTCOMES.get(outcome, OUTCOMES[UNFINISHED])


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(field, as it was, as it is) of what is not the same; a field that was not there is empty."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        (_field(name), _value(before.get(name)), _value(after.get(name)))
        for name in names
        if name not in after or before.get(name) != after[name]
    ]


def _field(name: str) -> str:
    return gettext(FIELDS[name]) if name in FIELDS else name.replace("_", " ")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if value == NEW_MASK:
        return gettext("a new one, which is not shown")
    return "" if value is None else str(value)
