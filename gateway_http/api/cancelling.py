"""The ids of a request to cancel, and what is said of each."""

from uuid import UUID

from flask_babel import gettext

from contracts.smpp_gateway import Cancelled
from gateway_http.api.limits import MOST_MESSAGES
from gateway_http.api.parsing import escaped, malformed, problem, read_document
from gateway_http.i18n import N_

#: The sentence of each verdict of `contracts.smpp_gateway.Cancelled`.
VERDICTS = {
    "cancelled": N_("The message is cancelled: it does not go out and costs nothing."),
    "too_late": N_("It is too late: the mobile operator has the message, or may have it."),
    "final": N_("The message has ended before and can't be cancelled any more."),
    "not_found": N_("There is no such message."),
}
_NOT_AN_ID = N_("This is no id of a message.")


def verdict_document(one: Cancelled) -> dict[str, str]:
    return {"id": one.id, "verdict": one.verdict, "detail": gettext(VERDICTS[one.verdict])}


def read_ids() -> list[str]:
    """The ids of `{"ids": [...]}` in canonical form, at most `MOST_MESSAGES`; `Malformed` with every error."""
    document = read_document()
    if type(document) is not dict:
        raise malformed([problem("", "wrong_type")])
    wrong = [problem(f"/{escaped(name)}", "unknown_field", name) for name in document if name != "ids"]
    if "ids" not in document:
        raise malformed([*wrong, problem("/ids", "required", "ids")])
    ids = document["ids"]
    if type(ids) is not list:
        raise malformed([*wrong, problem("/ids", "wrong_type", "ids")])
    if not 1 <= len(ids) <= MOST_MESSAGES:
        raise malformed([*wrong, problem("/ids", "too_few" if not ids else "too_many", "ids")])
    names = [_canonical(one) for one in ids]
    wrong += [_no_id(index) for index, name in enumerate(names) if name is None]
    if wrong:
        raise malformed(wrong)
    return [name for name in names if name is not None]


def _no_id(index: int) -> dict[str, str]:
    return {"pointer": f"/ids/{index}", "code": "invalid", "detail": gettext(_NOT_AN_ID)}


def _canonical(one: object) -> str | None:
    try:
        return str(UUID(one)) if isinstance(one, str) else None
    except ValueError:
        return None
