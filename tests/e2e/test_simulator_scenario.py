"""Each rule of a scenario, over a real socket and PDU by PDU."""

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import eventlet
import pytest
from eventlet import tpool

from golub.simulator import Simulator, SimulatorSettings
from golub.simulator.control import Control
from golub.simulator.scenario_file import read
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.receipt import normalise_message_id, parse_receipt
from tests.unit.smpp_sessions.peers import RawPeer, submit_sm, wait_until

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = 'seed = 11\naccount = [{system_id = "golub", password = "secret"}]\nreceipts = {delay = 20}\n'
Start = Callable[..., tuple[Simulator, RawPeer]]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[tuple[Simulator, RawPeer]] = []

    def begin(text: str, command_id: int = c.BIND_TRANSCEIVER, **settings: Any) -> tuple[Simulator, RawPeer]:
        scenario = read(text, read(ACCOUNT + "listen = {port = 0}"))
        simulator = Simulator.of(scenario, SimulatorSettings(receipt_retry_seconds=0.1, **settings))
        simulator.start()
        peer = RawPeer.connect(simulator.address)
        started.append((simulator, peer))
        assert bind(peer, command_id=command_id).command_status == c.ESME_ROK
        return simulator, peer

    yield begin
    for simulator, peer in started:
        peer.close()
        simulator.stop(0.2)


def bind(peer: RawPeer, system_id: str = "golub", password: str = "secret", **fields: Any) -> p.BindResp:
    return peer.bind(fields.pop("command_id", c.BIND_TRANSCEIVER), system_id, password, **fields)


def submit(peer: RawPeer, *destinations: str, text: bytes = b"hello") -> list[int]:
    pdus = [submit_sm(peer.next_sequence(), one, text) for one in destinations]
    peer.send(*pdus)
    return [pdu.sequence_number for pdu in pdus]


def statuses(peer: RawPeer, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        pdu = peer.receive()
        if isinstance(pdu, p.SubmitSmResp):
            found.append(pdu.command_status)
    return found


def receipts(peer: RawPeer, count: int) -> list[p.DeliverSm]:
    """So many deliver_sm, acknowledged."""
    found: list[p.DeliverSm] = []
    while len(found) < count:
        pdu = peer.receive()
        if isinstance(pdu, p.DeliverSm):
            peer.send(p.DeliverSmResp(pdu.sequence_number))
            found.append(pdu)
    return found


def fate(name: str, **more: Any) -> str:
    return f'[[fate]]\nfate = "{name}"\n' + "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (fate("rejected"), [c.ESME_RINVDSTADR] * 3),
        (fate("rejected", command_status="invalid_source"), [c.ESME_RINVSRCADR] * 3),
        (fate("rejected", command_status=0x45), [0x45] * 3),
        (fate("throttled"), [c.ESME_RTHROTTLED, c.ESME_RTHROTTLED, c.ESME_ROK]),
        (fate("throttled", times=1), [c.ESME_RTHROTTLED, c.ESME_ROK, c.ESME_ROK]),
        (fate("queue_full"), [c.ESME_RMSGQFUL, c.ESME_ROK, c.ESME_ROK]),
        (fate("system_error", times=0), [c.ESME_RSYSERR] * 3),
    ],
)
def test_a_fate_refuses_as_often_as_it_says(start: Start, rule: str, expected: list[int]) -> None:
    _, peer = start(rule)
    submit(peer, *["79000000001"] * 3)
    assert statuses(peer, 3) == expected


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("delivered", "delivered"),
        ("undelivered", "undelivered"),
        ("expired", "expired"),
        ("unknown", "unknown"),
        ("rejected_later", "rejected"),
    ],
)
def test_a_receipt_tells_the_state_of_its_fate(start: Start, name: str, state: str) -> None:
    _, peer = start(fate(name))
    submit(peer, "79000000001")
    receipt = parse_receipt(receipts(peer, 1)[0])
    assert receipt is not None
    assert receipt.state == state


def test_a_message_without_a_response_is_taken_and_gets_its_receipt(start: Start) -> None:
    simulator, peer = start(fate("no_response"))
    submit(peer, "79000000001")
    assert isinstance(peer.receive(), p.DeliverSm)
    assert (simulator.stats.accepted, simulator.stats.unanswered) == (1, 1)


@pytest.mark.parametrize(("name", "answered"), [("dropped", 0), ("taken_dropped", 0), ("answered_dropped", 1)])
def test_a_link_is_dropped_before_or_after_the_message_is_taken_and_answered(
    start: Start, name: str, answered: int
) -> None:
    simulator, peer = start(fate("delivered") + fate(name, recipient="*93"))
    submit(peer, "79000000001", "79000000093", "79000000002")
    assert statuses(peer, 1 + answered) == [c.ESME_ROK] * (1 + answered)
    assert peer.at_end()
    taken = ["79000000001"] if name == "dropped" else ["79000000001", "79000000093"]
    assert [one.destination for one in simulator.received] == taken
    assert (simulator.stats.dropped, simulator.stats.links_dropped) == (3 - len(taken), 1)
    again = RawPeer.connect(simulator.address)
    bind(again)
    submit(again, "79000000093")
    assert statuses(again, 1) == [c.ESME_ROK]
    again.close()


def test_the_journal_shows_copies_and_their_first(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    simulator, peer = start("", journal_path=path)
    submit(peer, "79000000001", "79000000001", "79000000002")
    submit(peer, "79000000001", text=b"something else")
    assert statuses(peer, 4) == [c.ESME_ROK] * 4
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line.get("copy", 1) for line in lines] == [1, 2, 1, 1]
    assert lines[1]["first_id"] == lines[0]["message_id"]
    assert simulator.stats.copies == 1


def test_responses_take_their_time_and_the_window_is_what_is_owed(start: Start) -> None:
    simulator, peer = start(
        'account = [{system_id = "golub", password = "secret", window = 2}]\nresponse = 300\n'
        "receipts = {delay = 100_000}"
    )
    submit(peer, *(f"7900000000{n}" for n in range(3)))
    assert statuses(peer, 3) == [c.ESME_RTHROTTLED, c.ESME_ROK, c.ESME_ROK]
    submit(peer, "79000000005")
    assert statuses(peer, 1) == [c.ESME_ROK]
    assert simulator.stats.over_window == 1


def test_submits_beyond_the_rate_are_throttled_over_all_binds(start: Start) -> None:
    simulator, peer = start('account = [{system_id = "golub", password = "secret", per_second = 1, burst = 5}]')
    other = RawPeer.connect(simulator.address)
    bind(other)
    submit(peer, *["79000000001"] * 20)
    submit(other, *["79000000001"] * 20)
    found = Counter(statuses(peer, 20) + statuses(other, 20))
    # The burst of five, and one a second while a busy machine takes its time.
    assert found[c.ESME_RTHROTTLED] == simulator.stats.over_rate >= 20
    assert found[c.ESME_ROK] >= 5
    other.close()


def test_an_account_has_so_many_binds_and_its_own_password(start: Start) -> None:
    simulator, _ = start(
        'account = [{system_id = "golub", password = "secret", binds = 1}, {system_id = "b", password = "other"}]'
    )
    for system_id, password, status in (
        ("golub", "secret", c.ESME_RBINDFAIL),
        ("b", "secret", c.ESME_RINVPASWD),
        ("nobody", "", c.ESME_RINVPASWD),
        ("b", "other", c.ESME_ROK),
    ):
        peer = RawPeer.connect(simulator.address)
        assert bind(peer, system_id, password).command_status == status
        peer.close()


def test_receipts_go_to_the_account_that_submitted(start: Start) -> None:
    simulator, peer = start(
        'account = [{system_id = "golub", password = "secret"}, {system_id = "b", password = "other"}]'
    )
    other = RawPeer.connect(simulator.address)
    bind(other, "b", "other")
    submit(other, "79000000001")
    submit(peer, "79000000002")
    assert [one.source_addr for one in receipts(other, 1) + receipts(peer, 1)] == ["79000000001", "79000000002"]
    other.close()


def test_an_early_receipt_comes_before_its_response(start: Start) -> None:
    _, peer = start("receipts = {early = 1}")
    submit(peer, "79000000001")
    first, second = peer.receive(), peer.receive()
    assert (type(first), type(second)) == (p.DeliverSm, p.SubmitSmResp)
    receipt = parse_receipt(first)
    assert receipt is not None
    assert receipt.smsc_message_id == second.message_id


def test_duplicated_receipts_and_receipts_of_unknown_ids_come_beside_the_true_one(start: Start) -> None:
    _, peer = start("receipts = {duplicate = 1, unknown = 1}")
    submit(peer, "79000000001")
    response = peer.receive()
    found = Counter(receipt.smsc_message_id for one in receipts(peer, 3) if (receipt := parse_receipt(one)))
    assert found[response.message_id] == 2
    assert len(found) == 2


@pytest.mark.parametrize(
    ("ids", "base"),
    [('{submit = "hex", receipt = "decimal"}', "hex_to_dec"), ('{submit = "decimal", receipt = "hex"}', "dec_to_hex")],
)
def test_a_receipt_writes_its_id_in_another_base(start: Start, ids: str, base: str) -> None:
    _, peer = start(f"ids = {ids}")
    submit(peer, "79000000001")
    response = peer.receive()
    receipt = parse_receipt(receipts(peer, 1)[0])
    assert receipt is not None
    assert receipt.smsc_message_id == normalise_message_id(response.message_id, base) != response.message_id


@pytest.mark.parametrize("form", ["text", "tlv", "both"])
@pytest.mark.parametrize(
    "dialect", ["standard", "seconds", "words", "short", "spaced", "capitals", "commas", "payload", "ucs2"]
)
def test_our_own_reader_understands_every_way_of_writing_a_receipt(start: Start, form: str, dialect: str) -> None:
    _, peer = start(f'receipts = {{format = "{form}", dialect = "{dialect}"}}\n' + fate("expired"))
    submit(peer, "79000000001")
    response = peer.receive()
    written = receipts(peer, 1)[0]
    receipt = parse_receipt(written)
    assert receipt is not None
    assert (receipt.smsc_message_id, receipt.state) == (response.message_id, "expired")
    assert (c.TLV_RECEIPTED_MESSAGE_ID in written.tlvs) is (form != "text")


def test_a_storm_refuses_whatever_comes(start: Start) -> None:
    simulator, peer = start('storm = [{start = 0, lasts = 600_000, command_status = "queue_full"}]')
    submit(peer, *["79000000001"] * 5)
    assert statuses(peer, 5) == [c.ESME_RMSGQFUL] * 5
    assert (simulator.stats.in_storms, simulator.stats.accepted) == (5, 0)


def test_links_are_dropped_at_random(start: Start) -> None:
    simulator, peer = start("links = {drop_mean = 10}")
    assert peer.at_end()
    wait_until(lambda: simulator.binds == {"golub": 0})
    assert simulator.stats.links_dropped >= 1


def test_enquire_link_is_answered_unless_the_scenario_says_otherwise(start: Start) -> None:
    simulator, peer = start("")
    peer.send(p.EnquireLink(77))
    assert isinstance(peer.receive(), p.EnquireLinkResp)
    simulator.apply(read("links = {answer_enquire_link = false}", simulator.scenario))
    peer.send(p.EnquireLink(78))
    submit(peer, "79000000001")
    assert isinstance(peer.receive(), p.SubmitSmResp)


def test_the_simulator_asks_a_silent_client_for_a_sign_of_life(start: Start) -> None:
    _, peer = start("links = {enquire_link = 100}")
    assert isinstance(peer.receive(), p.EnquireLink)


def test_incoming_sms_come_by_schedule_and_long_ones_in_parts(start: Start) -> None:
    _, peer = start(
        '[[incoming]]\nsource = "79161234567"\ndestination = "1234"\ntext = "STOP"\nafter = 10\nevery = 10\ncount = 2\n'
        f'[[incoming]]\nsource = "79161234568"\ndestination = "1234"\ntext = "{"Ж" * 100}"\nafter = 300\n'
    )
    first, second, *parts = receipts(peer, 4)
    assert [(one.source_addr, one.destination_addr, one.short_message) for one in (first, second)] == [
        ("79161234567", "1234", b"STOP")
    ] * 2
    assert all(one.esm_class == c.ESM_CLASS_UDHI and one.data_coding == c.DATA_CODING_UCS2 for one in parts)
    assert "".join(one.short_message[6:].decode("utf-16-be") for one in parts) == "Ж" * 100
    assert [one.short_message[4:6] for one in parts] == [b"\2\1", b"\2\2"]


def test_a_transmitter_gets_no_receipts_and_a_receiver_may_not_submit(start: Start) -> None:
    simulator, peer = start("", c.BIND_TRANSMITTER)
    receiver = RawPeer.connect(simulator.address)
    bind(receiver, command_id=c.BIND_RECEIVER)
    submit(receiver, "79000000001")
    assert receiver.receive().command_status == c.ESME_RINVBNDSTS
    submit(peer, "79000000002")
    assert statuses(peer, 1) == [c.ESME_ROK]
    assert [one.source_addr for one in receipts(receiver, 1)] == ["79000000002"]
    receiver.close()


def test_other_requests_are_refused_with_their_own_status(start: Start) -> None:
    _, peer = start("")
    peer.send(p.QuerySm(5, "1"))
    assert peer.receive().command_status == c.ESME_RQUERYFAIL
    peer.send(p.Bind(c.BIND_TRANSCEIVER, 6, "golub", "secret"))
    assert peer.receive().command_status == c.ESME_RALYBND
    peer.sock.sendall(b"\0\0\0\x10\0\0\x7f\xff" + bytes(8))
    assert isinstance(peer.receive(), p.GenericNack)
    peer.send(p.Unbind(9))
    assert isinstance(peer.receive(), p.UnbindResp)
    assert peer.at_end()


def command(control: Control, method: str, path: str, body: str = "") -> tuple[int, dict[str, Any]]:
    def ask() -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection(*control.address, timeout=20)
        connection.request(method, path, body.encode())
        response = connection.getresponse()
        status, document = response.status, json.loads(response.read())
        connection.close()
        return status, document

    return tpool.execute(ask)


@pytest.fixture
def controlled(start: Start) -> Iterator[tuple[Simulator, RawPeer, Control]]:
    simulator, peer = start("")
    control = Control(simulator, 0)
    control.start()
    yield simulator, peer, control
    control.stop()


def test_commands_change_the_scenario_while_it_runs(controlled: tuple[Simulator, RawPeer, Control]) -> None:
    _, peer, control = controlled
    submit(peer, "79000000001")
    assert statuses(peer, 1) == [c.ESME_ROK]
    status, document = command(control, "PUT", "/scenario", fate("rejected"))
    assert (status, document["seed"]) == (200, 11)
    assert "secret" not in json.dumps(document)
    submit(peer, "79000000001")
    assert statuses(peer, 1) == [c.ESME_RINVDSTADR]
    status, document = command(control, "PUT", "/scenario", "speed = 3")
    assert (status, document) == (400, {"error": "speed is not a key of a scenario."})


def test_commands_hold_receipts_back_and_let_them_go(controlled: tuple[Simulator, RawPeer, Control]) -> None:
    simulator, peer, control = controlled
    command(control, "POST", "/receipts/hold")
    submit(peer, *(f"7900000000{n}" for n in range(5)))
    statuses(peer, 5)
    eventlet.sleep(0.1)
    assert (simulator.stats.receipts_sent, simulator.stats.receipts_waiting) == (0, 5)
    command(control, "POST", "/receipts/release")
    assert len(receipts(peer, 5)) == 5


def test_commands_send_incoming_sms_drop_links_and_read_counters(
    controlled: tuple[Simulator, RawPeer, Control],
) -> None:
    _, peer, control = controlled
    sms = {"source": "79161234567", "destination": "1234", "text": "hello", "count": 3}
    assert command(control, "POST", "/incoming", json.dumps(sms)) == (200, {"sent": 3})
    assert [one.short_message for one in receipts(peer, 3)] == [b"hello"] * 3
    assert command(control, "POST", "/incoming", '{"source": 3}')[0] == 400
    submit(peer, "79000000001", "79000000001")
    statuses(peer, 2)
    counters = command(control, "GET", "/counters")[1]
    assert (counters["accepted"], counters["incoming"], counters["binds"]) == (2, 3, {"golub": 1})
    copies = command(control, "GET", "/copies")[1]
    assert (copies["count"], copies["latest"][0]["destination"]) == (1, "79000000001")
    assert command(control, "POST", "/drop", '{"system_id": "golub"}') == (200, {"dropped": 1})
    assert command(control, "GET", "/nothing")[0] == 404
