"""Clients that others wrote, with encoders of their own, against the whole platform: from bind to unbind."""

import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.segments import decode_text, join_parts, read_part
from tests.e2e.interop.job import CYRILLIC, GSM
from tests.e2e.interop.stories import DELIVERED, NO_ENQUIRE, PEERS, UNDELIVERED, Stories, Story, parts_of
from tests.e2e.platform import Platform, wait_until


@pytest.fixture(params=PEERS)
def story(request: pytest.FixtureRequest, stories: Stories) -> Story:
    return stories.of(request.param)


def test_each_kind_of_bind_is_accepted(story: Story) -> None:
    bound = [(event["as"], event["status"]) for event in story.of("bound")]
    assert bound == [(kind, c.ESME_ROK) for kind in ("transmitter", "receiver", "transceiver")]


def test_every_submit_is_accepted_under_an_id_of_its_own(story: Story) -> None:
    assert [event for event in story.of("answer") if event["status"]] == []
    ids = [event["id"] for event in story.of("answer")]
    assert len(set(ids)) == len(ids) == sum(parts_of(message) for message in story.messages)


def test_every_receipt_comes_with_the_id_of_its_submit_and_the_right_state(story: Story) -> None:
    expected = {event["id"]: UNDELIVERED if event["to"].endswith("65") else DELIVERED for event in story.of("answer")}
    assert {event["id"]: event["state"] for event in story.of("receipt")} == expected
    for event in story.of("receipt"):
        assert f"id:{event['id']} " in event["text"]
        assert f"stat:{'UNDELIV' if event['state'] == UNDELIVERED else 'DELIVRD'} " in event["text"]


def test_they_ask_whether_we_live_and_unbind(request: pytest.FixtureRequest, story: Story) -> None:
    asks = request.node.callspec.params["story"] not in NO_ENQUIRE
    assert story.said(p.EnquireLink) >= 3 or not asks
    enquiries = sum(isinstance(pdu, p.EnquireLinkResp) for pdu in story.answers)
    assert enquiries == story.said(p.EnquireLink)
    assert story.said(p.Unbind) == sum(isinstance(pdu, p.UnbindResp) for pdu in story.answers) == 3


def test_short_texts_are_stored_as_they_were_written(story: Story, embedded: Platform) -> None:
    written = {message.to: message.text for message in story.messages if message.text in (GSM, CYRILLIC)}
    assert _texts(embedded, written) == written


def test_a_long_text_in_one_pdu_is_stored_as_it_was_written(story: Story, embedded: Platform) -> None:
    written = {message.to: message.text for message in story.messages if message.how == "payload"}
    assert written
    assert _texts(embedded, written) == written


def test_the_parts_of_a_long_text_join_to_what_was_written(story: Story) -> None:
    """Whatever pair of octets the client cut in two."""
    long = [message for message in story.messages if message.how in ("udh", "sar")]
    assert long
    for message in long:
        submits = story.submits(message.to)
        assert len(submits) == parts_of(message)
        parts = [read_part(pdu.short_message, pdu.esm_class, pdu.tlvs) for pdu in submits]
        octets = join_parts((concatenation, payload) for concatenation, payload in parts if concatenation)
        assert octets is not None
        assert decode_text(submits[0].data_coding, octets) == message.text, (message, submits)


def test_the_parts_of_a_long_text_are_stored_as_the_one_message_that_was_written(
    story: Story, embedded: Platform
) -> None:
    written = {message.to: message.text for message in story.messages if message.how in ("udh", "sar")}
    wait_until(lambda: _texts(embedded, written) == written, 100.0, "the whole texts")


def _texts(platform: Platform, written: dict[str, str]) -> dict[str, str]:
    statement = "SELECT recipient, text FROM message WHERE source = 'smpp' AND recipient = ANY(:recipients)"
    return dict(platform.rows("smpp_gateway", statement, recipients=sorted(written)))
