"""Advertisers' SMPP sessions on one side, the pipeline on the other."""

import logging
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from contracts.accounts import AccountsClient
from contracts.refusals import REFUSALS
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder
from services.smpp_gateway import constants as c
from services.smpp_gateway import repository_parts
from services.smpp_gateway.admission import Encoded
from services.smpp_gateway.context import Context
from services.smpp_gateway.intake import Intake
from services.smpp_gateway.pdu import DeliverSm, SubmitSm
from services.smpp_gateway.receipt import format_receipt
from services.smpp_gateway.repository_parts import ClientReceipt
from services.smpp_gateway.segments import decode_text, read_part
from services.smpp_gateway.server import SmppServer
from services.smpp_gateway.server_types import BoundAccount, ClientSubmit, Outgoing, SubmitAnswer

log = logging.getLogger(__name__)

RECEIPT_LEASE = timedelta(seconds=120)
MOST_AT_ONCE = 500
_RECEIPT_WANTED = 0x01
#: Our states in the words of a receipt; a refused message is a rejected one to its sender.
_RECEIPT_STATES = {"refused": "rejected"}


class ClientHandler:
    """What `SmppServer` calls; `server` is set once it exists."""

    def __init__(self, context: Context, intake: Intake, accounts: AccountsClient) -> None:
        self._context, self._intake, self._accounts = context, intake, accounts
        self._partners: dict[str, str] = {}
        self.server: SmppServer | None = None

    def authenticate(self, system_id: str, password: str, address: str) -> BoundAccount:
        found = self._accounts.authenticate_smpp(system_id=system_id, password=password, address=address)
        self._partners[found.advertiser_id] = found.partner_id
        return BoundAccount(found.advertiser_id, found.max_binds, found.window, found.submits_per_second)

    def submit(self, items: list[ClientSubmit]) -> list[SubmitAnswer | None]:
        """Accept the submits of several accounts, a call of the intake for each; answers in the items' order."""
        answers: list[SubmitAnswer | None] = [None] * len(items)
        by_account: dict[str, list[int]] = defaultdict(list)
        for index, item in enumerate(items):
            by_account[item.account.account_id].append(index)
        for account_id, indexes in by_account.items():
            accepted = self._accept(account_id, [items[index].pdu for index in indexes])
            for index, answer in zip(indexes, accepted, strict=True):
                answers[index] = answer
        return answers

    def _accept(self, account_id: str, pdus: Sequence[SubmitSm]) -> list[SubmitAnswer]:
        order = AcceptOrder(partner_id=self._partners[account_id], advertiser_id=account_id, source="smpp")
        read = [_read(pdu) for pdu in pdus]
        good = [pair for pair in read if pair is not None]
        accepted = iter(
            self._intake.accept(order, [item for item, _ in good], [one for _, one in good]) if good else []
        )
        return [SubmitAnswer(c.ESME_RSUBMITFAIL) if pair is None else _answer(next(accepted)) for pair in read]

    def on_bound(self, account: BoundAccount) -> None:
        self._context.wakes.receipts.set()

    def on_delivered(self, keys: list[Any]) -> None:
        with self._context.db.begin() as connection:
            repository_parts.client_receipts_done(connection, keys)
        self._context.wakes.receipts.set()

    def on_undelivered(self, keys: list[Any]) -> None:
        with self._context.db.begin() as connection:
            repository_parts.client_receipts_again(connection, keys, self._context.clock.now())
        self._context.wakes.receipts.set()

    def deliver_once(self) -> bool:
        """Give waiting receipts to the clients that are bound; whether more may wait."""
        server = self.server
        owners = sorted(server.receivers()) if server else []
        if server is None or not owners:
            return False
        context, now = self._context, self._context.clock.now()
        with context.db.begin() as connection:
            receipts = repository_parts.claim_client_receipts(
                connection, owners, now=now, lease_until=now + RECEIPT_LEASE, limit=MOST_AT_ONCE
            )
        left: list[uuid.UUID] = []
        for owner in owners:
            own = [one for one in receipts if str(one.advertiser_id) == owner]
            taken = server.deliver(owner, [Outgoing(one.id, _deliver_sm(one)) for one in own])
            left += [one.id for one in own[taken:]]
        if left:
            with context.db.begin() as connection:
                repository_parts.client_receipts_again(connection, left, now)
        return bool(receipts) and not left


def _read(pdu: SubmitSm) -> tuple[AcceptItem, Encoded | None] | None:
    """The message in a submit_sm; None where its text can't be read in its data_coding.

    A part of a long message (UDH) is a message of its own here and goes on with its octets as they came.
    """
    payload = pdu.tlvs.get(c.TLV_MESSAGE_PAYLOAD) if pdu.tlvs else None
    octets = pdu.short_message or payload or b""
    try:
        concatenation, content = read_part(pdu.short_message, pdu.esm_class, pdu.tlvs)
        text = decode_text(pdu.data_coding, content)
    except ValueError:
        return None
    item = AcceptItem(recipient=pdu.destination_addr, sender=pdu.source_addr, text=text)
    wants_receipt = bool(pdu.registered_delivery & _RECEIPT_WANTED)
    as_it_came = concatenation is not None or pdu.esm_class & c.ESM_CLASS_UDHI
    return item, Encoded(octets if as_it_came else None, pdu.data_coding, pdu.esm_class, wants_receipt)


def _answer(accepted: Accepted) -> SubmitAnswer:
    if accepted.refusal is None:
        return SubmitAnswer(c.ESME_ROK, accepted.id)
    return SubmitAnswer(REFUSALS[accepted.refusal].smpp_status)


def _deliver_sm(receipt: ClientReceipt) -> DeliverSm:
    """A receipt as deliver_sm: addresses are those of the message, turned round (SMPP 3.4, appendix B)."""
    state = _RECEIPT_STATES.get(receipt.state, receipt.state)
    text, tlvs = format_receipt(str(receipt.message_id), state, receipt.submitted_at, receipt.done_at)
    return DeliverSm(
        sequence_number=1,
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=receipt.recipient,
        dest_addr_ton=5 if not receipt.sender.isdigit() else 1,
        dest_addr_npi=0 if not receipt.sender.isdigit() else 1,
        destination_addr=receipt.sender,
        esm_class=c.ESM_CLASS_DELIVERY_RECEIPT,
        short_message=text,
        tlvs=tlvs,
    )
