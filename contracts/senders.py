"""senders: which sender names an advertiser may use, and which texts (`contracts.senders_texts`)."""

from contracts.client import Client
from contracts.events import event
from contracts.senders_settings import SETTINGS_PROBLEMS, Policy, SettingsCalls
from contracts.senders_states import STATES_PROBLEMS, StatesCalls
from contracts.senders_texts import TEXT_PROBLEMS, TextCalls
from contracts.wire import from_wire, many_from_wire, wire

__all__ = [
    "PROBLEMS",
    "CheckItem",
    "CheckResult",
    "ModerationChanged",
    "Policy",
    "Sender",
    "SenderRequested",
    "SendersClient",
    "SendersDecided",
    "TextsDecided",
]

#: Codes of `data["errors"]` of a `Malformed` or `Conflict` from this service, and their sentences (English msgids).
PROBLEMS = {
    "name_missing": "Give a sender name",
    "name_invalid": "A sender has at most 11 Latin letters, digits or signs, or 15 digits",
    "reason_missing": "Say why the name is refused: the advertiser will read it",
    "text_invalid": "This is too long, or holds characters that can't be stored",
    "author_missing": "A decision has an author",
    "too_many_items": "At most 1,000 items at once",
    "too_many_names": "An advertiser has at most 1,000 sender names",
    "id_invalid": "This is no id of an advertiser",
    "inn_invalid": "An INN has 10 or 12 digits, and its check digits must fit",
    **STATES_PROBLEMS,
    **SETTINGS_PROBLEMS,
    **TEXT_PROBLEMS,
}


@wire
class CheckItem:
    advertiser_id: str
    sender: str


@wire
class CheckResult:
    """`refusal`: None when the name may be used, else a code of `contracts.refusals`.

    `texts`: texts of this advertiser are to be judged (`judge`) before they go. `barred`: operators (MCC and MNC in one
    word, "25099") whose subscribers get nothing under this name, as it is not registered there.
    """

    advertiser_id: str
    sender: str
    refusal: str | None
    texts: bool = False
    barred: list[str] | None = None


@wire
class Sender:
    """`state`: pending, approved or refused (with `reason`). `legal_entity` and `inn`: for whom it was asked."""

    id: str
    partner_id: str
    advertiser_id: str
    name: str
    state: str
    reason: str
    requested_at: str
    decided_at: str | None
    decided_by: str | None
    legal_entity: str = ""
    inn: str = ""


@event(source="senders", name="senders_decided", hint=True)
class SendersDecided:
    """These names of these advertisers were approved or refused: caches drop them."""

    items: list[Sender]


@event(source="senders", name="sender_requested", hint=True)
class SenderRequested:
    """These names wait for their partner."""

    items: list[Sender]


@event(source="senders", name="texts_decided")
class TextsDecided:
    """Messages that wait as these are to be judged anew."""

    item_ids: list[str]


@event(source="senders", name="moderation_changed", hint=True)
class ModerationChanged:
    """Other rules hold for these advertisers, or for all where there are none: caches drop what they know."""

    advertiser_ids: list[str]


class SendersClient(StatesCalls, SettingsCalls, TextCalls, Client):
    service = "senders"

    def check(self, items: list[CheckItem]) -> list[CheckResult]:
        """An answer per item, in order, at most 1,000 at once."""
        return self._batch("check", items, CheckResult)

    def request(
        self, partner_id: str, advertiser_id: str, *, name: str, legal_entity: str = "", inn: str = ""
    ) -> Sender:
        """Ask for a name; `Malformed` when it breaks the 11/15 rule. Asking again returns the stored one."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "name": name}
        return from_wire(Sender, self._call("request", **arguments, legal_entity=legal_entity, inn=inn))

    def sender(self, partner_id: str, sender_id: str) -> Sender:
        """`NotFound` for another partner's."""
        return from_wire(Sender, self._call("sender", partner_id=partner_id, sender_id=sender_id))

    def decide(self, partner_id: str, sender_id: str, *, approve: bool, reason: str, author: str) -> Sender:
        """Approve or refuse (a refusal needs a reason); `NotFound` for another partner's."""
        arguments = {
            "partner_id": partner_id,
            "sender_id": sender_id,
            "approve": approve,
            "reason": reason,
            "author": author,
        }
        return from_wire(Sender, self._call("decide", **arguments))

    def pending(self, partner_id: str) -> list[Sender]:
        """Oldest first, at most 500."""
        return many_from_wire(Sender, self._call("pending", partner_id=partner_id))

    def of_advertiser(self, partner_id: str, advertiser_id: str) -> list[Sender]:
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return many_from_wire(Sender, self._call("of_advertiser", **arguments))
