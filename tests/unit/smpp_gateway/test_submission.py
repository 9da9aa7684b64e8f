import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway.segments import join_parts, read_part
from services.smpp_gateway.submission import Encoder, verdict
from tests.unit.smpp_gateway.samples import work


def _pdus(**changes: object) -> list:  # type: ignore[type-arg]
    return [one.pdu for one in Encoder().submissions(work(**changes))]


def test_each_part_asks_for_a_final_receipt() -> None:
    assert [pdu.registered_delivery for pdu in _pdus(text="я" * 150, parts=3)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("sender", "ton", "npi"), [("GOLUB", 5, 0), ("79031234567", 1, 1), ("900", 1, 1), ("Ромашка", 5, 0), ("٣٤", 5, 0)]
)
def test_a_sender_of_digits_is_a_number_and_any_other_a_name(sender: str, ton: int, npi: int) -> None:
    (pdu,) = _pdus(sender=sender)
    assert (pdu.source_addr_ton, pdu.source_addr_npi) == (ton, npi)


def test_a_long_text_travels_in_parts_that_fit_together_again() -> None:
    text = "Много слов. " * 15
    pdus = _pdus(text=text, parts=3)
    read = [read_part(pdu.short_message, pdu.esm_class, {}) for pdu in pdus]
    assert join_parts(read).decode("utf-16-be") == text  # type: ignore[arg-type,union-attr]


def test_a_part_that_is_submitted_again_is_the_same_to_the_handset() -> None:
    first = _pdus(text="я" * 150, parts=3, submits=0)
    again = _pdus(text="я" * 150, parts=3, submits=4)
    assert [pdu.short_message for pdu in first] == [pdu.short_message for pdu in again]


def test_the_key_tells_which_submission_of_the_part_it_is() -> None:
    keys = [one.key for one in Encoder().submissions(work(text="я" * 150, parts=3, submits=4))]
    assert [(key.number, key.attempt) for key in keys] == [(1, 5), (2, 5), (3, 5)]


def test_two_long_messages_of_one_batch_do_not_share_their_reference() -> None:
    encoder = Encoder()
    one = encoder.submissions(work(text="я" * 150, parts=3))
    other = encoder.submissions(work(id="01a202b2-c500-7041-a315-42fcad20df00", text="я" * 150, parts=3))
    assert one[0].pdu.short_message[:4] != other[0].pdu.short_message[:4]


def test_octets_that_came_encoded_keep_their_data_coding_and_header_and_nothing_else_of_esm_class() -> None:
    raw = b"\x05\x00\x03\x07\x02\x01abc"
    (pdu,) = _pdus(raw=raw, data_coding=0xF1, esm_class=0x43)
    assert (pdu.short_message, pdu.data_coding, pdu.esm_class) == (raw, 0xF1, 0x40)


def test_a_text_that_makes_other_parts_than_were_paid_is_not_submitted() -> None:
    with pytest.raises(ValueError, match="2 were priced"):
        Encoder().submissions(work(text="я" * 150, parts=2))


@pytest.mark.parametrize("status", [c.ESME_RTHROTTLED, c.ESME_RMSGQFUL, c.ESME_RSYSERR, c.ESME_RINVBNDSTS])
def test_what_passes_is_tried_again(status: int) -> None:
    assert verdict(status) == "waiting"


@pytest.mark.parametrize("status", [c.ESME_RINVDSTADR, c.ESME_RINVSRCADR, c.ESME_RSUBMITFAIL, 0x400, 0xFFFFFFFF])
def test_any_other_status_is_final(status: int) -> None:
    assert verdict(status) == "rejected"


def test_ok_is_submitted() -> None:
    assert verdict(c.ESME_ROK) == "submitted"
