"""Receipts of parts that clients cut themselves: each part's under its own id, with its own state, as it asked for."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection

from kit.ids import uuid7
from services.smpp_gateway import repository_pieces
from services.smpp_gateway.repository_pieces import End
from services.smpp_gateway.repository_waiting import ClientReceipt
from services.smpp_gateway.work import RECEIPT_ALWAYS, RECEIPT_OF_FAILURE, RECEIPT_OF_SUCCESS, Work

#: A part's state in the words of a receipt, where it is another one.
_STATES = {"lost": "unknown", "unsent": "expired"}


def of_ended(
    connection: Connection, works: Mapping[str, Work], now: datetime, only: Collection[str] | None = None
) -> list[ClientReceipt]:
    """Of the parts of these messages, which have ended; `only`: of these parts."""
    if not works:
        return []
    ends = repository_pieces.ends(connection, works)
    return [
        _receipt(works[one.message_id], one, now)
        for one in ends
        if wanted(one.receipts, _state(works[one.message_id], one)) and (only is None or one.id in only)
    ]


def wanted(receipts: int, state: str) -> bool:
    """Whether a client that asked for these wants one of that end."""
    if receipts == RECEIPT_OF_FAILURE:
        return state != "delivered"
    return receipts == RECEIPT_ALWAYS or (receipts == RECEIPT_OF_SUCCESS and state == "delivered")


def _state(work: Work, end: End) -> str:
    if work.reason == "cancelled":
        return "deleted"
    return work.state if end.state is None else _STATES.get(end.state, end.state)


def _receipt(work: Work, end: End, now: datetime) -> ClientReceipt:
    code = end.error_code or ""
    return ClientReceipt(
        id=str(uuid7(now)),
        advertiser_id=work.advertiser_id,
        message_id=end.client_ref or end.id,
        sender=work.sender,
        recipient=work.recipient,
        state=_state(work, end),
        error_code=code if code.isascii() and code.isdigit() and end.state != "delivered" else "",
        submitted_at=end.accepted_at,
        done_at=end.final_at or work.final_at or now,
    )
