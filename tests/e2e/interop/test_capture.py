"""What Wireshark's dissector finds in all that we and foreign peers said to each other."""

from collections import Counter
from pathlib import Path

import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from tests.e2e.interop.kannel_story import KannelStory
from tests.e2e.interop.smscs import SMSCS, LinkStories
from tests.e2e.interop.stories import PEERS, Stories
from tests.support.tape import Talk, Tape
from tests.support.tshark import dissect

_COMMAND_ID = slice(4, 8)


@pytest.fixture(scope="module")
def whole(tape: Tape, stories: Stories, link_stories: LinkStories, kannel_story: KannelStory) -> Tape:
    """The tape, once everybody has had a turn."""
    for name in PEERS:
        stories.of(name)
    for name in SMSCS:
        link_stories.of(name)
    assert kannel_story.tape is tape
    return tape


@pytest.mark.parametrize("segment_sizes", [(1_448,), (40, 1_448, 90)], ids=["as sent", "split and joined"])
def test_no_pdu_is_malformed_and_none_is_overlooked(
    whole: Tape, tmp_path: Path, segment_sizes: tuple[int, ...]
) -> None:
    capture = tmp_path / "all.pcap"
    whole.write(capture, segment_sizes)
    dissection = dissect(capture)
    assert dissection.faults == []
    frames = whole.frames(client=True) + whole.frames(client=False)
    assert dissection.commands == Counter(int.from_bytes(frame[_COMMAND_ID], "big") for frame in frames)
    assert {
        c.BIND_TRANSMITTER,
        c.BIND_RECEIVER,
        c.BIND_TRANSCEIVER,
        c.SUBMIT_SM,
        c.DELIVER_SM,
        c.ENQUIRE_LINK,
        c.UNBIND,
    } <= set(dissection.commands)


def test_every_pdu_of_ours_is_encoded_as_we_would_decode_it(whole: Tape) -> None:
    for frame in whole.frames(client=True) + whole.frames(client=False):
        p.decode(frame)


def test_a_malformed_pdu_would_be_found(tmp_path: Path) -> None:
    good = p.encode(p.SubmitSm(1, destination_addr="79160000000", esm_class=0x40, short_message=b"\x05\0\3\1\2\1text"))
    cut = bytearray(good)
    # More text than there are octets left.
    cut[-11] = 200
    tape = Tape()
    tape.talks += [Talk([(True, good)]), Talk([(True, bytes(cut))])]
    capture = tmp_path / "broken.pcap"
    tape.write(capture)
    assert len(dissect(capture).faults) == 1
