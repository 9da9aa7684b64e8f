"""SMSCs that others wrote, below our link: each once from bind to unbind."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from golub.local.ports import LOOPBACK
from kit.clock import SystemClock
from services.smpp_gateway import constants as c
from services.smpp_gateway.link import Link
from services.smpp_gateway.link_types import Submission
from services.smpp_gateway.pdu import SubmitSm
from services.smpp_gateway.segments import segment
from tests.e2e.interop.job import CYRILLIC, GSM, LONG_CYRILLIC, LONG_GSM
from tests.e2e.peer_process import PeerProcess, node_peer
from tests.e2e.smpp34_peers import Smpp34Server
from tests.support.tape import Tape
from tests.unit.smpp_sessions.peers import RecordingPipeline, link_settings, wait_until

_NODE_SCRIPT = Path(__file__).with_name("node_peer.js")
_LIMIT_SECONDS = 100.0
SMSCS = ("smpp34", "npm-smpp")
TEXTS = {"79162000001": GSM, "79162000002": CYRILLIC, "79162000003": LONG_CYRILLIC, "79162000004": LONG_GSM}


@dataclass(slots=True)
class LinkStory:
    """What our links saw (`pipelines`, by bind type), and what the SMSC told of them."""

    pipelines: dict[str, RecordingPipeline] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def pipeline(self) -> RecordingPipeline:
        return self.pipelines["transceiver"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]


class LinkStories:
    """Tells each story once, when it is first asked for."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._told: dict[str, LinkStory] = {}

    def of(self, name: str) -> LinkStory:
        if name not in self._told:
            self._told[name] = self._tell(name)
        return self._told[name]

    def _tell(self, name: str) -> LinkStory:
        peer, address = _start(name)
        story = LinkStory(events=peer.events)
        try:
            with ExitStack() as stack:
                proxied = stack.enter_context(self._tape.between(address))
                for kind in ("transmitter", "receiver", "transceiver"):
                    story.pipelines[kind] = pipeline = RecordingPipeline()
                    settings = link_settings(proxied, bind_type=kind, enquire_link_seconds=0.2, drain_seconds=5.0)
                    link = Link(settings, pipeline, SystemClock())
                    link.start()
                    try:
                        wait_until(lambda link=link: link.state.name == "bound", _LIMIT_SECONDS)
                        if kind == "transceiver":
                            self._exchange(link, pipeline, len(self._tape.talks) - 1)
                    finally:
                        link.stop(10.0)
                peer.wait_for("unbound", 3, _LIMIT_SECONDS)
        finally:
            peer.stop()
        return story

    def _exchange(self, link: Link, pipeline: RecordingPipeline, talk: int) -> None:
        batch = submissions()
        assert link.submit(batch) == len(batch)
        wait_until(lambda: len(pipeline.responses) == len(pipeline.receipts) == len(batch), _LIMIT_SECONDS)
        wait_until(lambda: self._asked(talk), _LIMIT_SECONDS)

    def _asked(self, talk: int) -> bool:
        """Whether the SMSC has said that it lives."""
        said = self._tape.talks[talk].frames()
        return any(
            int.from_bytes(frame[4:8], "big") == c.ENQUIRE_LINK_RESP for by_client, frame in said if not by_client
        )


def submissions() -> list[Submission]:
    """The parts of the texts; the key of each is (recipient, part)."""
    return [
        Submission((recipient, number), pdu)
        for recipient, text in TEXTS.items()
        for number, pdu in enumerate(_pdus(recipient, text))
    ]


def _pdus(recipient: str, text: str) -> Iterator[SubmitSm]:
    cut = segment(text, 77)
    for part in cut.parts:
        yield SubmitSm(
            0,
            source_addr_ton=5,
            source_addr="Golub",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=recipient,
            esm_class=cut.esm_class,
            registered_delivery=1,
            data_coding=cut.data_coding,
            short_message=part,
        )


def _start(name: str) -> tuple[PeerProcess, tuple[str, int]]:
    if name == "smpp34":
        server = Smpp34Server()
        return server, server.address
    peer = node_peer(_NODE_SCRIPT, "server")
    [listening] = peer.wait_for("listening")
    return peer, (LOOPBACK, listening["port"])


def ids_of(responses: Sequence[Any]) -> set[str]:
    return {response.smsc_message_id for response in responses}
