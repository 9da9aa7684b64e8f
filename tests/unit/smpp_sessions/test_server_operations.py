"""What clients ask of their messages is answered in kind, within the window, and only of who may send."""

from collections.abc import Callable
from typing import Any

import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.server_types import ClientSubmit, Queried, SubmitAnswer
from tests.unit.smpp_sessions.conftest import Connect, StartServer
from tests.unit.smpp_sessions.peers import RawPeer, RecordingPlatform, submit_sm

PHONE = p.SmeAddress(1, 1, "79000000000")
MAKERS: list[Callable[[int], Any]] = [
    submit_sm,
    lambda number: p.SubmitMulti(number, source_addr="Golub", destinations=(PHONE,), short_message=b"x"),
    lambda number: p.QuerySm(number, "id"),
    lambda number: p.CancelSm(number, message_id="id"),
    lambda number: p.ReplaceSm(number, "id", short_message=b"x"),
    lambda number: p.DataSm(number, destination_addr="79000000000", tlvs={c.TLV_MESSAGE_PAYLOAD: b"x"}),
]


@pytest.mark.parametrize("make", MAKERS)
def test_each_request_is_answered_in_kind(client: RawPeer, make: Callable[[int], Any]) -> None:
    request = make(7)
    client.send(request)
    response = client.receive()
    assert (response.command_id, response.sequence_number) == (request.command_id | c.RESPONSE_BIT, 7)
    assert response.command_status == c.ESME_ROK


@pytest.mark.parametrize("make", MAKERS)
def test_a_receiver_may_ask_nothing_of_messages(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform, make: Callable[[int], Any]
) -> None:
    peer = connect(start_server())
    peer.bind(c.BIND_RECEIVER)
    request = make(7)
    peer.send(request)
    response = peer.receive()
    assert response.command_id == request.command_id | c.RESPONSE_BIT
    assert response.command_status == c.ESME_RINVBNDSTS
    assert platform.submits == []


@pytest.mark.parametrize("make", MAKERS)
def test_who_is_not_bound_may_ask_nothing(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform, make: Callable[[int], Any]
) -> None:
    peer = connect(start_server())
    peer.send(make(7))
    assert peer.receive().command_status == c.ESME_RINVBNDSTS
    assert platform.submits == []


def test_a_response_carries_what_was_found(
    client: RawPeer, platform: RecordingPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = p.UnsuccessSme(1, 1, "nobody", c.ESME_RINVDSTADR)

    def answer(items: list[ClientSubmit]) -> list[SubmitAnswer]:
        return [
            SubmitAnswer(0, "id", queried=Queried("261122100000000+", c.MESSAGE_STATE_DELIVERED, 3))
            if isinstance(item.pdu, p.QuerySm)
            else SubmitAnswer(0, "first", (failure,))
            for item in items
        ]

    monkeypatch.setattr(platform, "submit", answer)
    client.send(MAKERS[1](1), MAKERS[2](2))
    found = {one.sequence_number: one for one in client.receive_many(2)}
    assert found[1] == p.SubmitMultiResp(1, 0, "first", (failure,))
    assert found[2] == p.QuerySmResp(2, 0, "id", "261122100000000+", c.MESSAGE_STATE_DELIVERED, 3)


def test_an_error_is_a_header_alone(
    client: RawPeer, platform: RecordingPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "submit", lambda items: [SubmitAnswer(c.ESME_RCANCELFAIL)] * len(items))
    client.send(*[make(number) for number, make in enumerate(MAKERS, start=1)])
    responses = client.receive_many(len(MAKERS))
    assert {one.command_status for one in responses} == {c.ESME_RCANCELFAIL}
    assert all(len(p.encode(one)) == 16 for one in responses)
