"""What a client peer is told to do, and the texts that every peer sends as its own encoder makes them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

#: @ and the brackets are where the GSM alphabet and ASCII differ.
GSM = "Hello @ [golub] {1}"
CYRILLIC = "Привет, это Голубь"
#: 67 UTF-16 units fit a part beside its header: whoever cuts there cuts the first bird in two.
LONG_CYRILLIC = "Ж" * 66 + "🕊" + "щ" * 80 + "🕊ё"
#: 153 septets fit: whoever cuts there cuts the euro from its escape.
LONG_GSM = "a" * 152 + "€" + "b" * 60


@dataclass(frozen=True, slots=True)
class Message:
    """`how` it is sent: `plain` in one PDU, parts told by `udh` or `sar`, or `payload` in the TLV message_payload."""

    to: str
    text: str
    how: str = "plain"


@dataclass(frozen=True, slots=True)
class Session:
    """Bind as `kind`, send, wait for `receipts` and for those of what a transceiver sent, ask whether the link lives, unbind."""

    kind: str
    messages: Sequence[Message] = ()
    receipts: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    host: str
    port: int
    system_id: str
    password: str
    sender: str
    sessions: Sequence[Session] = field(default_factory=tuple)

    def as_json(self) -> str:
        sessions = [
            {
                "kind": one.kind,
                "receipts": one.receipts,
                "messages": [{"to": each.to, "text": each.text, "how": each.how} for each in one.messages],
            }
            for one in self.sessions
        ]
        head = {name: getattr(self, name) for name in ("host", "port", "system_id", "password", "sender")}
        return json.dumps(head | {"sessions": sessions})


def read(document: str) -> Job:
    values: dict[str, Any] = json.loads(document)
    sessions = [
        Session(one["kind"], [Message(**each) for each in one["messages"]], one["receipts"])
        for one in values.pop("sessions")
    ]
    return Job(**values, sessions=sessions)
