"""The rules of entering an advertiser's cabinet: who may, why, and for how long."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from kit.ids import uuid7
from services.accounts import fields
from services.accounts.problems import Problems

#: Of a visit, never renewed; the table holds it too.
LONGEST_VISIT = timedelta(minutes=30)
LEAST_REASON = 5
RIGHT = "enter"
NOT_ALLOWED = "You may not enter the cabinets of advertisers."


def may_enter(role: str, rights: Collection[str]) -> bool:
    return role == "partner" or (role == "manager" and RIGHT in rights)


def check_reason(problems: Problems, reason: str) -> None:
    """The advertiser reads it: one line that says something."""
    fields.check_text(problems, "/reason", reason, required=True)
    if 0 < len(reason) < LEAST_REASON:
        problems.add("/reason", "reason_short")


def visit_row(
    actor: Any, advertiser_id: str, session_hash: bytes, reason: str, address: str, now: datetime
) -> dict[str, Any]:
    return {
        "id": str(uuid7(now)),
        "partner_id": actor.partner_id,
        "advertiser_id": advertiser_id,
        "actor_id": actor.user_id,
        "session_hash": session_hash,
        "reason": reason,
        "address": address,
        "started_at": now,
        "expires_at": now + LONGEST_VISIT,
    }
