"""What the states of messages, sender names and links are called, and the colour of each badge: in this one place.

Labels and sentences are English msgids; templates translate them where they are shown. The codes of refusals and
holds with their sentences come from `contracts.refusals`.
"""

from dataclasses import dataclass

from contracts.refusals import HOLDS, REFUSALS, Reason
from gateway_http.i18n import N_

#: Tones a badge may have; `static/src/css/` paints them in both themes.
TONES = ("grey", "blue", "green", "yellow", "red")


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown: `label` is a msgid, `tone` one of TONES."""

    label: str
    tone: str


MESSAGE_STATES = {
    "accepted": Look(N_("Accepted"), "grey"),
    "held": Look(N_("Waiting"), "yellow"),
    "charged": Look(N_("Paid, in the queue"), "blue"),
    "submitting": Look(N_("Being sent"), "blue"),
    "submitted": Look(N_("Sent"), "blue"),
    "delivered": Look(N_("Delivered"), "green"),
    "undelivered": Look(N_("Not delivered"), "red"),
    "expired": Look(N_("Expired"), "red"),
    "rejected": Look(N_("Rejected by the operator"), "red"),
    "unknown": Look(N_("Outcome unknown"), "yellow"),
    "refused": Look(N_("Refused"), "red"),
}

SENDER_STATES = {
    "pending": Look(N_("Waits for approval"), "yellow"),
    "approved": Look(N_("Approved"), "green"),
    "refused": Look(N_("Refused"), "red"),
}

FORWARD_STATES = {
    "waiting": Look(N_("Waits"), "yellow"),
    "delivered": Look(N_("Handed over"), "green"),
    "sent": Look(N_("Handed over"), "green"),
    "failed": Look(N_("Not taken"), "red"),
    "expired": Look(N_("Nobody came for it"), "red"),
}

LINK_STATES = {
    "bound": Look(N_("Connected"), "green"),
    "connecting": Look(N_("Connecting"), "yellow"),
    "elsewhere": Look(N_("Kept by another replica"), "blue"),
    "down": Look(N_("No connection"), "red"),
    "partly": Look(N_("Connected in part"), "yellow"),
    "draining": Look(N_("Drained"), "blue"),
    "disabled": Look(N_("Disabled"), "grey"),
    "broken": Look(N_("Can not be used"), "red"),
    "free": Look(N_("Free for a process"), "grey"),
}

DOMAIN_STATES = {
    "requested": Look(N_("Requested"), "yellow"),
    "dns_verified": Look(N_("DNS verified"), "blue"),
    "certificate": Look(N_("Certificate present"), "blue"),
    "active": Look(N_("Active"), "green"),
}

ADVERTISER_STATES = {
    "active": Look(N_("Active"), "green"),
    "blocked": Look(N_("Blocked"), "red"),
}

INVOICE_STATES = {
    "issued": Look(N_("Not paid"), "yellow"),
    "paid": Look(N_("Paid"), "green"),
    "cancelled": Look(N_("Cancelled"), "grey"),
}

PAYMENT_STATES = {
    "started": Look(N_("Started"), "yellow"),
    "paid": Look(N_("Paid"), "green"),
    "failed": Look(N_("Failed"), "red"),
}

BANK_PAYMENT_STATES = {
    "matched": Look(N_("Matched"), "green"),
    "unmatched": Look(N_("No invoice"), "red"),
    "ignored": Look(N_("Left out"), "grey"),
}

SMS_TYPES = {
    "": N_("Any type"),
    "advertising": N_("Advertising"),
    "service": N_("Service"),
    "transactional": N_("Transactional"),
}

ACTORS = {
    "advertiser": N_("The advertiser can put it right"),
    "partner": N_("The partner can put it right"),
    "operator": N_("The platform operator can put it right"),
    "caller": N_("The sender of the request can put it right"),
}

STATISTICS_GROUPS = {
    "day": N_("By day"),
    "direction": N_("By direction"),
    "advertiser_id": N_("By advertiser"),
    "sender": N_("By sender"),
    "state": N_("By state"),
}

ROLES = {
    "operator": N_("Platform operator"),
    "partner": N_("Partner"),
    "manager": N_("Manager"),
    "advertiser": N_("Advertiser"),
}

_KINDS = {
    "message": MESSAGE_STATES,
    "sender": SENDER_STATES,
    "forward": FORWARD_STATES,
    "link": LINK_STATES,
    "advertiser": ADVERTISER_STATES,
    "domain": DOMAIN_STATES,
    "invoice": INVOICE_STATES,
    "payment": PAYMENT_STATES,
    "bank_payment": BANK_PAYMENT_STATES,
}


def state_look(state: str, kind: str = "message") -> Look:
    """Return the label and tone of a state; one that is not known here is shown as it is, in grey."""
    return _KINDS[kind].get(state, Look(state, "grey"))


def reason(code: str) -> Reason:
    """Return code, actor and sentence of a hold or refusal; an unknown code is shown as it is."""
    return HOLDS.get(code) or REFUSALS.get(code) or Reason(code, "operator", code)
