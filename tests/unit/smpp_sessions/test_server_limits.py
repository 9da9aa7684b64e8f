"""Rates, places and limits of an account's sessions."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import Unavailable
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.server import BoundAccount, SessionInfo
from services.smpp_gateway.server_rate import Buckets, TokenBucket
from tests.unit.smpp_sessions.conftest import Connect, StartServer
from tests.unit.smpp_sessions.peers import RawPeer, RecordingPlatform, submit_sm, wait_until


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class FewPlaces:
    """Places that another process counts: `free` of them; an error where it is one."""

    def __init__(self, free: int = 1) -> None:
        self.free = free
        self.taken: list[SessionInfo] = []
        self.given_back: list[int] = []
        self.error: Exception | None = None
        self.meanwhile: Callable[[], Any] = lambda: None

    def take(self, account: BoundAccount, info: SessionInfo) -> float | None:
        self.meanwhile()
        if self.error is not None:
            raise self.error
        if not self.free:
            return None
        self.free -= 1
        self.taken.append(info)
        return 0.5

    def give_back(self, numbers: list[int]) -> None:
        self.free += len(numbers)
        self.given_back += numbers


@pytest.fixture
def clock() -> Clock:
    return Clock()


def part(sequence: int, reference: int = 7, total: int = 4, number: int = 1) -> p.SubmitSm:
    pdu = submit_sm(number, text=bytes((5, 0, 3, reference, total, sequence)) + b"part")
    pdu.esm_class = c.ESM_CLASS_UDHI
    return pdu


def test_a_rate_gives_one_seconds_worth_at_once_and_then_fills(clock: Clock) -> None:
    bucket = TokenBucket(10, clock)
    assert [bucket.take(8), bucket.take(8)] == [8, 2]
    clock.now += 0.5
    assert bucket.take(8) == 5
    clock.now += 60
    assert bucket.take(100) == 10


def test_no_rate_is_no_limit(clock: Clock) -> None:
    assert TokenBucket(0, clock).take(1_000_000) == 1_000_000


def test_processes_share_a_rate_and_none_is_starved(clock: Clock) -> None:
    bucket = TokenBucket(1, clock)
    bucket.take(1)
    bucket.share = 0.25
    taken = 0
    for _ in range(400):
        clock.now += 0.1
        taken += bucket.take(5)
    assert taken in (9, 10)


def test_the_other_parts_of_a_message_that_has_begun_are_not_torn_off(clock: Clock) -> None:
    bucket = TokenBucket(2, clock)
    parts = [part(sequence) for sequence in range(1, 5)]
    assert bucket.admit([submit_sm(9), *parts]) == [True] * 5
    assert bucket.admit([submit_sm(10), part(1, reference=8)]) == [False, False]
    clock.now += 1.9
    assert bucket.admit([submit_sm(11)]) == [False], "what was lent is paid back first"
    clock.now += 0.2
    assert bucket.admit([submit_sm(11)]) == [True]


def test_parts_told_by_sar_parameters_stay_together_too(clock: Clock) -> None:
    bucket = TokenBucket(1, clock)

    def sar(sequence: int) -> p.SubmitSm:
        pdu = submit_sm(sequence)
        pdu.tlvs = {
            c.TLV_SAR_MSG_REF_NUM: b"\0\7",
            c.TLV_SAR_TOTAL_SEGMENTS: b"\3",
            c.TLV_SAR_SEGMENT_SEQNUM: bytes((sequence,)),
        }
        return pdu

    assert bucket.admit([sar(1), submit_sm(9), sar(2), sar(3)]) == [True, False, True, True]


def test_a_submit_multi_counts_as_its_recipients(clock: Clock) -> None:
    bucket = TokenBucket(10, clock)
    recipients = tuple(p.SmeAddress(1, 1, f"7900000{number:04d}") for number in range(50))
    assert bucket.admit([p.SubmitMulti(1, destinations=recipients), submit_sm(2)]) == [True, False]
    clock.now += 4.05
    assert bucket.admit([submit_sm(2)]) == [False]
    clock.now += 0.1
    assert bucket.admit([submit_sm(2)]) == [True]


def test_what_may_be_lent_is_bounded(clock: Clock) -> None:
    bucket = TokenBucket(2, clock)
    admitted = bucket.admit([part(sequence % 200 + 1, total=200) for sequence in range(1_000)])
    assert sum(admitted) == 2 + 2 * 5
    taken = 0
    for _ in range(100):
        clock.now += 1
        taken += sum(bucket.admit([part(5, total=200)] * 10))
    assert taken <= 2 * 100 + 10


def test_a_header_that_is_none_is_no_way_around_the_rate(clock: Clock) -> None:
    bucket = TokenBucket(1, clock)
    broken = submit_sm(1, text=b"\xff")
    broken.esm_class = c.ESM_CLASS_UDHI
    assert bucket.admit([broken] * 3) == [True, False, False]


def test_a_new_connection_brings_no_new_seconds_worth(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    platform.limits = (2, 100, 20)
    server = start_server()
    statuses = []
    for _ in range(4):
        peer = connect(server)
        peer.bind()
        peer.send(*(submit_sm(n) for n in range(2, 32)))
        statuses += [answer.command_status for answer in peer.receive_many(30)]
        peer.close()
        wait_until(lambda: server.binds("account") == 0)
    # What it took beyond the first second's worth is what the time of the test itself filled in.
    assert statuses.count(c.ESME_ROK) < 80


def test_buckets_that_are_full_again_are_forgotten_and_others_are_not(clock: Clock) -> None:
    buckets = Buckets(clock)
    for number in range(50):
        buckets.of(str(number), 10)
    clock.now += 200
    buckets.of("fresh", 10)
    buckets.tidy({"3"}.__contains__)
    assert len(buckets) == 2


def test_memory_for_rates_is_bounded_whoever_comes(clock: Clock) -> None:
    buckets = Buckets(clock)
    for number in range(10_500):
        buckets.of(str(number), 10)
        buckets.tidy(lambda _: False)
    assert len(buckets) <= 10_001


def test_a_bind_needs_a_place_and_gives_it_back(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    places = FewPlaces(free=1)
    server = start_server(places=places)
    first = connect(server)
    assert first.bind(c.BIND_TRANSMITTER).command_status == c.ESME_ROK
    assert [(one.system_id, one.kind, one.address) for one in places.taken] == [("client", "transmitter", "127.0.0.1")]
    assert connect(server).bind().command_status == c.ESME_RBINDFAIL
    first.close()
    wait_until(lambda: places.given_back)
    assert connect(server).bind().command_status == c.ESME_ROK
    assert places.given_back == [places.taken[0].number]


def test_where_places_can_not_be_counted_nobody_is_let_in(start_server: StartServer, connect: Connect) -> None:
    places = FewPlaces(free=9)
    places.error = Unavailable("the database is away")
    server = start_server(places=places)
    assert connect(server).bind().command_status == c.ESME_RSYSERR
    assert server.binds("account") == 0
    places.error = None
    assert connect(server).bind().command_status == c.ESME_ROK


def test_a_client_that_goes_while_its_place_is_taken_leaves_nothing_behind(
    start_server: StartServer, connect: Connect
) -> None:
    places = FewPlaces(free=1)
    server = start_server(places=places)

    def go() -> None:
        for one in list(server._sessions):
            one.session.close("test")

    places.meanwhile = go
    peer = connect(server)
    peer.send(p.Bind(c.BIND_TRANSCEIVER, 1, "client", "secret"))
    assert peer.at_end()
    wait_until(lambda: places.free == 1 and not server.sessions)
    assert server.binds("account") == 0


def test_limits_that_change_hold_for_sessions_that_are_bound(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server()
    peer = connect(server)
    peer.bind()
    server.accounts.change(BoundAccount("account", 10, 100, 5))
    peer.send(*(submit_sm(n) for n in range(2, 22)))
    statuses = [answer.command_status for answer in peer.receive_many(20)]
    assert c.ESME_RTHROTTLED in statuses
    server.accounts.change(BoundAccount("account", 1, 100, 0))
    peer.send(*(submit_sm(n) for n in range(30, 50)))
    assert {answer.command_status for answer in peer.receive_many(20)} == {c.ESME_ROK}


def test_sessions_that_may_not_stay_are_unbound_and_others_are_not(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    server = start_server()
    peers: list[RawPeer] = [connect(server) for _ in range(3)]
    for peer in peers:
        peer.bind()
    second = sorted(info.number for _, info in server.bound())[1]
    server.unbind({second}, "its password was changed")
    request = peers[1].receive()
    assert isinstance(request, p.Unbind)
    peers[1].send(p.UnbindResp(request.sequence_number))
    assert peers[1].at_end()
    for peer in (peers[0], peers[2]):
        peer.send(submit_sm(2))
        assert peer.receive().command_status == c.ESME_ROK
