"""notify: letters to people and webhooks to programs, and what became of each."""

from contracts.notify_settings import NotifySettingsCalls
from contracts.wire import from_wire, many_from_wire, to_wire, wire

#: Codes of `data["errors"]` of a `Malformed`, and their sentences (English msgids).
PROBLEMS = {
    "url_invalid": "Write an address such as https://shop.example/sms, without a name and a password in it",
    "email_invalid": "This is no e-mail address",
    "states_without_url": "Give the address that the states are sent to",
}


@wire
class Letter:
    """`state`: waiting, sent or failed; `error` says in words what failed last."""

    id: str
    partner_id: str
    advertiser_id: str | None
    kind: str
    recipient: str
    subject: str
    state: str
    attempts: int
    error: str
    created_at: str
    sent_at: str | None


@wire
class DestinationChange:
    """Where what concerns an advertiser goes: a webhook's `url`, an `email`; empty: not there. `states`: to the webhook also
    how the advertiser's messages ended."""

    url: str
    email: str
    states: bool


@wire
class Destination:
    """`secret` signs what the webhook is sent. `failures` in a row, the last for the reason `error`."""

    url: str
    secret: str
    email: str
    states: bool
    failures: int
    error: str


@wire
class WebhookFate:
    """`state`: waiting, sent or failed; `error` says in words what went wrong last."""

    id: str
    state: str
    attempts: int
    error: str


class NotifyClient(NotifySettingsCalls):
    service = "notify"

    def letters(self, partner_id: str, *, limit: int = 100) -> list[Letter]:
        """Newest first, at most 500."""
        return many_from_wire(Letter, self._call("letters", partner_id=partner_id, limit=limit))

    def destination(self, partner_id: str, advertiser_id: str) -> Destination | None:
        """None where none was set yet, or for another partner's advertiser."""
        found = self._call("destination", partner_id=partner_id, advertiser_id=advertiser_id)
        return None if found is None else from_wire(Destination, found)

    def set_destination(
        self, partner_id: str, advertiser_id: str, change: DestinationChange, *, author: str
    ) -> Destination:
        """`Malformed` naming the field; whoever asks has seen that the advertiser is the partner's."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return from_wire(Destination, self._call("set_destination", **arguments, change=to_wire(change), author=author))

    def new_webhook_secret(self, partner_id: str, advertiser_id: str, *, author: str) -> Destination:
        """What is sent from now on is signed with it; `NotFound` where no destination was set."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "author": author}
        return from_wire(Destination, self._call("new_webhook_secret", **arguments))

    def webhook_fates(self, advertiser_id: str, ids: list[str]) -> list[WebhookFate]:
        """Of those of up to 500 events that went, or go, to the advertiser's webhook."""
        return many_from_wire(WebhookFate, self._call("webhook_fates", advertiser_id=advertiser_id, ids=ids))
