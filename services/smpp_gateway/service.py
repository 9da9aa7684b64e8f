"""smpp_gateway: entrypoints. The work is done by the stages in `core.Gateway`."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from contracts.accounts import AccountsClient, CredentialsChanged
from contracts.batches import Batch, batch_from_wire, batch_to_wire
from contracts.billing import BillingClient, FundsAdded
from contracts.errors import NotFound
from contracts.senders import ModerationChanged, SendersClient, SendersDecided
from contracts.smpp_gateway import AcceptItem, AcceptOrder, MessagePage, MessageView, Segmented, WaitingPolicy
from contracts.smpp_search import MessageMatch
from contracts.tariffs import TariffsClient
from contracts.wire import from_wire, to_wire
from kit.audit import nightly
from kit.ids import uuid7_floor
from kit.outbox import first_time, forget_old
from kit.service import ClockProvider, Database, Outbox, RpcTo, Wake, loop, on_event, rpc
from services.smpp_gateway import (
    audit,
    repository,
    repository_funds,
    repository_parts,
    repository_search,
    repository_texts,
    repository_waiting,
    searching,
    unpacking,
)
from services.smpp_gateway.admission import MOST_ITEMS, Shapes, canonical
from services.smpp_gateway.core import GatewayCore
from services.smpp_gateway.intake import Order, check_counts, outcomes_to_wire
from services.smpp_gateway.patience import DEFAULT_HOURS, MOST_AUTHOR, checked
from services.smpp_gateway.recipient import normalise
from services.smpp_gateway.service_binds import BindEntrypoints
from services.smpp_gateway.service_cancel import CancelRpc
from services.smpp_gateway.service_incoming import IncomingEntrypoints
from services.smpp_gateway.service_links import LinksRpc
from services.smpp_gateway.service_pauses import PauseEntrypoints
from services.smpp_gateway.service_routes import RoutesRpc
from services.smpp_gateway.service_texts import TextEntrypoints
from services.smpp_gateway.telling import tell_totals
from services.smpp_gateway.views import message_view, noted
from services.smpp_gateway.work import PartRow, Work

#: Of receipts that come one by one, one call of billing settles many.
SETTLE_GATHER_SECONDS = 0.1
KEYS_KEPT = timedelta(days=7)
EARLY_RECEIPTS_KEPT = timedelta(days=1)
#: A client that does not bind for so long misses its receipts; the states of the messages stay.
CLIENT_RECEIPTS_KEPT = timedelta(days=7)


class SmppGatewayService(
    CancelRpc, IncomingEntrypoints, PauseEntrypoints, BindEntrypoints, RoutesRpc, LinksRpc, TextEntrypoints
):
    name = "smpp_gateway"
    stop_order = 1

    db = Database()
    clock = ClockProvider()
    outbox = Outbox()
    accounts = RpcTo(AccountsClient)
    billing = RpcTo(BillingClient)
    senders = RpcTo(SendersClient)
    tariffs = RpcTo(TariffsClient)
    gateway = GatewayCore()
    charge_wake = Wake()
    submit_wake = Wake()
    settle_wake = Wake()
    sweep_wake = Wake()
    receipts_wake = Wake()
    unpack_wake = Wake()

    @rpc
    def accept_orders(self, orders: Batch, counts: list[int], items: Batch) -> dict[str, Batch]:
        asked, listed = batch_from_wire(AcceptOrder, orders), iter(batch_from_wire(AcceptItem, items))
        check_counts(counts, len(asked))
        given = [Order(one, list(itertools.islice(listed, count))) for one, count in zip(asked, counts, strict=True)]
        return outcomes_to_wire(self.gateway.intake.accept_orders(given))

    @rpc
    def segment(self, items: Batch) -> Batch:
        shapes = Shapes()
        answers = []
        for item in batch_from_wire(AcceptItem, items)[:MOST_ITEMS]:
            shape, recipient = shapes.of(item.text), normalise(item.recipient)
            refusal = shape.refusal or (None if recipient else "recipient_invalid")
            answers.append(
                Segmented(recipient=recipient or "", parts=shape.parts, encoding=shape.encoding, refusal=refusal)
            )
        return batch_to_wire(answers)

    @rpc
    def message(self, advertiser_id: str, message_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            unpacking.of_ids(self.gateway.context, connection, advertiser_id, [message_id])
            work = repository_search.find(connection, advertiser_id, message_id)
            if work is None:
                raise NotFound("There is no such message.")
            parts = repository_parts.of_messages(connection, [work.id])
            notes = repository_texts.notes_of(connection, noted([work]))
        return to_wire(self._view(work, parts[work.id], notes))

    @rpc
    def messages(
        self, advertiser_id: str, cursor: str | None, limit: int, search: str, match: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        asked: dict[str, Any] = {"before": cursor, "limit": limit, "search": search}
        asked["match"] = searching.match_of(None if match is None else from_wire(MessageMatch, match))
        with self.db.begin() as connection:
            searching.bring(self.gateway.context, connection, advertiser_id, **asked)
            page = searching.page(connection, advertiser_id, **asked)
            parts = repository_parts.of_messages(connection, [work.id for work in page.works])
            notes = repository_texts.notes_of(connection, noted(page.works))
        views = [self._view(work, parts[work.id], notes) for work in page.works]
        return to_wire(MessagePage(items=views, next_cursor=page.next_cursor))

    def _view(self, work: Work, parts: Sequence[PartRow], notes: Mapping[str, str]) -> MessageView:
        paused, link_up = self.gateway.context.is_paused(work), self.gateway.fleet.is_up(work.link)
        return message_view(work, parts, link_up=link_up, paused=paused, note=notes.get(work.id))

    @rpc
    def waiting_policy(self, partner_id: str) -> dict[str, Any]:
        partner_id = canonical(partner_id)
        with self.db.begin() as connection:
            hours = repository_funds.policies(connection, [partner_id])
        return to_wire(WaitingPolicy(funds_wait_hours=hours.get(partner_id, DEFAULT_HOURS)))

    @rpc
    def set_waiting_policy(self, partner_id: str, policy: dict[str, Any], author: str) -> dict[str, Any]:
        partner_id, chosen = canonical(partner_id), checked(from_wire(WaitingPolicy, policy))
        with self.db.begin() as connection:
            repository_funds.put_policy(
                connection, partner_id, chosen.funds_wait_hours, author[:MOST_AUTHOR], self.clock.now()
            )
        return to_wire(chosen)

    @loop(every_seconds=1.0, wake="charge_wake")
    def charge(self) -> bool:
        return self.gateway.charging.run_once()

    @loop(every_seconds=1.0, wake="unpack_wake")
    def unpack(self) -> bool:
        return self.gateway.unpacking.run_once()

    @loop(every_seconds=1.0, wake="submit_wake")
    def submit(self) -> bool:
        return self.gateway.submit_once()

    @loop(every_seconds=1.0, wake="settle_wake", gather_seconds=SETTLE_GATHER_SECONDS)
    def settle(self) -> bool:
        return self.gateway.settling.run_once()

    @loop(every_seconds=1.0, wake="sweep_wake")
    def sweep(self) -> bool:
        self.gateway.routes.look()
        more = self.gateway.end_late()
        more = self.gateway.sweeping.claim_accepted() or more
        more = self.gateway.waiting.end_waits() or more
        more = self.gateway.waiting.release() or more
        more = self.gateway.look_at_texts() or more
        return self.gateway.sweep_links() or more

    @loop(every_seconds=1.0, wake="receipts_wake")
    def deliver_receipts(self) -> bool:
        return self.gateway.clients.deliver_once()

    @loop(every_seconds=1.0)
    def tell_totals(self) -> bool:
        return tell_totals(self.gateway.context)

    @loop(every_seconds=15.0)
    def measure(self) -> None:
        self.gateway.measure()

    @loop(every_seconds=3600.0)
    def maintain(self) -> None:
        """Partitions ahead of time, each table alone, as making one locks it; then what is kept for a time only."""
        now = self.clock.now()
        for table in repository.PARTITIONED:
            with self.db.begin() as connection:
                repository.make_partitions(connection, table, now)
        with self.db.begin() as connection:
            repository_waiting.forget_keys(connection, now - KEYS_KEPT)
            repository_waiting.forget_early(connection, str(uuid7_floor(now - EARLY_RECEIPTS_KEPT)))
            given_up = repository_waiting.forget_client_receipts(
                connection, str(uuid7_floor(now - CLIENT_RECEIPTS_KEPT))
            )
            repository_texts.forget_notes(connection, str(uuid7_floor(now - repository.OLDEST)))
            forget_old(connection)
        self.gateway.clients.give_up(given_up)

    @loop(every_seconds=600.0)
    def audit(self) -> None:
        nightly(self.db, self.name, self.clock.now(), audit.audit)

    @on_event(FundsAdded)
    def funds_added(self, envelope: Any, payload: FundsAdded) -> None:
        with self.db.begin() as connection:
            if first_time(connection, "smpp_gateway.funds_added", envelope.id):
                self.gateway.waiting.funds_added(connection, payload)

    @on_event(SendersDecided, broadcast=True)
    def senders_decided(self, envelope: Any, payload: SendersDecided) -> None:
        self.gateway.context.known_senders.forget([item.advertiser_id for item in payload.items])

    @on_event(ModerationChanged, broadcast=True)
    def moderation_changed(self, envelope: Any, payload: ModerationChanged) -> None:
        self.gateway.context.forget_standings(payload.advertiser_ids or None)

    @on_event(CredentialsChanged, broadcast=True)
    def credentials_changed(self, envelope: Any, payload: CredentialsChanged) -> None:
        self.gateway.context.forget_standings(payload.advertiser_ids)
        self.look_at_clients(payload.advertiser_ids)
