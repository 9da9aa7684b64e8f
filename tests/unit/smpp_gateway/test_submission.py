from dataclasses import replace
from datetime import timedelta

import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_types import Submission
from services.smpp_gateway.pdu import SubmitSm, decode, encode
from services.smpp_gateway.segments import join_parts, read_part
from services.smpp_gateway.submission import Encoder, verdict
from services.smpp_gateway.work import PartKey
from tests.unit.smpp_gateway.samples import NOW, work

LINK = LinkSettings(host="smsc.operator.example", port=2775, system_id="golub", password="secret")


def _made(link: LinkSettings = LINK, **changes: object) -> list[Submission]:
    return Encoder(link, NOW).submissions(work(**changes))


def _pdus(link: LinkSettings = LINK, **changes: object) -> list[SubmitSm]:
    return [one.pdu for one in _made(link, **changes)]


def test_each_part_asks_for_a_final_receipt() -> None:
    assert [pdu.registered_delivery for pdu in _pdus(text="я" * 150, parts=3)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("sender", "ton", "npi"), [("GOLUB", 5, 0), ("79031234567", 1, 1), ("900", 3, 0), ("Ромашка", 5, 0), ("٣٤", 5, 0)]
)
def test_a_sender_is_a_name_a_number_or_a_short_number(sender: str, ton: int, npi: int) -> None:
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
    keys = [one.key for one in _made(text="я" * 150, parts=3, submits=4)]
    assert keys == [PartKey(work().id, number, 5) for number in (1, 2, 3)]


def test_two_long_messages_of_one_batch_do_not_share_their_reference() -> None:
    encoder = Encoder(LINK, NOW)
    one = encoder.submissions(work(text="я" * 150, parts=3))
    other = encoder.submissions(work(id="01a202b2-c500-7041-a315-42fcad20df00", text="я" * 150, parts=3))
    assert one[0].pdu.short_message[:4] != other[0].pdu.short_message[:4]


def test_octets_that_came_encoded_keep_their_data_coding_and_header_and_nothing_else_of_esm_class() -> None:
    raw = b"\x05\x00\x03\x07\x02\x01abc"
    (pdu,) = _pdus(raw=raw, data_coding=0xF1, esm_class=0x43)
    assert (pdu.short_message, pdu.data_coding, pdu.esm_class) == (raw, 0xF1, 0x40)


def test_a_text_that_makes_other_parts_than_were_paid_is_not_submitted() -> None:
    with pytest.raises(ValueError, match="2 were priced"):
        _made(text="я" * 150, parts=2)


@pytest.mark.parametrize("status", [c.ESME_RTHROTTLED, c.ESME_RMSGQFUL, c.ESME_RSYSERR, c.ESME_RINVBNDSTS])
def test_what_passes_is_tried_again(status: int) -> None:
    assert verdict(status) == "waiting"


@pytest.mark.parametrize("status", [c.ESME_RINVDSTADR, c.ESME_RINVSRCADR, c.ESME_RSUBMITFAIL, 0x400, 0xFFFFFFFF])
def test_any_other_status_is_final(status: int) -> None:
    assert verdict(status) == "rejected"


def test_ok_is_submitted() -> None:
    assert verdict(c.ESME_ROK) == "submitted"


def test_the_table_of_a_link_replaces_what_is_tried_again() -> None:
    assert verdict(0x4FF, {0x4FF: "error"}) == "waiting"
    assert verdict(c.ESME_RTHROTTLED, {0x4FF: "error"}) == "rejected"
    assert verdict(c.ESME_RSYSERR, {c.ESME_RSYSERR: "final"}) == "rejected"


def test_type_and_plan_of_addresses_are_those_of_the_link() -> None:
    link = replace(
        LINK,
        name_ton=0, name_npi=9, number_ton=2, number_npi=8, short_number_ton=6, short_number_npi=3,
        short_number_digits=4, destination_ton=0, destination_npi=6, source_plus=True, destination_plus=True,
    )  # fmt: skip
    seen = [_pdus(link, sender=sender)[0] for sender in ("GOLUB", "79031234567", "+79031234567", "9000", "90000")]
    assert [(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr) for pdu in seen] == [
        (0, 9, "GOLUB"),
        (2, 8, "+79031234567"),
        (2, 8, "+79031234567"),
        (6, 3, "9000"),
        (2, 8, "+90000"),
    ]
    assert (seen[0].dest_addr_ton, seen[0].dest_addr_npi, seen[0].destination_addr) == (0, 6, "+79030000001")


def test_a_link_may_ask_for_other_receipts_and_have_its_own_service() -> None:
    (pdu,) = _pdus(replace(LINK, registered_delivery=0, service_type="CMT", protocol_id=0x40))
    assert (pdu.registered_delivery, pdu.service_type, pdu.protocol_id) == (0, "CMT", 0x40)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (7_200, "000000020000000R"),
        (86_400 * 2 + 3_723, "000002010203000R"),
        (86_400 * 9, "000003000000000R"),
        (0.4, "000000000001000R"),
    ],
)
def test_the_smsc_is_told_how_long_a_message_may_take_at_most(seconds: float, written: str) -> None:
    link = replace(LINK, send_validity=True, validity_most_seconds=86_400 * 3)
    (pdu,) = _pdus(link, expires_at=NOW + timedelta(seconds=seconds))
    assert pdu.validity_period == written
    assert decode(encode(pdu)) == pdu


def test_validity_is_not_told_unless_the_link_is_set_so() -> None:
    assert _pdus()[0].validity_period == ""


def test_one_pdu_for_the_whole_answers_for_every_part() -> None:
    (one,) = _made(replace(LINK, long_messages="payload"), text="я" * 150, parts=3)
    assert one.keys == tuple(PartKey(work().id, number, 2) for number in (1, 2, 3))
    assert one.pdu.tlvs == {c.TLV_MESSAGE_PAYLOAD: ("я" * 150).encode("utf-16-be")}
    assert decode(encode(one.pdu)) == one.pdu


def test_fewer_pdus_than_priced_parts_answer_for_all_of_them() -> None:
    first, last = _made(replace(LINK, alphabet="latin_1"), text="ê" * 268, parts=4)
    numbers = [[key.number for key in one.keys] for one in (first, last)]  # type: ignore[attr-defined]
    assert numbers == [[1], [2, 3, 4]]


def test_the_parts_of_a_message_are_a_group_and_short_messages_are_none() -> None:
    assert {one.group for one in _made(text="я" * 150, parts=3)} == {work().id}
    assert [one.group for one in _made()] == [None]


def test_a_16_bit_reference_takes_16_bits_of_the_id() -> None:
    link = replace(LINK, long_messages="udh_16")
    one, other = ("01a202b2-c500-7041-a315-42fcad20dffb", "01a202b2-c500-7041-a315-42fcad20fffb")
    headers = [_pdus(link, id=key, text="я" * 100, parts=2)[0].short_message[:6] for key in (one, other)]
    assert headers == [b"\x06\x08\x04\xdf\xfb\x02", b"\x06\x08\x04\xff\xfb\x02"]
