"""From what a program says of a link to the link as it is to be."""

import re
from typing import Any

from flask_babel import gettext

from contracts.errors import NotFound
from contracts.smpp_links import Link, LinkChange
from gateway_http.api.parsing import escaped, malformed
from gateway_http.platform_api.bodies import problem
from gateway_http.state import clients

_NAME = re.compile(r"[a-z0-9-]{1,32}")
_PARTS = ("title", "binds", "enabled", "failover_after_seconds", "unresolved_seconds", "receipt_timeout_seconds")


def known(name: str) -> Link:
    """`NotFound`, also for what can't be a name."""
    if not _NAME.fullmatch(name):
        raise NotFound("There is no such link.")
    return clients().smpp_gateway.operator_link(name)


def new_link(given: dict[str, Any]) -> LinkChange:
    """What is not said has its default."""
    parts: dict[str, Any] = {"title": "", "binds": 1, **{name: given[name] for name in _PARTS if name in given}}
    settings = {name: value for name, value in given["settings"].items() if value is not None}
    return LinkChange(
        name=given["name"],
        **parts,
        settings=settings,
        version=0,
        password=given["password"],
    )


def change_of(link: Link, given: dict[str, Any], version: int) -> LinkChange:
    """The present link with what is said put over it; `Malformed` for what the environment gives."""
    settings = given.get("settings", {})
    fixed = [f"/settings/{escaped(name)}" for name in settings if name in link.given]
    fixed += ["/password"] if "password" in given and "password" in link.given else []
    if fixed:
        told = gettext("This is given by SMSC_URL in the environment of the platform and can't be changed here.")
        raise malformed([problem(pointer, "given", told) for pointer in fixed])
    merged = {name: value for name, value in (link.settings | settings).items() if value is not None}
    parts = {name: given.get(name, getattr(link, name)) for name in _PARTS}
    return LinkChange(name=link.name, **parts, settings=merged, version=version, password=given.get("password"))
