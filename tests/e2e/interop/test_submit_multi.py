"""One message to many, by a client that others wrote: it can tell its receipts by the one id that it was told."""

import json
from pathlib import Path

from services.smpp_gateway import constants as c
from tests.e2e.peer_process import node_peer
from tests.e2e.platform import Platform

_SCRIPT = Path(__file__).with_name("node_multi.js")
UNDELIVERED = "79162000265"
NUMBERS = ["79162000101", "79162000102", UNDELIVERED, "79162000104"]


def test_the_receipts_of_a_submit_multi_carry_its_id_and_differ_by_their_destination(embedded: Platform) -> None:
    demo = embedded.demo
    smpp = demo["smpp"]
    job = {name: smpp[name] for name in ("host", "port", "system_id", "password")}
    peer = node_peer(_SCRIPT, json.dumps(job | {"sender": demo["sender"], "numbers": NUMBERS}))
    try:
        peer.wait_for("done", timeout_seconds=120.0)
    finally:
        peer.stop()
    (answer,) = peer.of("answer")
    assert answer["status"] == c.ESME_ROK and answer["id"]
    assert answer["failed"] == [["nobody", c.ESME_RINVDSTADR]]
    told = {one["of"]: (one["id"], one["state"]) for one in peer.of("receipt")}
    states = {
        one: c.MESSAGE_STATE_UNDELIVERABLE if one == UNDELIVERED else c.MESSAGE_STATE_DELIVERED for one in NUMBERS
    }
    assert told == {number: (answer["id"], state) for number, state in states.items()}
    assert all(f"id:{answer['id']} " in one["text"] for one in peer.of("receipt"))
