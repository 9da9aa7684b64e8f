"""A second opinion: what smpplib writes we read the same way, and what we write smpplib reads the same way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import command, smpp  # type: ignore[import-untyped]

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.pdu_layout import LAYOUTS
from tests.unit.smpp import strategies as s

# smpplib reads a TLV only where its own table lists it for the PDU, and writes a string TLV with its NUL.
SUBMIT_TLVS = st.fixed_dictionaries(
    {},
    optional={
        c.TLV_USER_MESSAGE_REFERENCE: st.binary(min_size=2, max_size=2),
        c.TLV_SAR_MSG_REF_NUM: st.binary(min_size=2, max_size=2),
        c.TLV_SAR_TOTAL_SEGMENTS: st.binary(min_size=1, max_size=1),
        c.TLV_SAR_SEGMENT_SEQNUM: st.binary(min_size=1, max_size=1),
    },
)
RECEIPT_TLVS = st.fixed_dictionaries(
    {},
    optional={
        c.TLV_RECEIPTED_MESSAGE_ID: s.latin(65).filter(bool).map(lambda text: text.encode("latin-1") + b"\0"),
        c.TLV_MESSAGE_STATE: st.binary(min_size=1, max_size=1),
        c.TLV_NETWORK_ERROR_CODE: st.binary(min_size=3, max_size=3),
        c.TLV_MESSAGE_PAYLOAD: st.binary(min_size=1, max_size=254),
    },
)
TAG_NAMES = {
    c.TLV_USER_MESSAGE_REFERENCE: "user_message_reference",
    c.TLV_SAR_MSG_REF_NUM: "sar_msg_ref_num",
    c.TLV_SAR_TOTAL_SEGMENTS: "sar_total_segments",
    c.TLV_SAR_SEGMENT_SEQNUM: "sar_segment_seqnum",
    c.TLV_RECEIPTED_MESSAGE_ID: "receipted_message_id",
    c.TLV_MESSAGE_STATE: "message_state",
    c.TLV_NETWORK_ERROR_CODE: "network_error_code",
    c.TLV_MESSAGE_PAYLOAD: "message_payload",
    c.TLV_SC_INTERFACE_VERSION: "sc_interface_version",
}
NOT_IN_SMPPLIB = {c.OUTBIND, c.CANCEL_SM, c.CANCEL_SM_RESP, c.REPLACE_SM, c.REPLACE_SM_RESP}


def with_tlvs(pdus: st.SearchStrategy[Any], tlvs: st.SearchStrategy[dict[int, bytes]]) -> st.SearchStrategy[Any]:
    def put(pair: tuple[Any, dict[int, bytes]]) -> Any:
        pair[0].tlvs = pair[1]
        return pair[0]

    return st.tuples(pdus, tlvs).map(put)


NO_TLVS: st.SearchStrategy[dict[int, bytes]] = st.just({})
SHARED_PDUS = st.one_of(
    with_tlvs(s.SUBMIT_SM, SUBMIT_TLVS),
    with_tlvs(s.DELIVER_SM, RECEIPT_TLVS),
    with_tlvs(s.DATA_SM, RECEIPT_TLVS),
    with_tlvs(s.MESSAGE_RESPS, NO_TLVS),
    with_tlvs(s.BIND_RESPS, st.fixed_dictionaries({}, optional={c.TLV_SC_INTERFACE_VERSION: st.just(b"\x34")})),
    s.BINDS,
    s.BARE_REQUESTS,
    s.BARE_RESPS.filter(lambda pdu: pdu.command_id not in NOT_IN_SMPPLIB),
    st.builds(p.QuerySm, s.SEQUENCES, s.latin(65).filter(bool), s.OCTET, s.OCTET, s.latin(21)),
    st.builds(p.QuerySmResp, s.SEQUENCES, s.STATUSES, s.latin(65), s.latin(17), s.OCTET, s.OCTET),
)


def as_smpplib_reads(pdu: Any) -> dict[str, Any]:
    """Field name -> value in smpplib's terms: octets for text, integers for TLVs that are one."""
    values = {field.name: getattr(pdu, field.name) for field in LAYOUTS[pdu.command_id].fields}
    values = {name: value.encode("latin-1") if isinstance(value, str) else value for name, value in values.items()}
    for tag, value in getattr(pdu, "tlvs", {}).items():
        values[TAG_NAMES[tag]] = as_smpplib_tlv(tag, value)
    return values


def as_smpplib_tlv(tag: int, value: bytes) -> Any:
    if tag == c.TLV_RECEIPTED_MESSAGE_ID:
        return value[:-1]
    if tag in (c.TLV_MESSAGE_PAYLOAD, c.TLV_NETWORK_ERROR_CODE):
        return value
    return int.from_bytes(value, "big")


@given(SHARED_PDUS)
def test_smpplib_reads_what_we_write(pdu: Any) -> None:
    frame = p.encode(pdu)
    theirs = smpp.parse_pdu(frame, client=None, sequence=0, allow_unknown_opt_params=False)
    assert theirs.command == c.COMMAND_NAMES[pdu.command_id]
    assert theirs.sequence == pdu.sequence_number
    assert theirs.status == getattr(pdu, "command_status", 0)
    if len(frame) > 16:
        for name, value in as_smpplib_reads(pdu).items():
            # It leaves None where the octets end at an empty field.
            assert getattr(theirs, name) == value or (value == b"" and getattr(theirs, name) is None), name


@given(SHARED_PDUS.filter(lambda pdu: not (getattr(pdu, "short_message", b"") and c.TLV_MESSAGE_PAYLOAD in pdu.tlvs)))
def test_we_read_what_smpplib_writes(pdu: Any) -> None:
    theirs = command.factory(c.COMMAND_NAMES[pdu.command_id], client=None, sequence=0)
    theirs.sequence, theirs.status = (pdu.sequence_number, getattr(pdu, "command_status", 0))
    if isinstance(pdu, p.DataSm):
        # It cuts these two at 20 characters; SMPP 3.4, 4.7.1 gives them 64.
        pdu.source_addr, pdu.destination_addr = pdu.source_addr[:20], pdu.destination_addr[:20]
    for name, value in as_smpplib_reads(pdu).items():
        text = isinstance(value, bytes) and theirs.params[name].type is str
        setattr(theirs, name, value.decode("latin-1") if text else value)
    if c.TLV_RECEIPTED_MESSAGE_ID in getattr(pdu, "tlvs", {}):
        # It writes this TLV as UTF-8, so only ASCII compares.
        theirs.receipted_message_id = "42"
        pdu.tlvs[c.TLV_RECEIPTED_MESSAGE_ID] = b"42\0"
    assert p.decode(theirs.generate()) == pdu


@pytest.mark.parametrize("name", ["ESME_RINVMSGLEN", "ESME_RINVDSTADR", "ESME_RINVTLVSTREAM", "ESME_RTHROTTLED"])
def test_statuses_have_the_numbers_of_the_specification(name: str) -> None:
    expected = {"ESME_RINVMSGLEN": 0x01, "ESME_RINVDSTADR": 0x0B, "ESME_RINVTLVSTREAM": 0xC0, "ESME_RTHROTTLED": 0x58}
    assert getattr(c, name) == expected[name]
