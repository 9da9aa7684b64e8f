"""How a message looks to its sender."""

from collections.abc import Iterable, Sequence

from contracts.smpp_gateway import MessageView, PartView
from kit.clock import maybe_rfc3339, to_rfc3339
from services.smpp_gateway.work import SCHEDULE, PartRow, Work

#: What happens inside the pipeline shows as the nearest state of the contract.
_PART_STATES = {"waiting": "charged", "unresolved": "submitted", "lost": "unknown", "unsent": "expired"}


#: Refusals that may have a sentence of somebody's own.
_NOTED = frozenset({"text_refused", "text_forbidden"})


def noted(works: Iterable[Work]) -> list[str]:
    """Ids of those that may have been refused in somebody's own words."""
    return [work.id for work in works if work.reason in _NOTED]


def message_view(
    work: Work, parts: Sequence[PartRow], *, link_up: bool, paused: bool = False, note: str | None = None
) -> MessageView:
    """`price` is for all parts; a charged message that waits for the operator's link says so.

    `link_up` is False where no process has a bind of the message's link up; `paused`: the sending of its advertiser is.
    """
    reason = work.reason
    if work.state == "charged" and not link_up:
        reason = "link"
    if paused and work.state in ("accepted", "charged"):
        reason = "paused"
    return MessageView(
        id=work.id,
        advertiser_id=work.advertiser_id,
        recipient=work.recipient,
        sender=work.sender,
        text=work.text,
        client_ref=work.client_ref,
        state=work.state,
        reason=reason,
        direction=work.direction,
        parts=[_part_view(part, work) for part in parts],
        parts_total=work.parts,
        price=work.sell_amount,
        charged=work.charged,
        accepted_at=to_rfc3339(work.accepted_at),
        submitted_at=maybe_rfc3339(work.submitted_at),
        final_at=maybe_rfc3339(work.final_at),
        waits_until=maybe_rfc3339(work.due_at) if work.state == "held" and work.reason == SCHEDULE else None,
        mcc=work.mcc,
        mnc=work.mnc,
        estimated_mcc=work.estimated_mcc,
        estimated_mnc=work.estimated_mnc,
        sms_type=work.sms_type,
        source=work.source,
        mailing=work.mailing,
        note=note,
    )


def _part_view(part: PartRow, work: Work) -> PartView:
    return PartView(
        number=part.number,
        state=_part_state(part.state, work),
        price=_price_of(part.number, work),
        error_code=part.error_code,
        submitted_at=maybe_rfc3339(part.submitted_at),
        final_at=maybe_rfc3339(part.final_at),
    )


def _part_state(state: str, work: Work) -> str:
    if state == "unsent" and work.state == "rejected":
        return work.state
    return _PART_STATES.get(state, state)


def _price_of(number: int, work: Work) -> int | None:
    """Of one part; without prices of their own all parts cost the same."""
    if work.part_prices:
        return work.part_prices[number - 1]
    return None if work.sell_amount is None else work.sell_amount // work.parts
