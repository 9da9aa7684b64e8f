"""Each foreign client once from bind to unbind against the platform, and what it saw of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from tests.e2e.interop.job import CYRILLIC, GSM, LONG_CYRILLIC, LONG_GSM, Job, Message, Session
from tests.e2e.peer_process import PeerProcess, node_peer, python_peer
from tests.e2e.platform import Platform
from tests.support.tape import Tape

_NODE_SCRIPT = Path(__file__).with_name("node_peer.js")
_LIMIT_SECONDS = 120.0
#: How each of them can cut a long text. smpp34 and aiosmpplib cut no GSM text as it ought to be, smpplib and npm do.
LONG_GSM_PEERS = ("smpplib", "npm-smpp")
NO_SAR = ("aiosmpplib",)
#: It has a call of that name, but says nothing to the server.
NO_ENQUIRE = ("smpp34",)
PEERS = ("smpplib", "aiosmpplib", "smpp34", "npm-smpp")
DELIVERED, UNDELIVERED = c.MESSAGE_STATE_DELIVERED, c.MESSAGE_STATE_UNDELIVERABLE


@dataclass(frozen=True, slots=True)
class Story:
    """`messages`: what the client was told to send. `requests` is what it said, `answers` what it heard, in order."""

    messages: list[Message]
    events: list[dict[str, Any]]
    requests: list[p.Pdu]
    answers: list[p.Pdu]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    def submits(self, recipient: str) -> list[p.SubmitSm]:
        return [pdu for pdu in self.requests if isinstance(pdu, p.SubmitSm) and pdu.destination_addr == recipient]

    def said(self, kind: type[p.Pdu]) -> int:
        return sum(isinstance(pdu, kind) for pdu in self.requests)


class Stories:
    """Tells each story once, when it is first asked for."""

    def __init__(self, platform: Platform, tape: Tape) -> None:
        self._platform, self._tape = platform, tape
        self._told: dict[str, Story] = {}

    def of(self, name: str) -> Story:
        if name not in self._told:
            self._told[name] = self._tell(name)
        return self._told[name]

    def _tell(self, name: str) -> Story:
        sessions = _sessions(name)
        first = len(self._tape.talks)
        demo = self._platform.demo
        smpp = demo["smpp"]
        with self._tape.between((smpp["host"], smpp["port"])) as (host, port):
            peer = _start(name, Job(host, port, smpp["system_id"], smpp["password"], demo["sender"], sessions))
            try:
                peer.wait_for("done", timeout_seconds=_LIMIT_SECONDS)
            finally:
                peer.stop()
        talks = self._tape.talks[first:]
        said = [(by_client, p.decode(frame)) for talk in talks for by_client, frame in talk.frames()]
        return Story(
            [message for session in sessions for message in session.messages],
            peer.events,
            [pdu for by_client, pdu in said if by_client],
            [pdu for by_client, pdu in said if not by_client],
        )


def _sessions(name: str) -> list[Session]:
    """A transmitter whose receipt a receiver gets, and a transceiver that does both."""
    prefix = f"79161{PEERS.index(name)}"
    single = [Message(f"{prefix}00100", GSM), Message(f"{prefix}00200", CYRILLIC), Message(f"{prefix}00365", "Bad")]
    long = [Message(f"{prefix}00400", LONG_CYRILLIC, "udh"), Message(f"{prefix}00500", LONG_CYRILLIC, "payload")]
    if name not in NO_SAR:
        long.append(Message(f"{prefix}00600", LONG_CYRILLIC, "sar"))
    if name in LONG_GSM_PEERS:
        long.append(Message(f"{prefix}00700", LONG_GSM, "udh"))
    first = Message(f"{prefix}00800", "First")
    return [
        Session("transmitter", [first]),
        Session("receiver", receipts=1),
        Session("transceiver", single + long),
    ]


def parts_of(message: Message) -> int:
    """How many submit_sm every one of these clients makes of it."""
    if message.how in ("plain", "payload"):
        return 1
    return 2 if message.text == LONG_GSM else 3


def _start(name: str, job: Job) -> PeerProcess:
    if name == "npm-smpp":
        return node_peer(_NODE_SCRIPT, "client", job.as_json())
    return python_peer(f"tests.e2e.interop.{name}_peer", job.as_json())
