"""What clients ask of their messages, of all sessions, on its way to the handler and back."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.server_types import ClientSubmit, Operation, Queried, ServerHandler, SubmitAnswer

if TYPE_CHECKING:
    from services.smpp_gateway.server_session import ServerSession

_log = logging.getLogger(__name__)

#: The requests that a transmitter or transceiver may make of its messages.
OPERATIONS = (p.SubmitSm, p.DataSm, p.SubmitMulti, p.QuerySm, p.CancelSm, p.ReplaceSm)
Asked: TypeAlias = p.SubmitSm | p.DataSm | p.SubmitMulti | p.QuerySm | p.CancelSm | p.ReplaceSm
Submitted: TypeAlias = "tuple[ServerSession, Asked, ClientSubmit]"
_NOTHING = Queried("", 0)


def response_to(pdu: Asked, answer: SubmitAnswer) -> p.Pdu:
    """The response that carries the answer; one with an error has nothing but its status."""
    number, status = pdu.sequence_number, answer.command_status
    if isinstance(pdu, p.SubmitSm):
        return p.SubmitSmResp(number, status, answer.message_id)
    if isinstance(pdu, p.DataSm):
        return p.DataSmResp(number, status, answer.message_id)
    if isinstance(pdu, p.SubmitMulti):
        return p.SubmitMultiResp(number, status, answer.message_id, answer.unsuccess)
    if isinstance(pdu, p.QuerySm):
        told = answer.queried or _NOTHING
        return p.QuerySmResp(number, status, answer.message_id, told.final_date, told.message_state, told.error_code)
    return p.CancelSmResp(number, status) if isinstance(pdu, p.CancelSm) else p.ReplaceSmResp(number, status)


def as_operation(pdu: Asked) -> Operation:
    """The same, or the submit_sm that a data_sm amounts to; its text stays in the TLV message_payload."""
    if not isinstance(pdu, p.DataSm):
        return pdu
    return p.SubmitSm(
        pdu.sequence_number,
        pdu.service_type,
        pdu.source_addr_ton,
        pdu.source_addr_npi,
        pdu.source_addr,
        pdu.dest_addr_ton,
        pdu.dest_addr_npi,
        pdu.destination_addr,
        pdu.esm_class,
        registered_delivery=pdu.registered_delivery,
        data_coding=pdu.data_coding,
        tlvs=pdu.tlvs,
    )


def store(handler: ServerHandler, items: Sequence[Submitted]) -> None:
    """Have a batch stored and answer each session; every item still wanted gets an answer whatever happens."""
    # A client that is gone was never answered and will submit again.
    wanted = [item for item in items if not item[0].session.ended]
    if not wanted:
        return
    answers = _ask(handler, [submit for _, _, submit in wanted])
    by_session: dict[ServerSession, list[tuple[Asked, SubmitAnswer | None]]] = {}
    for (session, pdu, _), answer in zip(wanted, answers, strict=True):
        by_session.setdefault(session, []).append((pdu, answer))
    for session, pairs in by_session.items():
        try:
            session.answer(pairs)
        except ValueError:
            _log.exception("The answers to an SMPP client can't be encoded; its session is closed.")
            session.session.close("an answer of ours can't be encoded")


def _ask(handler: ServerHandler, submits: list[ClientSubmit]) -> Sequence[SubmitAnswer | None]:
    status = c.ESME_RSYSERR
    try:
        answers = handler.submit(submits)
        if len(answers) == len(submits):
            return answers
        _log.error("The handler gave %d answers to %d submits.", len(answers), len(submits))
    except Exception as error:
        known_status = getattr(error, "smpp_status", None)
        if known_status is None:
            _log.exception("%d submits could not be stored.", len(submits))
        else:
            _log.warning("%d submits could not be stored: %s", len(submits), error)
            status = int(known_status)
    return [SubmitAnswer(status)] * len(submits)
