"""A submit_multi as the submit_sm it amounts to, and their answers as one. Pure.

The response has one id for all (SMPP 3.4, 4.5.2): that of the first message that was accepted. The receipts of all carry it,
and differ by the address of their destination; the others' own ids are never told, and each keeps it as its `client_ref`.
query_sm, cancel_sm and replace_sm with it mean the first message.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from contracts.smpp_gateway import AcceptItem
from services.smpp_gateway import constants as c
from services.smpp_gateway.admission import MOST_ITEMS, Encoded
from services.smpp_gateway.client_pdus import read_submit
from services.smpp_gateway.pdu import QuerySm, SmeAddress, SubmitMulti, SubmitSm, UnsuccessSme
from services.smpp_gateway.server_types import Operation, SubmitAnswer
from services.smpp_gateway.timing import Timing

_SHARED = tuple(one.name for one in fields(SubmitMulti) if one.name not in ("sequence_number", "destinations"))


def read_all(pdu: SubmitSm | SubmitMulti, timing: Timing | None) -> list[tuple[AcceptItem, Encoded]]:
    """The messages in it, one for each phone; none where the text can't be read in its data_coding."""
    if isinstance(pdu, SubmitSm):
        found = read_submit(pdu, timing)
        return [] if found is None else [found]
    numbers = phones(pdu)
    found = read_submit(single(pdu, numbers[0]), timing) if numbers else None
    return (
        []
        if found is None
        else [
            (replace(found[0], recipient=one.address), replace(found[1], place=place))
            for place, one in enumerate(numbers)
        ]
    )


def runs(pdus: Sequence[Operation]) -> Iterator[tuple[type, list[int]]]:
    """Places of what can be done in one go, by what it is: SubmitSm (with SubmitMulti), CancelSm, ReplaceSm, QuerySm.

    What changes messages keeps its order, and queries come last, all at once. A run of submissions has `MOST_ITEMS`
    messages at most.
    """
    changes = [(place, _kind(pdu)) for place, pdu in enumerate(pdus) if not isinstance(pdu, QuerySm)]
    for kind, group in itertools.groupby(changes, key=lambda change: change[1]):
        own: list[int] = []
        size = 0
        for place, _ in group:
            pdu = pdus[place]
            count = len(pdu.destinations) if isinstance(pdu, SubmitMulti) else 1
            if size + count > MOST_ITEMS:
                yield kind, own
                own, size = [], 0
            own.append(place)
            size += count
        yield kind, own
    queries = [place for place, pdu in enumerate(pdus) if isinstance(pdu, QuerySm)]
    if queries:
        yield QuerySm, queries


def _kind(pdu: Operation) -> type:
    return SubmitSm if isinstance(pdu, SubmitMulti) else type(pdu)


def phones(pdu: SubmitMulti) -> list[SmeAddress]:
    return [one for one in pdu.destinations if isinstance(one, SmeAddress)]


def single(pdu: SubmitMulti, phone: SmeAddress) -> SubmitSm:
    """The submit_sm that would go to this destination alone."""
    shared = {name: getattr(pdu, name) for name in _SHARED}
    return SubmitSm(
        pdu.sequence_number,
        dest_addr_ton=phone.ton,
        dest_addr_npi=phone.npi,
        destination_addr=phone.address,
        **shared,
    )


def joined(pdu: SubmitMulti, answers: Sequence[SubmitAnswer]) -> SubmitAnswer:
    """The answer to all, given those of its `phones`, in order.

    It is an error only where nobody's message was accepted: the status they share, else ESME_RSUBMITFAIL. We keep no
    distribution lists, so each one that is named fails alone, with ESME_RINVDLNAME.
    """
    left = iter(answers)
    accepted = ""
    failed: list[UnsuccessSme] = []
    for one in pdu.destinations:
        if not isinstance(one, SmeAddress):
            failed.append(UnsuccessSme(c.TON_UNKNOWN, c.NPI_UNKNOWN, one.name, c.ESME_RINVDLNAME))
            continue
        answer = next(left)
        if answer.command_status == c.ESME_ROK:
            accepted = accepted or answer.message_id
        else:
            failed.append(UnsuccessSme(*one, answer.command_status))
    if accepted:
        return SubmitAnswer(c.ESME_ROK, accepted, tuple(failed))
    statuses = {one.error_status_code for one in failed}
    return SubmitAnswer(statuses.pop() if len(statuses) == 1 else c.ESME_RSUBMITFAIL)
