"""Why a single message is refused or held: the code, who can act, the sentence, and the SMPP status of the answer.

A refused message is a record that people can find, never charged. A held message goes on by itself once its reason is
gone. Sentences are English msgids; the gateway translates them. Statuses: SMPP 3.4, section 5.1.3.
"""

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Reason:
    code: str
    who: str
    sentence: str
    smpp_status: int = 0x45  # ESME_RSUBMITFAIL


REFUSALS = {
    reason.code: reason
    for reason in (
        Reason("recipient_missing", "advertiser", "Give the recipient's phone number", 0x0B),
        Reason("recipient_invalid", "advertiser", "The recipient is not a phone number that exists", 0x0B),
        Reason("text_empty", "advertiser", "The message has no text", 0x01),
        Reason("text_too_long", "advertiser", "The text is longer than the ten parts one message may have", 0x01),
        Reason("text_invalid", "advertiser", "The text holds characters that can't be sent", 0x45),
        Reason("sender_missing", "advertiser", "Give a sender name", 0x0A),
        Reason(
            "sender_invalid", "advertiser", "A sender has at most 11 Latin letters, digits or signs, or 15 digits", 0x0A
        ),
        Reason("sender_unknown", "advertiser", "This sender name is not registered for you: ask for it first", 0x0A),
        Reason("sender_pending", "partner", "This sender name waits for approval", 0x0A),
        Reason("sender_refused", "partner", "This sender name was refused", 0x0A),
        Reason("sender_test_only", "partner", "In test mode only the test sender may be used", 0x0A),
        Reason(
            "sender_unregistered", "partner", "This sender name is not registered at the recipient's operator", 0x0A
        ),
        Reason("text_forbidden", "advertiser", "The text breaks a rule of your provider", 0x45),
        Reason("text_refused", "advertiser", "The moderator refused this text", 0x45),
        Reason("recipient_stopped", "advertiser", "The recipient has asked for no more advertising", 0x0B),
        Reason("account_blocked", "partner", "The account is blocked: ask your manager", 0x45),
        Reason("direction_unknown", "operator", "The number belongs to no known operator", 0x0B),
        Reason("no_price", "partner", "There is no price for this direction in your tariff", 0x45),
        Reason("no_buy_price", "operator", "The platform has no price for this direction", 0x45),
        Reason("no_tariff", "partner", "No tariff is assigned to you", 0x45),
        Reason("no_route", "operator", "No route leads to this number: the operator can add one", 0x45),
        Reason("idempotency_mismatch", "operator", "The message was already charged under other conditions", 0x45),
        Reason("held_too_long", "advertiser", "The message waited longer than its time of validity", 0x45),
        Reason("funds_too_long", "advertiser", "The message waited for money longer than the partner allows", 0x45),
        Reason("partner_funds_too_long", "partner", "The message waited for the partner's money for too long", 0x45),
        Reason("cancelled", "advertiser", "The message was cancelled before it went out", 0x45),
        Reason("rejected_by_operator", "operator", "The mobile operator refused the message", 0x45),
        Reason("submit_outcome_unknown", "operator", "The connection broke before the mobile operator answered", 0x45),
        Reason("no_receipt", "operator", "The mobile operator gave no delivery receipt in time", 0x45),
    )
}

HOLDS = {
    reason.code: reason
    for reason in (
        Reason("funds", "advertiser", "Not enough money: the message goes out after a top-up"),
        Reason("partner_funds", "partner", "The partner's balance has run out: the message goes out after a top-up"),
        Reason("moderation", "partner", "The message waits for the moderator"),
        Reason("schedule", "advertiser", "The message waits for its time"),
        Reason("paused", "advertiser", "Sending is paused: the message waits until it goes on"),
        Reason("link", "operator", "The connection to the mobile operator is down: the message waits"),
    )
}
