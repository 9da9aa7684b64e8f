"""Kannel, bound in each way it can, against the whole platform."""

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.segments import decode_text, join_parts, read_part
from tests.e2e.interop.job import LONG_CYRILLIC
from tests.e2e.interop.kannel_story import KannelStory
from tests.e2e.kannel import DELIVERED, FAILED
from tests.e2e.platform import Platform


def test_kannel_learns_what_became_of_each_message(kannel_story: KannelStory) -> None:
    expected = {to: FAILED if text == "Bad" else DELIVERED for to, text in kannel_story.sent.items()}
    assert kannel_story.ended == expected


def test_what_kannel_sends_is_stored_as_it_was_written(kannel_story: KannelStory, embedded: Platform) -> None:
    written = {to: text for to, text in kannel_story.sent.items() if text not in (LONG_CYRILLIC, "Bad")}
    statement = "SELECT recipient, text FROM message WHERE source = 'smpp' AND recipient = ANY(:recipients)"
    assert dict(embedded.rows("smpp_gateway", statement, recipients=sorted(written))) == written


def test_the_parts_of_its_long_text_join_to_what_was_written(kannel_story: KannelStory) -> None:
    long = {to for to, text in kannel_story.sent.items() if text == LONG_CYRILLIC}
    for recipient in long:
        submits = [
            pdu
            for pdu in map(p.decode, kannel_story.tape.frames(client=True))
            if isinstance(pdu, p.SubmitSm) and pdu.destination_addr == recipient
        ]
        parts = [read_part(pdu.short_message, pdu.esm_class, pdu.tlvs) for pdu in submits]
        octets = join_parts((concatenation, payload) for concatenation, payload in parts if concatenation)
        assert octets is not None
        assert decode_text(c.DATA_CODING_UCS2, octets) == LONG_CYRILLIC
