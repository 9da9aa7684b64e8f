"""Random PDUs of every kind, legal by SMPP 3.4."""

from typing import Any

from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p

SEQUENCES = st.integers(0, 0xFFFFFFFF)
STATUSES = st.one_of(st.just(0), st.integers(0, 0xFFFFFFFF))
OCTET = st.integers(0, 255)
TLVS = st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=40), max_size=4)
DELIVER_TLVS = TLVS
SUBMIT_TLVS = TLVS.map(lambda tlvs: {tag: value for tag, value in tlvs.items() if tag != c.TLV_MESSAGE_PAYLOAD})
TIMES = st.one_of(st.just(""), st.from_regex(r"[0-9]{15}[+\-R]", fullmatch=True))


def latin(octets_with_nul: int, first: int = 1) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=first, max_codepoint=255), max_size=octets_with_nul - 1)


def ascii_text(octets_with_nul: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=octets_with_nul - 1)


_MESSAGE: dict[str, st.SearchStrategy[Any]] = {
    "service_type": latin(6),
    "source_addr_ton": OCTET,
    "source_addr_npi": OCTET,
    "source_addr": latin(21),
    "dest_addr_ton": OCTET,
    "dest_addr_npi": OCTET,
    "destination_addr": ascii_text(21),
    "esm_class": OCTET,
    "protocol_id": OCTET,
    "priority_flag": OCTET,
    "schedule_delivery_time": TIMES,
    "validity_period": TIMES,
    "registered_delivery": OCTET,
    "replace_if_present_flag": OCTET,
    "data_coding": OCTET,
    "sm_default_msg_id": OCTET,
    "short_message": st.binary(max_size=254),
}
_SOURCE = {name: _MESSAGE[name] for name in ("source_addr_ton", "source_addr_npi", "source_addr")}
_DESTINATION = {name: _MESSAGE[name] for name in ("dest_addr_ton", "dest_addr_npi", "destination_addr")}

SUBMIT_SM = st.builds(p.SubmitSm, SEQUENCES, **_MESSAGE, tlvs=SUBMIT_TLVS)
DELIVER_SM = st.builds(p.DeliverSm, SEQUENCES, **_MESSAGE, tlvs=DELIVER_TLVS)
BINDS = st.builds(
    p.Bind,
    st.sampled_from([c.BIND_RECEIVER, c.BIND_TRANSMITTER, c.BIND_TRANSCEIVER]),
    SEQUENCES,
    latin(16),
    latin(9),
    latin(13),
    OCTET,
    OCTET,
    OCTET,
    latin(41),
)
BIND_RESPS = st.builds(
    p.BindResp,
    st.sampled_from([c.BIND_RECEIVER_RESP, c.BIND_TRANSMITTER_RESP, c.BIND_TRANSCEIVER_RESP]),
    SEQUENCES,
    STATUSES,
    latin(16),
    TLVS,
)
DATA_SM = st.builds(
    p.DataSm, SEQUENCES, latin(6), OCTET, OCTET, latin(65), OCTET, OCTET, ascii_text(65), OCTET, OCTET, OCTET, TLVS
)
REPLACE_SM = st.builds(
    p.ReplaceSm,
    SEQUENCES,
    latin(65),
    **_SOURCE,
    schedule_delivery_time=TIMES,
    validity_period=TIMES,
    registered_delivery=OCTET,
    sm_default_msg_id=OCTET,
    short_message=st.binary(max_size=254),
)
DESTINATIONS = st.one_of(
    st.builds(p.SmeAddress, OCTET, OCTET, ascii_text(21)), st.builds(p.DistributionList, ascii_text(21))
)
_TO_MANY = {name: field for name, field in _MESSAGE.items() if name not in _DESTINATION}
SUBMIT_MULTI = st.builds(
    p.SubmitMulti,
    SEQUENCES,
    destinations=st.lists(DESTINATIONS, min_size=1, max_size=5).map(tuple),
    **_TO_MANY,
    tlvs=SUBMIT_TLVS,
)
UNSUCCESS = st.builds(p.UnsuccessSme, OCTET, OCTET, ascii_text(21), st.integers(0, 0xFFFFFFFF))
SUBMIT_MULTI_RESP = st.builds(
    p.SubmitMultiResp, SEQUENCES, STATUSES, latin(65), st.lists(UNSUCCESS, max_size=4).map(tuple)
)
MESSAGE_RESPS = st.one_of(
    *(st.builds(cls, SEQUENCES, STATUSES, latin(65), TLVS) for cls in (p.SubmitSmResp, p.DeliverSmResp, p.DataSmResp))
)
BARE_REQUESTS = st.one_of(st.builds(p.EnquireLink, SEQUENCES), st.builds(p.Unbind, SEQUENCES))
BARE_RESPS = st.one_of(
    *(
        st.builds(cls, SEQUENCES, STATUSES)
        for cls in (p.EnquireLinkResp, p.UnbindResp, p.GenericNack, p.CancelSmResp, p.ReplaceSmResp)
    )
)
PDUS: st.SearchStrategy[p.Pdu] = st.one_of(
    SUBMIT_SM,
    DELIVER_SM,
    BINDS,
    BIND_RESPS,
    DATA_SM,
    REPLACE_SM,
    SUBMIT_MULTI,
    SUBMIT_MULTI_RESP,
    MESSAGE_RESPS,
    BARE_REQUESTS,
    BARE_RESPS,
    st.builds(p.Outbind, SEQUENCES, latin(16), latin(9)),
    st.builds(p.QuerySm, SEQUENCES, latin(65), **_SOURCE),
    st.builds(p.QuerySmResp, SEQUENCES, STATUSES, latin(65), latin(17), OCTET, OCTET),
    st.builds(p.CancelSm, SEQUENCES, latin(6), latin(65), **_SOURCE, **_DESTINATION),
)
