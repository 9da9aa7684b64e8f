"""«Тарифы» of whoever is priced: which tariff holds, which it could be, and who chose when.

Template tariffs/_assignment.html: what `assignment` gives.
"""

from typing import Any

from flask import request

from contracts.errors import NotFound
from gateway_http.access import user
from gateway_http.admin.tariff_directions import directions
from gateway_http.admin.tariff_shelf import Shelf
from gateway_http.forms import Form, parse_id
from gateway_http.state import clients

#: The choice «by default» among the ids of tariffs.
DEFAULT = "default"


def assignment(shelf: Shelf, subject_id: str) -> dict[str, Any]:
    """`chosen`: the id of the subject's own tariff, or DEFAULT; `wanted`: what `?tariff=` looks at, with its rows."""
    known = shelf.all()
    history = clients().tariffs.assignments(shelf.owner(), subject_id)
    assigned = clients().tariffs.assigned(shelf.owner(), subject_id)
    chosen = history[0].tariff_id if history and history[0].tariff_id else DEFAULT
    wanted = request.args.get("tariff", "")
    by_id = {one.id: one for one in known}
    default = next((one for one in known if one.is_default), None)
    if wanted != DEFAULT and wanted not in by_id:
        wanted = chosen
    looked_at = default if wanted == DEFAULT else by_id.get(wanted)
    return {
        "place": shelf.place,
        "tariffs": known,
        "default": default,
        "assigned": assigned,
        "chosen": chosen,
        "wanted": wanted,
        "looked_at": looked_at if wanted != chosen else assigned,
        "history": history,
        "directions": directions(),
    }


def assign(shelf: Shelf, subject_id: str) -> None:
    """From now on; `NotFound` for what is no tariff of the shelf."""
    wanted = Form(request.form).values.get("tariff_id", "")
    tariff_id = None if wanted == DEFAULT else parse_id(wanted)
    if tariff_id == "":
        raise NotFound
    clients().tariffs.assign(shelf.owner(), tariff_id=tariff_id, subject_id=subject_id, author=user().login)
