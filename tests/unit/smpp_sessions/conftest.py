"""A server with a platform behind it that remembers, and clients for it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from kit.clock import SystemClock
from services.smpp_gateway.link import Link
from services.smpp_gateway.link_rate import TokenBucket
from services.smpp_gateway.server import ServerSettings, SmppServer
from tests.unit.smpp_sessions.peers import (
    QUICK_SESSION,
    RawPeer,
    RecordingPipeline,
    RecordingPlatform,
    ScriptedSmsc,
    link_settings,
)

StartServer = Callable[..., SmppServer]
Connect = Callable[[SmppServer], RawPeer]
StartLink = Callable[..., Link]


@pytest.fixture
def platform() -> RecordingPlatform:
    return RecordingPlatform()


@pytest.fixture
def start_server(platform: RecordingPlatform) -> Iterator[StartServer]:
    started: list[SmppServer] = []

    def start(
        session: dict[str, Any] | None = None, *, places: Any = None, tls: Any = None, **overrides: Any
    ) -> SmppServer:
        values = {"bind_refusal_delay_seconds": 0.02, "unbind_wait_seconds": 1.0} | overrides
        settings = ServerSettings(session=replace(QUICK_SESSION, **(session or {})), **values)
        server = SmppServer(("127.0.0.1", 0), settings, platform, places=places, tls=tls)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop(0.4)


@pytest.fixture
def connect() -> Iterator[Connect]:
    peers: list[RawPeer] = []

    def to(server: SmppServer) -> RawPeer:
        peers.append(RawPeer.connect(server.address))
        return peers[-1]

    yield to
    for peer in peers:
        peer.close()


@pytest.fixture
def client(start_server: StartServer, connect: Connect) -> RawPeer:
    """A transceiver that is bound."""
    peer = connect(start_server())
    peer.bind()
    return peer


@pytest.fixture
def pipeline() -> RecordingPipeline:
    return RecordingPipeline()


@pytest.fixture
def smsc() -> Iterator[ScriptedSmsc]:
    server = ScriptedSmsc()
    yield server
    server.close()


@pytest.fixture
def start_link(pipeline: RecordingPipeline, smsc: ScriptedSmsc) -> Iterator[StartLink]:
    links: list[Link] = []

    def start(bucket: TokenBucket | None = None, **overrides: Any) -> Link:
        link = Link(link_settings(smsc.address, **overrides), pipeline, SystemClock(), bucket=bucket)
        link.start()
        links.append(link)
        return link

    yield start
    for link in links:
        link.stop(1.0)
