"""How contracts look to programs: money as decimal strings, codes with their sentences."""

from json import dumps
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from flask_babel import gettext

from contracts.refusals import HOLDS, REFUSALS, Reason
from contracts.smpp_gateway import Accepted, MessageView
from contracts.wire import to_wire
from gateway_http.submission import Submission
from kit.money import CURRENCY, format_money


def reason_of(code: str) -> Reason:
    """Code, actor and sentence; a code that this release does not know is told as it is."""
    return REFUSALS.get(code) or HOLDS.get(code) or Reason(code, "operator", code)


def refusal_document(code: str) -> dict[str, str]:
    reason = reason_of(code)
    return {"code": code, "detail": f"{gettext(reason.sentence)}."}


def reason_document(code: str | None, note: str | None = None) -> dict[str, str] | None:
    """`note`: what a person or a rule says of it, told behind the sentence."""
    if code is None:
        return None
    told = refusal_document(code)
    return {**told, "detail": f"{told['detail']} {note}" if note else told["detail"], "who": reason_of(code).who}


def refused_field(code: str) -> str:
    """The field of the message that a refusal speaks of, empty where it is none of them."""
    field = code.partition("_")[0]
    return field if field in ("recipient", "text", "sender") else ""


def refusal_errors(submission: Submission, answers: list[Accepted]) -> list[dict[str, str]]:
    """An error per refused message; several that speak of the one shared text or sender are one."""
    errors: dict[tuple[str, str], dict[str, str]] = {}
    for index, answer in enumerate(answers):
        if answer.refusal is not None:
            pointer = submission.pointer(index, refused_field(answer.refusal))
            errors.setdefault((pointer, answer.refusal), {"pointer": pointer, **refusal_document(answer.refusal)})
    return list(errors.values())


def accepted_document(answer: Accepted) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": answer.id,
        "recipient": answer.recipient,
        "state": answer.state,
        "parts": answer.parts,
        "client_ref": answer.client_ref,
    }
    if answer.refusal is not None:
        document["reason"] = refusal_document(answer.refusal)
    return document


def accepted_body(answers: list[Accepted]) -> bytes:
    """What a program that sent messages is told, as JSON in ASCII. Reasons of refusals are told in the request's language."""
    return f'{{"messages":[{",".join(map(_accepted_json, answers))}]}}\n'.encode()


def _accepted_json(answer: Accepted) -> str:
    """`accepted_document` as JSON; an encoder that is made anew for each answer takes longer than all else of it."""
    if answer.refusal is not None:
        return dumps(accepted_document(answer), separators=(",", ":"))
    client_ref = "null" if answer.client_ref is None else quoted(answer.client_ref)
    return (
        f'{{"id":{quoted(answer.id)},"recipient":{quoted(answer.recipient)},"state":{quoted(answer.state)},'
        f'"parts":{answer.parts},"client_ref":{client_ref}}}'
    )


def message_document(view: MessageView) -> dict[str, Any]:
    return {
        "id": view.id,
        "recipient": view.recipient,
        "sender": view.sender,
        "text": view.text,
        "client_ref": view.client_ref,
        "state": view.state,
        "reason": reason_document(view.reason, view.note),
        "parts": [{**to_wire(part), "price": _money(part.price)} for part in view.parts],
        "price": _money(view.price),
        "charged": format_money(view.charged),
        "currency": CURRENCY,
        "direction": view.direction,
        "mcc": view.mcc,
        "mnc": view.mnc,
        "estimated_mcc": view.estimated_mcc,
        "estimated_mnc": view.estimated_mnc,
        "accepted_at": view.accepted_at,
        "submitted_at": view.submitted_at,
        "final_at": view.final_at,
    }


def _money(amount: int | None) -> str | None:
    return None if amount is None else format_money(amount)
