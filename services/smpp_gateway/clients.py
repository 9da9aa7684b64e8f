"""Advertisers' SMPP sessions on one side, the pipeline on the other."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.accounts import AccountsClient
from contracts.accounts_smpp import PRIORITY_URGENT
from contracts.errors import GolubError
from contracts.refusals import REFUSALS
from contracts.smpp_gateway import Accepted, AcceptOrder
from kit.ids import moment_of
from services.smpp_gateway import constants as c
from services.smpp_gateway import metrics, repository_waiting, server_metrics
from services.smpp_gateway.client_checks import ClientChecks
from services.smpp_gateway.client_messages import ClientMessages, MessageKey
from services.smpp_gateway.client_multi import joined, phones, read_all, runs
from services.smpp_gateway.client_operations import Operations
from services.smpp_gateway.client_pdus import deliver_sm
from services.smpp_gateway.client_times import asked_times
from services.smpp_gateway.context import Context
from services.smpp_gateway.intake import Intake
from services.smpp_gateway.pdu import SubmitMulti, SubmitSm
from services.smpp_gateway.repository_waiting import ClientReceipt
from services.smpp_gateway.server import SmppServer
from services.smpp_gateway.server_types import BoundAccount, ClientSubmit, Operation, Outgoing, SubmitAnswer

log = logging.getLogger(__name__)

RECEIPT_LEASE = timedelta(seconds=120)
#: A client that refuses a receipt, or says nothing to it, gets it again after 1, 2, 4 … seconds, at most this.
MOST_PAUSE_SECONDS = 60.0
#: Receipts under way to one account at once, however wide its sessions' windows are.
MOST_AT_ONCE = 500
UNREADABLE = SubmitAnswer(c.ESME_RSUBMITFAIL)


class ClientHandler:
    """What `SmppServer` calls; `server` is set once it exists."""

    def __init__(self, context: Context, intake: Intake, accounts: AccountsClient) -> None:
        self._context, self._intake, self._accounts = context, intake, accounts
        self.messages = ClientMessages(context)
        self._operations = Operations(context)
        self.checks = ClientChecks(accounts)
        self._partners: dict[str, str] = {}
        self.server: SmppServer | None = None

    def authenticate(self, system_id: str, password: str, address: str) -> BoundAccount:
        found = self._accounts.authenticate_smpp(system_id=system_id, password=password, address=address)
        self._partners[found.advertiser_id] = found.partner_id
        # What changes until the session is bound must not be missed.
        self.checks.remember(found.advertiser_id)
        limits = found.max_binds, found.window, found.submits_per_second
        return BoundAccount(found.advertiser_id, *limits, found.version, found.highest_priority)

    def submit(self, items: list[ClientSubmit]) -> list[SubmitAnswer | None]:
        """Do what several accounts ask, a call of the intake or two for each; answers in the items' order.

        What goes wrong for one account is that one's answer alone: the others' messages are stored by then, and a client
        that is told of an error submits again.
        """
        answers: list[SubmitAnswer | None] = [None] * len(items)
        by_account: dict[str, list[int]] = defaultdict(list)
        for index, item in enumerate(items):
            by_account[item.account.account_id].append(index)
        for account_id, indexes in by_account.items():
            pdus = [_within(items[index]) for index in indexes]
            for index, answer in zip(indexes, self._account(account_id, pdus), strict=True):
                answers[index] = answer
        return answers

    def _account(self, account_id: str, pdus: Sequence[Operation]) -> list[SubmitAnswer]:
        """Answers in order. What changes messages is done in the order in which it came, what only asks at the end."""
        answers: dict[int, SubmitAnswer] = {}
        for kind, places in runs(pdus):
            work = self._accept if kind is SubmitSm else self._operations.of[kind]
            own = [pdus[place] for place in places]
            answers.update(zip(places, self._or_error(work, account_id, own), strict=True))
        return [answers[place] for place in range(len(pdus))]

    def _or_error(
        self, work: Callable[[str, Sequence[Any]], list[SubmitAnswer]], account_id: str, pdus: Sequence[Operation]
    ) -> list[SubmitAnswer]:
        try:
            return work(account_id, pdus)
        except GolubError as error:
            log.warning("%d requests of %s could not be served: %s", len(pdus), account_id, error)
            return [SubmitAnswer(error.smpp_status)] * len(pdus)
        except Exception:
            log.exception("%d requests of %s could not be served", len(pdus), account_id)
            return [SubmitAnswer(c.ESME_RSYSERR)] * len(pdus)

    def _accept(self, account_id: str, pdus: Sequence[SubmitSm | SubmitMulti]) -> list[SubmitAnswer]:
        """Store the messages of these, of which there are `MOST_ITEMS` at most."""
        order = AcceptOrder(partner_id=self._partners[account_id], advertiser_id=account_id, source="smpp")
        now = self._context.clock.now()
        timing = [asked_times(pdu, now, self._context.limits.validity) for pdu in pdus]
        read = [[] if one.status else read_all(pdu, one.timing) for pdu, one in zip(pdus, timing, strict=True)]
        good = [pair for own in read for pair in own]
        accepted = iter(
            self._intake.accept(order, [item for item, _ in good], [one for _, one in good]) if good else []
        )
        answers = []
        for pdu, own, times in zip(pdus, read, timing, strict=True):
            if times.status:
                answers.append(SubmitAnswer(times.status))
            elif isinstance(pdu, SubmitMulti):
                answers.append(joined(pdu, [_answer(next(accepted)) for _ in own] or [UNREADABLE] * len(phones(pdu))))
            else:
                answers.append(_answer(next(accepted)) if own else UNREADABLE)
        return answers

    def on_bound(self, account: BoundAccount) -> None:
        self._context.wakes.receipts.set()

    def on_delivered(self, keys: list[Any]) -> None:
        self.messages.delivered([key for key in keys if isinstance(key, MessageKey)])
        keys = [key for key in keys if not isinstance(key, MessageKey)]
        with self._context.db.begin() as connection:
            repository_waiting.client_receipts_done(connection, keys)
        metrics.client_receipts.labels("delivered").inc(len(keys))
        self._context.wakes.receipts.set()

    def on_undelivered(self, keys: list[Any]) -> None:
        self.messages.again([key for key in keys if isinstance(key, MessageKey)], tried=True)
        keys = [key for key in keys if not isinstance(key, MessageKey)]
        self._again(keys, tried=True)
        metrics.client_receipts.labels("again").inc(len(keys))

    def _again(self, keys: Sequence[str], *, tried: bool) -> None:
        with self._context.db.begin() as connection:
            repository_waiting.client_receipts_again(
                connection, keys, self._context.clock.now(), tried=tried, most_seconds=MOST_PAUSE_SECONDS
            )

    def give_up(self, count: int) -> None:
        """So many receipts were dropped, whose clients did not come for them in time."""
        if count:
            log.warning("%d receipts were dropped: their SMPP clients did not come for them.", count)
            metrics.client_receipts.labels("given up").inc(count)

    def measure(self, waiting: int, oldest: str | None) -> None:
        """Set the gauges: receipts that wait, and the id of the oldest."""
        server_metrics.receipts_waiting.set(waiting)
        age = self._context.clock.now() - moment_of(UUID(oldest)) if oldest else timedelta()
        server_metrics.receipts_oldest.set(max(0.0, age.total_seconds()))
        if self.server is not None:
            self.server.measure()

    def deliver_once(self) -> bool:
        """Give waiting messages and receipts to the clients that are bound, each as many as it has room for; whether all had some.

        Those that have no room now are looked at again when they have answered (`on_delivered`).
        """
        server = self.server
        if server is None:
            return False
        rooms = {owner: min(server.deliver_room(owner), MOST_AT_ONCE) for owner in server.receivers()}
        rooms = {owner: room for owner, room in rooms.items() if room > 0}
        if not rooms:
            return False
        now = self._context.clock.now()
        with self._context.db.begin() as connection:
            messages = self.messages.claim(connection, rooms)
            receipts = repository_waiting.claim_client_receipts(
                connection, rooms, now=now, lease_until=now + RECEIPT_LEASE
            )
        taken_all = self.messages.hand_over(server, messages)
        by_owner: dict[str, list[ClientReceipt]] = defaultdict(list)
        for one in receipts:
            by_owner[one.advertiser_id].append(one)
        left: list[str] = []
        for owner, own in by_owner.items():
            taken = server.deliver(owner, [Outgoing(one.id, deliver_sm(one)) for one in own])
            left += [one.id for one in own[taken:]]
        if left:
            self._again(left, tried=False)
        return taken_all and not left and any(len(own) == rooms[owner] for owner, own in by_owner.items())


def _within(item: ClientSubmit) -> Operation:
    """What is asked, with no more priority than the account may give."""
    pdu, most = item.pdu, item.account.highest_priority
    if isinstance(pdu, SubmitSm | SubmitMulti) and most < pdu.priority_flag <= PRIORITY_URGENT:
        return replace(pdu, priority_flag=most)
    return pdu


def _answer(accepted: Accepted) -> SubmitAnswer:
    if accepted.refusal is None:
        return SubmitAnswer(c.ESME_ROK, accepted.id)
    return SubmitAnswer(REFUSALS[accepted.refusal].smpp_status)
