"""senders: what holds for an advertiser, and what a partner has set for all of its own."""

from contracts.client import Client
from contracts.wire import from_wire, wire

SETTINGS_PROBLEMS = {
    "unregistered_invalid": "Choose what becomes of messages whose sender is not registered: warn or refuse",
    "changed_meanwhile": "Somebody else has changed this meanwhile: look at it again, then save",
}

#: What becomes of a message whose sender name is not registered at the operator of its recipient.
UNREGISTERED = ("warn", "refuse")


@wire
class Policy:
    """`any_sender`: «Любой отправитель»; `automatic`: new names are approved by themselves; `texts_automatic`: texts are
    judged by the partner's rules alone, else each new one waits for a moderator. In `test_mode` only `test_sender` of the
    partner may be used (empty: none is set, so nothing may be sent)."""

    any_sender: bool
    automatic: bool
    texts_automatic: bool = True
    test_mode: bool = False
    test_sender: str = ""


@wire
class SenderSettings:
    """`unregistered`: one of UNREGISTERED. `version` grows with each change; 0 was never set."""

    test_sender: str = ""
    unregistered: str = "warn"
    version: int = 0
    changed_at: str | None = None
    changed_by: str = ""


class SettingsCalls(Client):
    """A part of the client of senders."""

    def set_policy(
        self,
        partner_id: str,
        advertiser_id: str,
        *,
        any_sender: bool,
        automatic: bool,
        texts_automatic: bool | None = None,
        test_mode: bool | None = None,
    ) -> None:
        """What is None stays as it is; of an advertiser that had no policy texts are automatic and there is no test mode."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "any_sender": any_sender}
        self._call("set_policy", **arguments, automatic=automatic, texts_automatic=texts_automatic, test_mode=test_mode)

    def policy(self, partner_id: str, advertiser_id: str) -> Policy | None:
        """The policy that holds; None where none was set: then no name may be used and new ones wait."""
        found = self._call("policy", partner_id=partner_id, advertiser_id=advertiser_id)
        return None if found is None else from_wire(Policy, found)

    def sender_settings(self, partner_id: str) -> SenderSettings:
        return from_wire(SenderSettings, self._call("sender_settings", partner_id=partner_id))

    def set_sender_settings(
        self, partner_id: str, *, test_sender: str, unregistered: str, version: int, author: str
    ) -> SenderSettings:
        """`test_sender` by the rules of names, or empty; `Conflict` with `changed_meanwhile` for an outdated version."""
        arguments = {"partner_id": partner_id, "test_sender": test_sender, "unregistered": unregistered}
        return from_wire(SenderSettings, self._call("set_sender_settings", **arguments, version=version, author=author))
