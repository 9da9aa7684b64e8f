"""senders: which sender names an advertiser may use."""

from contracts.client import Client
from contracts.events import event
from contracts.wire import from_wire, many_from_wire, wire

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
}


@wire
class CheckItem:
    advertiser_id: str
    sender: str


@wire
class CheckResult:
    """`refusal`: None when the name may be used, else a code of `contracts.refusals`."""

    advertiser_id: str
    sender: str
    refusal: str | None


@wire
class Sender:
    """`state`: pending, approved or refused (with `reason`)."""

    id: str
    partner_id: str
    advertiser_id: str
    name: str
    state: str
    reason: str
    requested_at: str
    decided_at: str | None
    decided_by: str | None


@wire
class Policy:
    """`any_sender`: «Любой отправитель»; `automatic`: new names are approved by themselves."""

    any_sender: bool
    automatic: bool


@event(source="senders", name="senders_decided", hint=True)
class SendersDecided:
    """These names of these advertisers were approved or refused: caches drop them."""

    items: list[Sender]


class SendersClient(Client):
    service = "senders"

    def check(self, items: list[CheckItem]) -> list[CheckResult]:
        """An answer per item, in order, at most 1,000 at once."""
        return self._batch("check", items, CheckResult)

    def set_policy(self, partner_id: str, advertiser_id: str, *, any_sender: bool, automatic: bool) -> None:
        """«Любой отправитель», and whether new names are approved by themselves."""
        self._call(
            "set_policy", partner_id=partner_id, advertiser_id=advertiser_id, any_sender=any_sender, automatic=automatic
        )

    def policy(self, partner_id: str, advertiser_id: str) -> Policy | None:
        """The policy that holds; None where none was set: then no name may be used and new ones wait."""
        found = self._call("policy", partner_id=partner_id, advertiser_id=advertiser_id)
        return None if found is None else from_wire(Policy, found)

    def request(self, partner_id: str, advertiser_id: str, *, name: str) -> Sender:
        """Ask for a name; `Malformed` when it breaks the 11/15 rule. Asking again returns the stored one."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "name": name}
        return from_wire(Sender, self._call("request", **arguments))

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
