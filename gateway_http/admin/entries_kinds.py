"""What the entries of the ledger are called for people; `services/billing/ledger.py` says what each moves."""

from gateway_http.i18n import N_

ENTRY_KINDS = {
    "credit": N_("Top-up"),
    "debit": N_("Charge for an SMS"),
    "hold": N_("Held until delivery"),
    "capture": N_("Charge for a delivered SMS"),
    "release": N_("Release of what was held"),
    "refund": N_("Refund"),
    "correction": N_("Correction upwards"),
    "correction_down": N_("Correction downwards"),
    "expire": N_("End of a package"),
    "expire_undone": N_("Return of an ended package"),
}
