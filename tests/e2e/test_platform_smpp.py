"""The whole platform between SMPP stacks that are not ours: an SMSC below it, and advertisers' clients above it."""

import pytest

from services.smpp_gateway import constants as c
from tests.e2e.platform import Platform, numbers, running, wait_until
from tests.e2e.smpp34_peers import Smpp34Client, Smpp34Server
from tests.e2e.test_foreign_smpp import SmpplibClient, receipt_of_smpplib

GOOD, UNDELIVERED, REJECTED = "79160000001", "79160000065", "79160000085"


@pytest.fixture
def address(embedded: Platform) -> tuple[str, int]:
    smpp = embedded.demo["smpp"]
    return smpp["host"], smpp["port"]


def test_the_smsc_of_smpp34_takes_what_we_submit_and_its_receipts_end_it() -> None:
    """Shows 2: `SMSC_URL` leads to an SMSC that is not ours."""
    server = Smpp34Server()
    try:
        host, port = server.address
        with running("smpp34", SMSC_URL=f"smpp://golub:secret@{host}:{port}") as platform:
            sent = platform.send(numbers(200))
            platform.wait_until_final(60.0)
            assert platform.states() == {"delivered": 200}
            assert {one["destination"] for one in server.of("submit")} == {one["recipient"] for one in sent}
            assert {one["status"] for one in server.of("receipt")} == {c.ESME_ROK}
            status, output = platform.audit()
            assert status == 0, output
    finally:
        server.stop()


def test_a_client_of_smpp34_gets_its_receipts(embedded: Platform, address: tuple[str, int]) -> None:
    smpp = embedded.demo["smpp"]
    peer = Smpp34Client(
        address, smpp["system_id"], smpp["password"], embedded.demo["sender"], *numbers(20), UNDELIVERED, REJECTED
    )
    try:
        peer.wait_for("done", timeout_seconds=60.0)
    finally:
        peer.stop()
    # A message the operator will refuse is accepted all the same: its receipt tells.
    assert [answer["status"] for answer in peer.of("answer")] == [c.ESME_ROK] * 22
    texts = [bytes.fromhex(receipt["short_message"]).decode() for receipt in peer.of("receipt")]
    assert sum("stat:DELIVRD" in text for text in texts) == 20
    assert sum("stat:UNDELIV" in text for text in texts) == 1
    assert sum("stat:REJECTD" in text for text in texts) == 1
    ids = {answer["message_id"] for answer in peer.of("answer")}
    assert {text.split(" ")[0].removeprefix("id:") for text in texts} == ids
    states = embedded.rows(
        "smpp_gateway",
        "SELECT source, state, count(*) FROM message WHERE id = ANY(CAST(:ids AS uuid[])) GROUP BY 1, 2 ORDER BY 2",
        ids=sorted(ids),
    )
    assert states == [("smpp", "delivered", 20), ("smpp", "rejected", 1), ("smpp", "undelivered", 1)]


def test_a_client_of_smpplib_gets_its_receipts(embedded: Platform, address: tuple[str, int]) -> None:
    smpp = embedded.demo["smpp"]
    peer = SmpplibClient(address)
    peer.client.bind_transceiver(system_id=smpp["system_id"], password=smpp["password"])
    peer.listen()
    for recipient in (GOOD, UNDELIVERED):
        peer.client.send_message(
            source_addr_ton=5,
            source_addr=embedded.demo["sender"],
            dest_addr_ton=1,
            destination_addr=recipient,
            short_message=b"hello",
            registered_delivery=True,
        )
    wait_until(lambda: len(peer.receipts) == 2, 30.0, "two receipts")
    assert [status for status, _ in peer.answers] == [c.ESME_ROK] * 2
    ids = [message_id.rstrip(b"\0").decode() for _, message_id in peer.answers if message_id]
    states = [str(c.MESSAGE_STATE_DELIVERED), str(c.MESSAGE_STATE_UNDELIVERABLE)]
    assert sorted(map(receipt_of_smpplib, peer.receipts)) == sorted(zip(ids, states, strict=True))
    peer.client.disconnect()


def test_a_client_learns_at_once_that_a_sender_is_not_allowed(embedded: Platform, address: tuple[str, int]) -> None:
    smpp = embedded.demo["smpp"]
    peer = Smpp34Client(address, smpp["system_id"], smpp["password"], "STRANGER", GOOD)
    try:
        peer.wait_for("done")
    finally:
        peer.stop()
    [answer] = peer.of("answer")
    assert answer["status"] == c.ESME_RINVSRCADR
