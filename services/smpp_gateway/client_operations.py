"""query_sm, cancel_sm and replace_sm of an advertiser's clients: a batch of each is a fixed number of statements."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from services.smpp_gateway import constants as c
from services.smpp_gateway import repository_changing, repository_parts, repository_pieces, unpacking
from services.smpp_gateway.changing import CANCELLED, Changing
from services.smpp_gateway.client_states import UNDER_WAY, failed, queried
from services.smpp_gateway.context import Context
from services.smpp_gateway.pdu import CancelSm, QuerySm, ReplaceSm
from services.smpp_gateway.recipient import normalise
from services.smpp_gateway.replacing import Replacing
from services.smpp_gateway.repository_pieces import Found
from services.smpp_gateway.server_types import SubmitAnswer
from services.smpp_gateway.work import Work


class Operations:
    def __init__(self, context: Context) -> None:
        self._context, self._changing, self._replacing = context, Changing(context), Replacing(context)
        self.of: dict[type, Callable[[str, Sequence[Any]], list[SubmitAnswer]]] = {
            QuerySm: self.query,
            CancelSm: self.cancel,
            ReplaceSm: self.replace,
        }

    def query(self, account_id: str, pdus: Sequence[QuerySm]) -> list[SubmitAnswer]:
        """Unknown ids and others' are ESME_RINVMSGID; a source address that is not the message's, ESME_RQUERYFAIL."""
        names = [canonical_id(pdu.message_id) for pdu in pdus]
        with self._context.db.begin() as connection:
            found = self._found(connection, account_id, {name for name in names if name})
            wanted = {work.id for work in found.values() if isinstance(work, Work) and failed(work)}
            parts = repository_parts.of_messages(connection, wanted)
        return [self._queried(pdu, found.get(name or ""), parts) for pdu, name in zip(pdus, names, strict=True)]

    def _found(self, connection: Connection, account_id: str, ids: set[str]) -> dict[str, Work | Found]:
        """Messages by their ids and by those of their parts; of what still waits for other parts, the part."""
        unpacking.of_ids(self._context, connection, account_id, ids)
        found: dict[str, Work | Found] = {**repository_changing.find_own(connection, account_id, ids)}
        parts = repository_pieces.find(connection, account_id, ids - found.keys())
        wholes = repository_changing.find_own(
            connection, account_id, {one.message_id for one in parts.values() if one.message_id}
        )
        return found | {key: wholes.get(one.message_id or "", one) for key, one in parts.items()}

    @staticmethod
    def _queried(pdu: QuerySm, work: Work | Found | None, parts: dict[str, Any]) -> SubmitAnswer:
        if work is None:
            return SubmitAnswer(c.ESME_RINVMSGID)
        if pdu.source_addr not in ("", work.sender):
            return SubmitAnswer(c.ESME_RQUERYFAIL)
        told = queried(work, parts.get(work.id, ())) if isinstance(work, Work) else UNDER_WAY
        return SubmitAnswer(c.ESME_ROK, pdu.message_id, queried=told)

    def cancel(self, account_id: str, pdus: Sequence[CancelSm]) -> list[SubmitAnswer]:
        """By id, or without one all that goes from the source to the destination (SMPP 3.4, 4.9.1).

        ESME_RCANCELFAIL where an operator has the message or may have it, where it had ended, where the addresses are
        not the message's, and where nothing was left of what goes from the source to the destination.
        """
        with self._context.db.begin() as connection:
            asked = self._asked(connection, account_id, pdus)
            ids = {one for own in asked for one in own}
            verdicts = self._changing.cancel_within(connection, account_id, ids)
        return [
            SubmitAnswer(_cancel_status(pdu, [verdicts[one] for one in own]))
            for pdu, own in zip(pdus, asked, strict=True)
        ]

    def _asked(self, connection: Connection, account_id: str, pdus: Sequence[CancelSm]) -> list[list[str]]:
        """The ids that each means."""
        names = {canonical_id(pdu.message_id) for pdu in pdus if pdu.message_id}
        ids = {name for name in names if name}
        pairs = [(pdu.source_addr, normalise(pdu.destination_addr) or "") for pdu in pdus if not pdu.message_id]
        recipients = {recipient for _, recipient in pairs if recipient}
        unpacking.of_ids_and_terms(self._context, connection, account_id, ids, recipients)
        found = self._found(connection, account_id, ids)
        of_pairs = repository_changing.open_of_pairs(connection, account_id, pairs)
        waiting = repository_pieces.of_pairs(connection, account_id, pairs)
        places = iter(range(len(pairs)))
        asked = []
        for pdu in pdus:
            if pdu.message_id:
                work = found.get(canonical_id(pdu.message_id) or "")
                asked.append([work.id] if work is not None and _same_addresses(pdu, work) else [])
            else:
                place = next(places)
                asked.append([*of_pairs.get(place, ()), *waiting.get(place, ())])
        return asked

    def replace(self, account_id: str, pdus: Sequence[ReplaceSm]) -> list[SubmitAnswer]:
        names = [canonical_id(pdu.message_id) for pdu in pdus]
        statuses = self._replacing.replace(account_id, list(zip(names, pdus, strict=True)))
        return [SubmitAnswer(status) for status in statuses]


def canonical_id(text: str) -> str | None:
    """The id as the database writes it; None for what is no id of a message."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


def _same_addresses(pdu: CancelSm, work: Work | Found) -> bool:
    recipient = normalise(pdu.destination_addr) or pdu.destination_addr
    return pdu.source_addr in ("", work.sender) and recipient in ("", work.recipient)


def _cancel_status(pdu: CancelSm, verdicts: Sequence[str]) -> int:
    if pdu.message_id and canonical_id(pdu.message_id) is None:
        return c.ESME_RINVMSGID
    return c.ESME_ROK if CANCELLED in verdicts else c.ESME_RCANCELFAIL
