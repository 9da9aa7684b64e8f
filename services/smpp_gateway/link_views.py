"""How links look to the platform's operator."""

from collections.abc import Sequence
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, Literal, get_args, get_origin

from contracts.smpp_gateway import LinkView
from contracts.smpp_links import BindStatus, Link, LinkField, LinkStatus
from kit.clock import maybe_rfc3339, to_rfc3339
from services.smpp_gateway.lease import Bind, Standing
from services.smpp_gateway.link_reasons import code_of
from services.smpp_gateway.link_rules import limits_of
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_spec import LinkHealth, LinkSpec
from services.smpp_gateway.link_values import APART, HINTS
from services.smpp_gateway.links import GIVEN, LIVE, settings_document

#: What is shown as a number of things that wait is counted no further.
MOST_COUNTED = 10_000


def link_document(spec: LinkSpec) -> Link:
    stored = spec.stored
    document = settings_document(spec.settings) if spec.settings is not None else stored.settings
    return Link(
        name=stored.name,
        title=stored.title,
        enabled=stored.enabled,
        draining=stored.draining,
        given=list(GIVEN) if stored.given else [],
        binds=stored.binds,
        failover_after_seconds=stored.failover_after_seconds,
        unresolved_seconds=stored.unresolved_seconds,
        receipt_timeout_seconds=stored.receipt_timeout_seconds,
        settings=document,
        has_password=stored.given or stored.password is not None,
        trouble=spec.trouble,
        version=stored.version,
        author=stored.author,
        changed_at=to_rfc3339(stored.changed_at),
    )


def link_status(
    spec: LinkSpec,
    standing: Standing,
    health: LinkHealth | None,
    *,
    waiting: int = 0,
    open_messages: int = 0,
    oldest: datetime | None = None,
    over: Sequence[str] = (),
) -> LinkStatus:
    now = standing.now
    binds = [one for one in standing.binds if one.link == spec.name and one.number <= spec.stored.binds]
    settings, reason = spec.settings, spec.trouble or _reason_of(binds, now)
    code, values = code_of(reason)
    return LinkStatus(
        name=spec.name,
        title=spec.stored.title,
        host=f"{settings.host}:{settings.port}" if settings else "",
        state=_state_of(spec, binds, now),
        reason=reason,
        down_since=maybe_rfc3339(health.down_since) if health else None,
        in_flight=sum(one.in_flight for one in binds if one.lease_until > now),
        window=(settings.window if settings else 0) * spec.stored.binds,
        messages_per_second=f"{settings.messages_per_second:g}" if settings else "0",
        per_minute=sum(one.per_minute for one in binds if one.lease_until > now),
        waiting=waiting,
        open_messages=open_messages,
        counted_to=MOST_COUNTED,
        oldest_seconds=max(0, int((now - oldest).total_seconds())) if oldest else 0,
        binds=[_bind_status(one, now) for one in binds],
        reason_code=code,
        reason_values=values,
        receipts_over=list(over),
    )


def link_view(status: LinkStatus) -> LinkView:
    """The short form."""
    return LinkView(
        name=status.name,
        host=status.host,
        state="bound" if status.state == "partly" else status.state,
        window=status.window,
        in_flight=status.in_flight,
        waiting=status.waiting,
    )


def _state_of(spec: LinkSpec, binds: list[Bind], now: datetime) -> str:
    if not spec.stored.enabled:
        return "disabled"
    if spec.settings is None:
        return "broken"
    up = sum(one.bound(now) for one in binds)
    if up and spec.stored.draining:
        return "draining"
    if up:
        return "bound" if up >= spec.stored.binds else "partly"
    held = any(one.state == "connecting" and one.lease_until > now for one in binds)
    return "connecting" if held else "down"


def _reason_of(binds: list[Bind], now: datetime) -> str:
    down = [one for one in binds if not one.bound(now) and one.reason]
    return max(down, key=lambda one: one.since).reason if down else ""


def _bind_status(bind: Bind, now: datetime) -> BindStatus:
    held, (code, values) = bind.lease_until > now, code_of(bind.reason)
    return BindStatus(
        number=bind.number,
        state=bind.state if held else "free",
        owner=bind.owner if held else "",
        since=to_rfc3339(bind.since),
        reason=bind.reason,
        in_flight=bind.in_flight if held else 0,
        per_minute=bind.per_minute if held else 0,
        bound_at=maybe_rfc3339(bind.bound_at),
        lease_until=to_rfc3339(bind.lease_until),
        reason_code=code,
        reason_values=values,
    )


def link_fields() -> list[LinkField]:
    """The settings of a link, for whoever draws a form."""
    defaults = settings_document(LinkSettings(host="", port=0, system_id="", password=""))
    return [_field(one, defaults[one.name]) for one in fields(LinkSettings) if one.name not in APART]


def _field(one: Any, default: Any) -> LinkField:
    hint, required = HINTS[one.name], one.default is MISSING and one.default_factory is MISSING
    choices = [str(choice) for choice in get_args(hint)] if get_origin(hint) is Literal else []
    kinds: dict[Any, str] = {bool: "yes_no", str: "text", int: "whole", float: "number"}
    least, most = limits_of(one.name)
    return LinkField(
        name=one.name,
        kind="choice" if choices else kinds.get(hint, one.name),
        default={} if required else {"value": default},
        choices=choices,
        least=least,
        most=most,
        required=required,
        live=one.name in LIVE,
    )
