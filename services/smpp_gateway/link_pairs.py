"""Receipts of one link that come over another (decision 44): a transmitter submits, a receiver says whose receipts it brings. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_spec import LinkSpec
from services.smpp_gateway.link_values import Problem

_RECEIVER, _TRANSMITTER = "receiver", "transmitter"
_DEFAULTS = LinkSettings(host="", port=0, system_id="", password="")


class Named(Protocol):
    """A link as it is stored, or as its operator sees it."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> dict[str, Any]: ...


@dataclass(slots=True, frozen=True)
class Origin:
    """The link whose parts a link's receipts are of, and what of them goes by that link: in which base ids are written, how
    long they are waited for, and whether what has no outcome goes again (`again`)."""

    link: str
    id_base: str
    patience: Mapping[str, timedelta]
    again: bool


def origin_of(specs: Mapping[str, LinkSpec], spec: LinkSpec) -> Origin:
    """Read from what is stored: the receipts of a link that can't be used now go by its settings all the same."""
    of = specs.get(_said(spec.stored.settings, "receipts_of"), spec).stored
    return Origin(
        of.name,
        _said(of.settings, "message_id_base"),
        of.patience,
        _said(of.settings, "unknown_outcome") == "again",
    )


def bringers(specs: Mapping[str, LinkSpec]) -> dict[str, list[str]]:
    """The receivers that bring each link's receipts now, by its name."""
    found: dict[str, list[str]] = {}
    for name, spec in specs.items():
        if spec.usable and (of := _said(spec.stored.settings, "receipts_of")):
            found.setdefault(of, []).append(name)
    return found


def receipts_over(specs: Mapping[str, LinkSpec], spec: LinkSpec) -> list[str]:
    """The links over which receipts of its messages come: itself unless it is a transmitter, then who brings them."""
    kind = _said(spec.stored.settings, "bind_type")
    if kind == _RECEIVER:
        return []
    return [spec.name] * (kind != _TRANSMITTER) + bringers(specs).get(spec.name, [])


def settling(specs: Mapping[str, LinkSpec], listening: Collection[str]) -> list[str]:
    """Links of which messages may be given up for want of a receipt.

    `listening`: those that have been up for long enough for what waited at the SMSC to have come. Where a receiver brings a
    transmitter's receipts, that one counts. Nothing comes from a disabled link.
    """
    brought, found = bringers(specs), []
    for name, spec in specs.items():
        own = brought.get(name, [])
        heard = own if own and _said(spec.stored.settings, "bind_type") == _TRANSMITTER else [name, *own]
        if any(one in listening for one in heard) or not (spec.stored.enabled or own):
            found.append(name)
    return sorted(found)


def problems_of_pairs(name: str, settings: Mapping[str, Any], others: Iterable[Named]) -> list[Problem]:
    """What is wrong with a link's settings as its `others` stand. Each is looked at by the link that is being saved."""
    known = {one.name: one for one in others if one.name != name}
    of = _said(settings, "receipts_of")
    found = _of_the_one(name, of, known) if of else []
    bringing = named_by(name, known.values())
    if bringing and _said(settings, "bind_type") == _RECEIVER:
        found.append(_problem("bind_type", "brought", f"The link {bringing[0]} brings its receipts: it must submit."))
    if bringing and not _asks(settings):
        sentence = f"The link {bringing[0]} brings its receipts: it must ask for them."
        found.append(_problem("registered_delivery", "brought", sentence))
    return found


def named_by(name: str, links: Iterable[Named]) -> list[str]:
    """The links, enabled or not, that bring the receipts of this one."""
    return sorted(one.name for one in links if _said(one.settings, "receipts_of") == name)


def _of_the_one(name: str, of: str, known: Mapping[str, Named]) -> list[Problem]:
    other = known.get(of)
    if of == name:
        sentence = "A receiver has no receipts of its own: name the link that submits."
    elif other is None:
        sentence = "There is no such link."
    elif _said(other.settings, "bind_type") == _RECEIVER:
        sentence = "That link is a receiver too: name the link that submits."
    elif not _asks(other.settings):
        sentence = "That link asks for no receipts: set its registered_delivery to 1 first."
    else:
        return []
    return [_problem("receipts_of", "link", sentence)]


def _asks(settings: Mapping[str, Any]) -> bool:
    return bool(_said(settings, "registered_delivery") & 3)


def _said(settings: Mapping[str, Any], name: str) -> Any:
    return settings.get(name, getattr(_DEFAULTS, name))


def _problem(name: str, code: str, detail: str) -> Problem:
    return {"pointer": f"/settings/{name}", "code": code, "detail": detail}
