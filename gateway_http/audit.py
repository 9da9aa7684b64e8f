"""What people and the operator's programs change is recorded: who did what, for whom, and what was there before.

Each view with an unsafe method says either `@audits(...)` or `@unaudited(...)`; a test walks the whole URL map. A view
adds what it knows: `subject`, `whom`, `before`, `after`. Secrets and texts of messages never get there.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import g

V = TypeVar("V", bound=Callable)

_ACTION = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
#: What each declared action is called for people (English msgids); one without a sentence is refused by a test.
SENTENCES: dict[str, str] = {}


@dataclass(slots=True)
class Record:
    """What the view told of the change that this request makes. `whom`: id of the advertiser or partner it is made for."""

    kind: str = ""
    id: str = ""
    label: str = ""
    whom: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    refused: str = ""


def audits(action: str, sentence: str = "", *, of_visitors: bool = False) -> Callable[[V], V]:
    """Declare what a view that changes something does: `noun.verb`, and a sentence such as "Added a package" (a msgid).

    `of_visitors`: only what the partner's people do in the cabinet of another; what its owner does is a record of its own.
    """
    if not _ACTION.fullmatch(action):
        raise ValueError(f"an action is named noun.verb, not {action}")
    known = SENTENCES.get(action, "")
    if known and sentence and known != sentence:
        raise ValueError(f"{action} has a sentence already: {known}")
    SENTENCES[action] = known or sentence

    def declare(view: V) -> V:
        view.golub_audits = action  # type: ignore[attr-defined]
        view.golub_of_visitors = of_visitors  # type: ignore[attr-defined]
        return view

    return declare


def unaudited(why: str) -> Callable[[V], V]:
    """Declare that a view with an unsafe method needs no entry, and why: what it does is recorded by itself."""
    if not why.strip():
        raise ValueError("say why")

    def declare(view: V) -> V:
        view.golub_unaudited = why  # type: ignore[attr-defined]
        return view

    return declare


def action_of(view: Callable) -> str:
    """The action that a view declares, empty where it declares none. Of a form's view ask for the part that submits."""
    found: str = getattr(view, "golub_audits", "")
    return found


def is_of_visitors(view: Callable) -> bool:
    return bool(getattr(view, "golub_of_visitors", False))


def why_not(view: Callable) -> str:
    found: str = getattr(view, "golub_unaudited", "")
    return found


def subject(kind: str, id: str = "", label: str = "") -> None:
    """What is changed: its kind (a word such as `package`), its id and how people call it."""
    told = record()
    told.kind, told.id, told.label = kind, id, label


def whom(id: str) -> None:
    """The advertiser (of the operator's changes: the partner) that it is changed for, where the address doesn't say it."""
    record().whom = id


def before(values: Mapping[str, Any]) -> None:
    """Small plain values by the name of the field, as they were. Fields that are equal before and after are not shown."""
    record().before.update(values)


def after(values: Mapping[str, Any]) -> None:
    """The same as they are now, or as somebody wished them where it was refused."""
    record().after.update(values)


def refused(code: str) -> None:
    """Nothing was changed, though the answer is no error: the page that comes next says so."""
    record().refused = code


def record() -> Record:
    """What the view of this request has told until now."""
    if "audit_record" not in g:
        g.audit_record = Record()
    found: Record = g.audit_record
    return found
