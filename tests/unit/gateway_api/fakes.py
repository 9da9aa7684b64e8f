"""The services behind the gateway, in memory and in the simplest form that keeps their contracts.

They sit behind the real typed clients: arguments and answers go through JSON and the checks of contracts.wire, and
`tests/contract` holds their methods to the clients' as it does the real services'.
"""

import itertools
import json
from dataclasses import replace
from typing import Any

from contracts import billing, notify, smpp_gateway
from contracts.batches import batch_from_wire, batch_to_wire
from contracts.errors import PROBLEMS, Conflict, IdempotencyMismatch, Malformed, NotFound, Unavailable
from contracts.wire import from_wire, many_to_wire, to_wire
from gateway_http.clients import Clients
from kit.money import CURRENCY, format_money
from tests.unit.gateway_api.fakes_accounts import NOW, FakeAccounts, new_id
from tests.unit.gateway_api.fakes_incoming import FakeIncoming
from tests.unit.gateway_api.fakes_letters import FakeLetters
from tests.unit.gateway_api.fakes_links import FakeLinks
from tests.unit.gateway_api.fakes_packages import EMPTY_BALANCE, FakePackages
from tests.unit.gateway_api.fakes_pauses import FakePauses
from tests.unit.gateway_api.fakes_payments import FakePayments
from tests.unit.gateway_api.fakes_routes import FakeRoutes
from tests.unit.gateway_api.fakes_senders import FakeHeldTexts, FakeSenders
from tests.unit.gateway_api.fakes_tariffs import FakeTariffs


class FakeBilling(FakePackages, FakePayments):
    def __init__(self) -> None:
        super().__init__()
        self.credits: set[str] = set()

    def debit(self, items: Any) -> Any:
        return batch_to_wire(self.debited(batch_from_wire(billing.DebitItem, items)))

    def debited(self, items: list[billing.DebitItem]) -> list[billing.DebitResult]:
        return [
            billing.DebitResult(
                message_id=one.message_id,
                attempt=one.attempt,
                refusal=None,
                sell_amount=one.sell_price * one.parts,
                buy_amount=one.buy_price * one.parts,
                sell_held=0,
                buy_held=0,
            )
            for one in items
        ]

    def estimate(self, items: Any) -> Any:
        return self.debit(items)

    def settle(self, items: Any) -> Any:
        asked = batch_from_wire(billing.SettleItem, items)
        return batch_to_wire(billing.SettleResult(message_id=one.message_id, charged=0, cost=0) for one in asked)

    def refund(self, id: str, message_id: str, amount: int, author: str, reason: str) -> int:
        return 0

    def credit_partner(
        self, id: str, partner_id: str, amount: int, credit: int, author: str, credit_was: int | None = None
    ) -> Any:
        account = self.account(partner_id)
        if id not in self.credits:
            present = account.get("credit", 0)
            if credit_was not in (None, credit, present):
                told = PROBLEMS["changed_meanwhile"]
                raise Conflict(told, {"errors": [{"pointer": "/credit", "code": "changed_meanwhile", "detail": told}]})
            credit = present if credit == credit_was else credit
            self.credits.add(id)
            account["available"] += amount + credit - account.get("credit", 0)
            account["credited"] += amount
            account["credit"] = credit
            self.enter("credit", partner_id, amount, author=author)
        return self.balances([partner_id])[0]

    def correct_partner(self, id: str, partner_id: str, amount: int, author: str, reason: str) -> Any:
        def correct() -> Any:
            account = self.account(partner_id)
            if account["credited"] + amount < account["spent"] + account["held"]:
                most = format_money(max(0, account["credited"] - account["spent"] - account["held"]))
                told = f"At most {most} can be taken away: the rest was spent or is held"
                raise Conflict(told, {"errors": [{"pointer": "/amount", "code": "below_used", "detail": told}]})
            account["available"] += amount
            account["credited"] += amount
            kind = "correction" if amount > 0 else "correction_down"
            self.enter(kind, partner_id, abs(amount), author=author, reason=reason)
            return self.balances([partner_id])[0]

        return self._once(id, (partner_id, amount, reason), correct)

    def balances(self, account_ids: list[str]) -> Any:
        return [
            {"account_id": one, "currency": CURRENCY, **self.accounts.get(one, EMPTY_BALANCE)} for one in account_ids
        ]

    def set_level(self, partner_id: str, advertiser_id: str, level: int, percent: int) -> None:
        self.account(advertiser_id).update(level=level, level_percent=percent)


class FakeSmppGateway(FakeIncoming, FakeLinks, FakePauses, FakeRoutes, FakeHeldTexts):
    """Refuses a recipient that is not digits, an empty text and the sender NOBODY; keeps all the rest for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, tuple[str, smpp_gateway.MessageView]] = {}
        self.answered: dict[tuple[str, str], tuple[Any, Any]] = {}
        self.waiting: dict[str, int] = {}
        self.asked_to_cancel: list[smpp_gateway.CancelMatch] = []
        self.bound: dict[str, list[smpp_gateway.SmppBind]] = {}
        self.deaf = False

    def smpp_binds(self, advertiser_id: str) -> Any:
        if self.deaf:
            raise Unavailable("The gateway does not answer.")
        return many_to_wire(self.bound.get(advertiser_id, []))

    def waiting_policy(self, partner_id: str) -> Any:
        return {"funds_wait_hours": self.waiting.get(partner_id, 24)}

    def set_waiting_policy(self, partner_id: str, policy: Any, author: str) -> Any:
        self.waiting[partner_id] = from_wire(smpp_gateway.WaitingPolicy, policy).funds_wait_hours
        return self.waiting_policy(partner_id)

    def accept_orders(self, orders: Any, counts: list[int], items: Any) -> Any:
        listed = iter(batch_from_wire(smpp_gateway.AcceptItem, items))
        outcomes, accepted = [], []
        for order, count in zip(batch_from_wire(smpp_gateway.AcceptOrder, orders), counts, strict=True):
            answers = self._accepted(order, list(itertools.islice(listed, count)))
            error = None if answers is not None else IdempotencyMismatch.__name__
            outcomes.append(smpp_gateway.AcceptOutcome(count=len(answers or []), error=error, detail="Used before."))
            accepted += answers or []
        return {"outcomes": batch_to_wire(outcomes), "accepted": batch_to_wire(accepted)}

    def _accepted(
        self, asked: smpp_gateway.AcceptOrder, items: list[smpp_gateway.AcceptItem]
    ) -> list[smpp_gateway.Accepted] | None:
        """None for a key that was used with other items."""
        self.orders.append((asked, items))
        repeat = (asked.advertiser_id, asked.idempotency_key or new_id())
        if repeat not in self.answered:
            self.answered[repeat] = (items, [self._accept(asked, one) for one in items])
        first, answers = self.answered[repeat]
        return answers if first == items else None

    def _accept(self, order: smpp_gateway.AcceptOrder, item: smpp_gateway.AcceptItem) -> smpp_gateway.Accepted:
        refusal = _refusal(item)
        state = "refused" if refusal else "accepted"
        view = _view(order.advertiser_id, item, state, refusal)
        self.kept[view.id] = (order.source, view)
        return smpp_gateway.Accepted(
            id=view.id, recipient=view.recipient, state=state, parts=1, client_ref=item.client_ref, refusal=refusal
        )

    def segment(self, items: Any) -> Any:
        return batch_to_wire(
            smpp_gateway.Segmented(
                recipient=one.recipient.lstrip("+"),
                parts=1 + len(one.text) // 161,
                encoding="gsm7",
                refusal=_refusal(one),
            )
            for one in batch_from_wire(smpp_gateway.AcceptItem, items)
        )

    def message(self, advertiser_id: str, message_id: str) -> Any:
        _, found = self.kept.get(message_id, ("", None))
        if found is None or found.advertiser_id != advertiser_id:
            raise NotFound("There is no such message.")
        return to_wire(found)

    def messages(self, advertiser_id: str, cursor: str | None, limit: int, search: str, match: Any = None) -> Any:
        wanted = {name: value for name, value in (match or {}).items() if value and name in ("sender", "state")}
        own = [
            view
            for _, view in self.kept.values()
            if view.advertiser_id == advertiser_id
            and search in view.recipient
            and all(getattr(view, name) == value for name, value in wanted.items())
        ]
        own.sort(key=lambda view: view.id, reverse=True)
        rest = [view for view in own if cursor is None or view.id < cursor]
        more = len(rest) > limit
        return {"items": many_to_wire(rest[:limit]), "next_cursor": rest[limit - 1].id if more else None}

    def cancel(self, advertiser_id: str, ids: list[str]) -> Any:
        return [{"id": one, "verdict": self._cancel(advertiser_id, one)} for one in ids]

    def _cancel(self, advertiser_id: str, message_id: str) -> str:
        key, view = self.kept.get(message_id, ("", None))
        if view is None or view.advertiser_id != advertiser_id:
            return "not_found"
        if view.state in smpp_gateway.FINAL_STATES:
            return "cancelled" if view.reason == "cancelled" else "final"
        if view.state in ("submitting", "submitted"):
            return "too_late"
        self.kept[message_id] = key, replace(view, state="refused", reason="cancelled")
        return "cancelled"

    def cancel_matching(self, advertiser_id: str, match: Any, cursor: str | None) -> Any:
        asked = from_wire(smpp_gateway.CancelMatch, match)
        self.asked_to_cancel.append(asked)
        own = [view for _, view in self.kept.values() if asked.recipient in (None, view.recipient)]
        verdicts = [self._cancel(advertiser_id, view.id) for view in own if asked.sender in (None, view.sender)]
        return {"cancelled": verdicts.count("cancelled"), "next_cursor": None}

    def links(self) -> Any:
        return [{"name": "main", "host": "127.0.0.1:2776", "state": "up", "window": 10, "in_flight": 0, "waiting": 0}]


class FakeStats:
    def totals(self, partner_id: str, date_from: str, date_to: str, group_by: str, advertiser_id: str | None) -> Any:
        row = {"key": date_from, "messages": 2, "parts": 3, "delivered": 2, "charged": 24000, "cost": 15000}
        return [row] if partner_id != "00000000-0000-7000-8000-000000000000" else []


class FakeNotify(FakeLetters):
    def __init__(self) -> None:
        super().__init__()
        self.destinations: dict[tuple[str, str], notify.Destination] = {}
        self.fates: list[notify.WebhookFate] = []

    def letters(self, partner_id: str, limit: int) -> Any:
        return []

    def destination(self, partner_id: str, advertiser_id: str) -> Any:
        found = self.destinations.get((partner_id, advertiser_id))
        return found and to_wire(found)

    def set_destination(self, partner_id: str, advertiser_id: str, change: Any, author: str) -> Any:
        wanted = from_wire(notify.DestinationChange, change)
        if wanted.url and not wanted.url.startswith("http"):
            sentence = notify.PROBLEMS["url_invalid"]
            raise Malformed(sentence, {"errors": [{"pointer": "/url", "code": "url_invalid", "detail": sentence}]})
        self.destinations[partner_id, advertiser_id] = notify.Destination(
            url=wanted.url, secret="whsec_first", email=wanted.email, states=wanted.states, failures=0, error=""
        )
        return self.destination(partner_id, advertiser_id)

    def new_webhook_secret(self, partner_id: str, advertiser_id: str, author: str) -> Any:
        if (partner_id, advertiser_id) not in self.destinations:
            raise NotFound("There is no such object.")
        self.destinations[partner_id, advertiser_id].secret = "whsec_second"
        return self.destination(partner_id, advertiser_id)

    def webhook_fates(self, advertiser_id: str, ids: list[str]) -> Any:
        return many_to_wire(one for one in self.fates if one.id in ids)


class FakePlatform:
    """All fakes together. `call` is what a typed client needs; services named in `away` do not answer."""

    def __init__(self) -> None:
        self.accounts, self.billing, self.tariffs, self.senders = (
            FakeAccounts(),
            FakeBilling(),
            FakeTariffs(),
            FakeSenders(),
        )
        self.smpp_gateway, self.stats, self.notify = FakeSmppGateway(), FakeStats(), FakeNotify()
        self.away: set[str] = set()
        self.calls: list[tuple[str, str]] = []
        self.failure: Exception | None = None

    def call(self, service: str, method: str, arguments: dict[str, Any], timeout_seconds: float) -> Any:
        self.calls.append((service, method))
        if service in self.away:
            raise Unavailable(f"The service {service} is not there.")
        if self.failure is not None:
            raise self.failure
        answer = getattr(getattr(self, service), method)(**json.loads(json.dumps(arguments)))
        return json.loads(json.dumps(answer))

    def clients(self) -> Clients:
        names = Clients.__dataclass_fields__
        return Clients(**{name: field.type(self.call) for name, field in names.items()})  # type: ignore[operator]


def _refusal(item: smpp_gateway.AcceptItem) -> str | None:
    if not item.recipient.lstrip("+").isdigit():
        return "recipient_invalid"
    if not item.text:
        return "text_empty"
    return "sender_unknown" if item.sender == "NOBODY" else None


def _view(
    advertiser_id: str, item: smpp_gateway.AcceptItem, state: str, refusal: str | None
) -> smpp_gateway.MessageView:
    part = smpp_gateway.PartView(
        number=1, state=state, price=None if refusal else 8000, error_code=None, submitted_at=None, final_at=None
    )
    return smpp_gateway.MessageView(
        id=new_id(),
        advertiser_id=advertiser_id,
        recipient=item.recipient.lstrip("+"),
        sender=item.sender,
        text=item.text,
        client_ref=item.client_ref,
        state=state,
        reason=refusal,
        direction="Beeline",
        parts=[part],
        parts_total=1,
        price=None if refusal else 8000,
        charged=0,
        accepted_at=NOW,
        submitted_at=None,
        final_at=None,
    )
