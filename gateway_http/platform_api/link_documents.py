"""How links look to programs of the operator."""

from typing import Any

from contracts.smpp_links import Link, LinkStatus
from contracts.wire import to_wire
from gateway_http.sentences import told, told_reason
from gateway_http.state import clients


def statuses() -> dict[str, LinkStatus]:
    """What every link does now, by name."""
    return {one.name: one for one in clients().smpp_gateway.operator_link_statuses()}


def link_document(link: Link, status: LinkStatus | None) -> dict[str, Any]:
    document = to_wire(link)
    document["trouble"] = told(link.trouble)
    document["now"] = _now(status) if status else None
    return document


def _now(status: LinkStatus) -> dict[str, Any]:
    document = to_wire(status)
    document["reason"] = told_reason(status)
    for bind, one in zip(document["binds"], status.binds, strict=True):
        bind["reason"] = told_reason(one)
    return document
