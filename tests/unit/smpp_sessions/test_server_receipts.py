"""deliver_sm to clients."""

from typing import Any

import eventlet
import pytest
from eventlet.event import Event

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.server import Outgoing
from tests.unit.smpp_sessions.conftest import Connect, StartServer
from tests.unit.smpp_sessions.peers import RawPeer, RecordingPlatform, submit_sm, wait_until


def receipts(count: int, first: int = 0) -> list[Outgoing]:
    return [
        Outgoing(key, p.DeliverSm(0, esm_class=4, short_message=str(key).encode(), tlvs={c.TLV_MESSAGE_STATE: b"\2"}))
        for key in range(first, first + count)
    ]


def acknowledge(peer: RawPeer, count: int, status: int = c.ESME_ROK) -> list[bytes]:
    pdus = peer.receive_many(count)
    peer.send(*(p.DeliverSmResp(pdu.sequence_number, status) for pdu in pdus))
    return [pdu.short_message for pdu in pdus]


def test_receipts_arrive_in_order_and_are_reported_when_acknowledged(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server()
    peer = connect(server)
    peer.bind(c.BIND_RECEIVER)
    assert server.deliver("account", receipts(20)) == 20
    assert acknowledge(peer, 20) == [str(n).encode() for n in range(20)]
    wait_until(lambda: platform.delivered == list(range(20)))
    assert platform.undelivered == []


def test_only_sessions_that_may_receive_get_any(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server()
    transmitter = connect(server)
    transmitter.bind(c.BIND_TRANSMITTER)
    assert (server.deliver("account", receipts(1)), server.receivers(), platform.bound) == (0, {}, [])
    connect(server).bind(c.BIND_TRANSCEIVER)
    wait_until(lambda: [account.account_id for account in platform.bound] == ["account"])
    assert set(server.receivers()) == {"account"}
    assert server.deliver("account", receipts(1)) == 1
    assert server.deliver("somebody else", receipts(1)) == 0


def test_no_more_are_sent_than_the_window_and_an_answer_makes_room(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server(deliver_window=5)
    peer = connect(server)
    peer.bind()
    assert server.deliver_room("account") == 5
    assert server.deliver("account", receipts(8)) == 5
    assert server.deliver("account", receipts(1, first=5)) == 0
    acknowledge(peer, 2)
    wait_until(lambda: server.deliver_room("account") == 2)
    wait_until(lambda: platform.delivered == [0, 1])


def test_they_are_spread_over_the_sessions(start_server: StartServer, connect: Connect) -> None:
    server = start_server(deliver_window=10)
    first, second = connect(server), connect(server)
    first.bind()
    second.bind(c.BIND_RECEIVER)
    assert server.deliver("account", receipts(25)) == 20
    assert sorted(acknowledge(first, 10) + acknowledge(second, 10)) == sorted(str(n).encode() for n in range(20))


def test_what_is_refused_unanswered_or_lost_is_reported_undelivered(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server(session={"response_timeout_seconds": 0.1})
    peer = connect(server)
    peer.bind()
    server.deliver("account", receipts(1))
    acknowledge(peer, 1, c.ESME_RX_T_APPN)
    wait_until(lambda: platform.undelivered == [0])
    server.deliver("account", receipts(1, first=1))
    wait_until(lambda: platform.undelivered == [0, 1])
    server.deliver("account", receipts(1, first=2))
    peer.close()
    wait_until(lambda: platform.undelivered == [0, 1, 2])
    assert platform.delivered == []


def test_a_nack_is_no_acknowledgement(start_server: StartServer, connect: Connect, platform: RecordingPlatform) -> None:
    server = start_server()
    peer = connect(server)
    peer.bind()
    server.deliver("account", receipts(1))
    peer.send(p.GenericNack(peer.receive().sequence_number, c.ESME_ROK))
    wait_until(lambda: platform.undelivered == [0])


def test_a_client_of_smpp_33_gets_them_without_optional_parameters(start_server: StartServer, connect: Connect) -> None:
    server = start_server()
    peer = connect(server)
    peer.bind(interface_version=0x33)
    server.deliver("account", receipts(1))
    assert peer.receive().tlvs == {}


def test_they_come_while_the_client_submits_as_fast_as_it_can(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server(submit_linger_seconds=0.001)
    peer = connect(server)
    peer.bind()

    def submit_forever() -> None:
        sequence_number = 10
        while True:
            peer.send(*(submit_sm(sequence_number + n) for n in range(50)))
            sequence_number += 50
            eventlet.sleep(0)

    submitting = eventlet.spawn(submit_forever)
    wait_until(lambda: len(platform.submits) > 500)
    before = len(platform.submits)
    server.deliver("account", receipts(50))
    seen = 0
    while seen < 50:
        pdu = peer.receive()
        if isinstance(pdu, p.DeliverSm):
            seen += 1
            peer.send(p.DeliverSmResp(pdu.sequence_number))
    wait_until(lambda: len(platform.delivered) == 50)
    submitting.kill()
    assert len(platform.submits) - before < 20_000


def test_a_client_that_floods_submits_gets_its_receipts_within_as_many_turns_as_they_fill_windows(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    """A turn: 200 submits and then the acknowledgements, which stand behind them in the stream."""
    server = start_server(deliver_window=10)
    peer = connect(server)
    peer.bind()
    waiting, turns = receipts(100), 0
    given: list[bytes] = []
    while len(given) < 100:
        turns += 1
        taken = server.deliver("account", waiting)
        waiting = waiting[taken:]
        peer.send(*(submit_sm(1_000 * turns + n) for n in range(200)))
        acknowledgements: list[p.Pdu] = []
        answers = 0
        while answers < 200 or len(acknowledgements) < taken:
            pdu = peer.receive()
            if isinstance(pdu, p.DeliverSm):
                given.append(pdu.short_message)
                acknowledgements.append(p.DeliverSmResp(pdu.sequence_number))
            else:
                answers += 1
        peer.send(*acknowledgements)
        wait_until(lambda: len(platform.delivered) == len(given))
    assert turns == 10
    assert given == [str(n).encode() for n in range(100)], "oldest first, though submits came all the time"


def test_a_client_that_reads_nothing_is_closed_and_its_receipts_given_back(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server(
        deliver_window=200_000, session={"write_stall_seconds": 0.2, "response_timeout_seconds": 60.0}
    )
    lazy, diligent = connect(server), connect(server)
    lazy.bind()
    big = [Outgoing(n, p.DeliverSm(0, tlvs={c.TLV_MESSAGE_PAYLOAD: b"x" * 60_000})) for n in range(300)]
    assert server.deliver("account", big) == 300
    wait_until(lambda: sorted(platform.undelivered) == list(range(300)))  # type: ignore[type-var]
    diligent.bind()
    server.deliver("account", receipts(1, first=1000))
    acknowledge(diligent, 1)
    wait_until(lambda: platform.delivered == [1000])


def test_after_stop_nothing_is_taken_and_all_comes_back(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server()
    connect(server).bind()
    server.deliver("account", receipts(3))
    server.stop(0.5)
    assert platform.undelivered == [0, 1, 2]
    assert server.deliver("account", receipts(1)) == 0


def test_a_platform_that_fails_does_not_stop_the_reports_after_it(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server()
    peer = connect(server)
    platform.on_bound = lambda account: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    peer.bind()
    server.deliver("account", receipts(1))
    acknowledge(peer, 1)
    wait_until(lambda: platform.delivered == [0])


def test_receipts_wait_for_nobody_else(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    platform.gate = Event()
    server = start_server()
    peer = connect(server)
    peer.bind()
    peer.send(submit_sm(2))
    wait_until(lambda: platform.batches)
    server.deliver("account", receipts(1))
    assert isinstance(peer.receive(), p.DeliverSm)
    platform.gate.send()


def test_an_acknowledgement_is_told_again_when_it_could_not_be_stored(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server()
    peer = connect(server)
    peer.bind()
    failures = iter([ConnectionError("the database is away")] * 2)
    stored = platform.on_delivered

    def fail_twice(keys: list[Any]) -> None:
        for failure in failures:
            raise failure
        stored(keys)

    monkeypatch.setattr(platform, "on_delivered", fail_twice)
    server.deliver("account", receipts(1))
    acknowledge(peer, 1)
    wait_until(lambda: platform.delivered == [0])
