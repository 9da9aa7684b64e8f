"""The frame reader: whole frames out of any cut of the stream, and a refusal at the fourth octet of a bad one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway.constants import ESME_RINVCMDLEN, SUBMIT_SM
from services.smpp_gateway.framing import FrameReader, salvage_sequence
from services.smpp_gateway.pdu import EnquireLink, PduError, SubmitSm, encode

FRAMES = st.lists(
    st.builds(encode, st.builds(SubmitSm, st.integers(0, 2**31 - 1), short_message=st.binary(max_size=254))), max_size=8
)


@given(FRAMES, st.data())
def test_any_cut_of_the_stream_gives_the_same_frames(frames: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    reader, seen = FrameReader(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        seen += reader.feed(stream[start:end])
    assert seen == frames
    assert not reader.pending


@given(FRAMES)
def test_byte_by_byte_equals_one_feed(frames: list[bytes]) -> None:
    stream = b"".join(frames)
    reader = FrameReader()
    assert [frame for i in range(len(stream)) for frame in reader.feed(stream[i : i + 1])] == frames


def test_pending_tells_that_a_frame_has_begun() -> None:
    reader, frame = FrameReader(), encode(EnquireLink(1))
    assert not reader.pending
    assert reader.feed(frame[:3]) == []
    assert reader.pending
    assert reader.feed(frame[3:]) == [frame]
    assert not reader.pending


@pytest.mark.parametrize(
    "hello",
    [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"POST", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n"],
)
def test_other_protocols_are_refused_at_the_fourth_byte(hello: bytes) -> None:
    reader = FrameReader()
    assert reader.feed(hello[:3]) == []
    with pytest.raises(PduError) as refusal:
        reader.feed(hello[3:4])
    error = refusal.value
    assert (error.command_status, error.sequence_number, error.fatal) == (ESME_RINVCMDLEN, 0, True)
    with pytest.raises(PduError):
        FrameReader().feed(hello)


@pytest.mark.parametrize("length", [0, 1, 15, 1025, 70_001, 2**32 - 1])
def test_a_length_outside_the_limits_is_fatal(length: int) -> None:
    header = length.to_bytes(4, "big") + SUBMIT_SM.to_bytes(4, "big") + bytes(4) + (77).to_bytes(4, "big")
    with pytest.raises(PduError) as refusal:
        FrameReader(max_frame_bytes=1024).feed(header)
    assert refusal.value.fatal
    assert (refusal.value.command_id, refusal.value.sequence_number) == (SUBMIT_SM, 77)


def test_lengths_on_the_limits_pass() -> None:
    reader = FrameReader(max_frame_bytes=20)
    assert [len(frame) for frame in reader.feed(b"\0\0\0\x10" + bytes(12) + b"\0\0\0\x14" + bytes(16))] == [16, 20]


def test_frames_before_a_bad_one_are_not_lost() -> None:
    reader, frame = FrameReader(), encode(EnquireLink(1))
    assert reader.feed(frame + b"GET ") == [frame]
    assert reader.error is not None
    assert reader.error.fatal
    assert reader.pending
    with pytest.raises(PduError):
        reader.feed(b"")


def test_a_large_frame_in_small_pieces_costs_linear_time() -> None:
    frame = (60_016).to_bytes(4, "big") + bytes(60_012)
    reader = FrameReader()
    pieces = [reader.feed(frame[i : i + 7]) for i in range(0, len(frame), 7)]
    assert pieces[-1] == [frame]
    assert not any(pieces[:-1])


def test_the_sequence_is_salvaged_only_from_a_whole_header() -> None:
    frame = encode(EnquireLink(0x01020304))
    assert salvage_sequence(frame) == 0x01020304
    assert salvage_sequence(frame[:15]) == 0
