"""Our server and our link against SMPP stacks that others wrote: smpplib, smpp34 and Kannel."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import eventlet
import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions

from kit.clock import SystemClock
from services.smpp_gateway import constants as c
from services.smpp_gateway.link import Link
from services.smpp_gateway.receipt import Receipt, parse_receipt
from tests.e2e.kannel import DELIVERED, FAILED, Kannel
from tests.e2e.smpp34_peers import Smpp34Client, Smpp34Server
from tests.support.fated_server import FatedServer
from tests.unit.smpp_sessions.peers import RecordingPipeline, link_settings, submissions, wait_until

RECIPIENTS = [f"79001230{n:02d}00" for n in range(20)]


@pytest.fixture
def smsc() -> Iterator[FatedServer]:
    """Our server with the simulator's fates behind it: receipts flow by themselves."""
    server = FatedServer()
    server.start()
    yield server
    server.stop(2.0)


class SmpplibClient:
    """smpplib, which blocks, in a green thread of its own."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.answers: list[tuple[int, bytes | None]] = []
        self.receipts: list[Any] = []
        self.client = smpplib.client.Client(*address, timeout=10, allow_unknown_opt_params=True)
        self.client.set_message_sent_handler(lambda pdu: self.answers.append((pdu.status, pdu.message_id)))
        self.client.set_message_received_handler(lambda pdu: self.receipts.append(pdu))
        # The default raises; a refused submit goes to the handler above all the same.
        self.client.set_error_pdu_handler(lambda pdu: None)
        self.client.connect()

    def listen(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, recipient: str) -> None:
        self.client.send_message(
            source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
            source_addr="Golub",
            dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
            destination_addr=recipient,
            short_message=b"hello",
            registered_delivery=True,
        )

    def _listen(self) -> None:
        try:
            self.client.listen()
        except (smpplib.exceptions.ConnectionError, OSError, EOFError):
            return


def receipt_of_smpplib(pdu: Any) -> tuple[str, str]:
    message_id, state = pdu.receipted_message_id, pdu.message_state
    return message_id.rstrip(b"\0").decode(), str(state)


def test_smpplib_submits_and_gets_its_receipts(smsc: FatedServer) -> None:
    peer = SmpplibClient(smsc.address)
    assert peer.client.bind_transceiver(system_id="client", password="secret").system_id.rstrip(b"\0") == b"GolubSim"
    peer.listen()
    for recipient in RECIPIENTS:
        peer.send(recipient)
    peer.send("79001230085")
    wait_until(lambda: len(peer.answers) == 21 and len(peer.receipts) == 20, 20.0)
    ids = [message_id.rstrip(b"\0").decode() for _, message_id in peer.answers if message_id]
    assert [status for status, _ in peer.answers].count(c.ESME_RINVDSTADR) == 1
    delivered = str(c.MESSAGE_STATE_DELIVERED)
    assert sorted(map(receipt_of_smpplib, peer.receipts)) == sorted((one, delivered) for one in ids)
    wait_until(lambda: smsc.stats.receipts_acknowledged == 20)
    peer.client.disconnect()


def test_smpplib_learns_that_its_password_is_wrong(smsc: FatedServer) -> None:
    peer = SmpplibClient(smsc.address)
    with pytest.raises(smpplib.exceptions.PDUError) as caught:
        peer.client.bind_transmitter(system_id="client", password="wrong")
    assert caught.value.args[1] == c.ESME_RINVPASWD
    peer.client.disconnect()


def test_smpp34_submits_and_gets_its_receipts(smsc: FatedServer) -> None:
    peer = Smpp34Client(smsc.address, "client", "secret", "Golub", *RECIPIENTS, "79001230065", "79001230085")
    try:
        peer.wait_for("done")
    finally:
        peer.stop()
    answers = peer.of("answer")
    assert sorted(answer["status"] for answer in answers) == [c.ESME_ROK] * 21 + [c.ESME_RINVDSTADR]
    texts = [bytes.fromhex(receipt["short_message"]).decode() for receipt in peer.of("receipt")]
    assert sum("stat:DELIVRD" in text for text in texts) == 20
    assert sum("stat:UNDELIV" in text for text in texts) == 1
    ids = {answer["message_id"] for answer in answers if not answer["status"]}
    assert {text.split(" ")[0].removeprefix("id:") for text in texts} == ids
    assert all(receipt["tlvs"]["0427"] in ("02", "05") for receipt in peer.of("receipt"))


def test_smpp34_learns_that_its_password_is_wrong(smsc: FatedServer) -> None:
    peer = Smpp34Client(smsc.address, "client", "wrong", "Golub", *RECIPIENTS)
    try:
        assert peer.wait_for("failed")
    finally:
        peer.stop()
    assert not smsc.received


def test_our_link_works_with_the_smsc_of_smpp34() -> None:
    server = Smpp34Server()
    pipeline = RecordingPipeline()
    link = Link(link_settings(server.address, window=50), pipeline, SystemClock())
    link.start()
    try:
        wait_until(lambda: link.state.name == "bound", 20.0)
        batch = submissions(50)
        assert link.submit(batch) == 50
        wait_until(lambda: len(pipeline.responses) == 50 and len(pipeline.receipts) == 50, 20.0)
        server.wait_for("receipt", 50)
    finally:
        link.stop(3.0)
        server.wait_for("unbound")
        server.stop()
    # It hands submits to its application in no particular order.
    assert {event["destination"] for event in server.of("submit")} == {item.pdu.destination_addr for item in batch}
    assert {event["status"] for event in server.of("receipt")} == {c.ESME_ROK}
    ids = {response.smsc_message_id for response in pipeline.responses}
    done_at = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
    receipts = {receipt for pdu in pipeline.receipts if (receipt := parse_receipt(pdu))}
    assert receipts == {Receipt(str(one), "delivered", "000", done_at) for one in ids}


def test_our_link_comes_back_when_the_smsc_of_smpp34_was_away() -> None:
    server = Smpp34Server()
    pipeline = RecordingPipeline()
    link = Link(link_settings(server.address), pipeline, SystemClock())
    link.start()
    wait_until(lambda: link.state.name == "bound", 20.0)
    server.stop()
    wait_until(lambda: link.state.name != "bound", 20.0)
    link.stop(1.0)
    assert {state.name for state in pipeline.states} == {"connecting", "bound", "down"}


@pytest.fixture
def kannel(smsc: FatedServer, tmp_path: Path) -> Iterator[Kannel]:
    program = Kannel(tmp_path)
    try:
        program.start(*smsc.address, "client", "secret")
        yield program
    finally:
        program.stop()


def test_kannel_sends_through_us_and_learns_what_became_of_it(kannel: Kannel, smsc: FatedServer) -> None:
    delivered = [kannel.send(recipient, "hello", "Golub") for recipient in RECIPIENTS]
    undelivered = kannel.send("79001230065", "hello", "Golub")
    wait_until(lambda: all(DELIVERED in kannel.kinds(one) for one in delivered), 30.0)
    wait_until(lambda: FAILED in kannel.kinds(undelivered), 30.0)
    assert {submit.destination_addr for submit in smsc.received} == {*RECIPIENTS, "79001230065"}
    wait_until(lambda: smsc.stats.receipts_acknowledged == 21, 30.0)
    assert smsc.stats.receipts_refused == 0


def test_kannel_sends_long_cyrillic_in_parts_with_a_header(kannel: Kannel, smsc: FatedServer) -> None:
    text = "Съешь ещё этих мягких французских булок, да выпей чаю. " * 3
    reference = kannel.send("79001230000", text, "Golub", cyrillic=True)
    wait_until(lambda: len(smsc.received) == 3, 30.0)
    parts = sorted(smsc.received, key=lambda submit: submit.short_message[5])
    assert all(part.esm_class & c.ESM_CLASS_UDHI and part.data_coding == c.DATA_CODING_UCS2 for part in parts)
    assert "".join(part.short_message[6:].decode("utf-16-be") for part in parts) == text
    # It asks for the receipt of one part only and takes that for the message.
    wait_until(lambda: DELIVERED in kannel.kinds(reference), 30.0)


def test_kannel_stays_bound_while_we_ask_whether_it_is_alive(kannel: Kannel, smsc: FatedServer) -> None:
    eventlet.sleep(2.5)
    reference = kannel.send("79001230000", "still here", "Golub")
    wait_until(lambda: DELIVERED in kannel.kinds(reference), 30.0)
    assert "enquire_link_resp" in kannel.log()
