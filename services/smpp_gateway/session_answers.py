"""Which answer belongs to which request."""

from collections.abc import Callable

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p

_RESPONSES: dict[int, Callable[[int, int], p.Pdu]] = {
    c.SUBMIT_SM: p.SubmitSmResp,
    c.DELIVER_SM: p.DeliverSmResp,
    c.DATA_SM: p.DataSmResp,
    c.SUBMIT_MULTI: p.SubmitMultiResp,
    c.CANCEL_SM: p.CancelSmResp,
    c.REPLACE_SM: p.ReplaceSmResp,
    c.QUERY_SM: p.QuerySmResp,
    c.ENQUIRE_LINK: p.EnquireLinkResp,
    c.UNBIND: p.UnbindResp,
}
BINDS = (c.BIND_RECEIVER, c.BIND_TRANSMITTER, c.BIND_TRANSCEIVER)


def answer_to(command_id: int, sequence_number: int, command_status: int) -> p.Pdu:
    """The response without contents to a request; a generic_nack where the command has none (SMPP 3.4, 4.3)."""
    if command_id in BINDS:
        return p.BindResp(command_id | c.RESPONSE_BIT, sequence_number, command_status)
    if command_status != c.ESME_RINVCMDID:
        response = _RESPONSES.get(command_id)
        if response is not None:
            return response(sequence_number, command_status)
    return p.GenericNack(sequence_number, command_status)
