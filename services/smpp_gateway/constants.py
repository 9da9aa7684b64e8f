"""SMPP 3.4 numbers under the field's own names: command ids, statuses, TLV tags and a few bit values.

The numbers come from smpplib, so that a second implementation vouches for them; this module alone touches that
package and gives what the rest of the gateway imports a type.
"""

from smpplib import command_codes, consts  # type: ignore[import-untyped]

_commands: dict[str, int] = command_codes.commands
_tags: dict[str, int] = consts.OPTIONAL_PARAMS

RESPONSE_BIT = 0x80000000

GENERIC_NACK = _commands["generic_nack"]
BIND_RECEIVER = _commands["bind_receiver"]
BIND_RECEIVER_RESP = _commands["bind_receiver_resp"]
BIND_TRANSMITTER = _commands["bind_transmitter"]
BIND_TRANSMITTER_RESP = _commands["bind_transmitter_resp"]
BIND_TRANSCEIVER = _commands["bind_transceiver"]
BIND_TRANSCEIVER_RESP = _commands["bind_transceiver_resp"]
QUERY_SM = _commands["query_sm"]
QUERY_SM_RESP = _commands["query_sm_resp"]
SUBMIT_SM = _commands["submit_sm"]
SUBMIT_SM_RESP = _commands["submit_sm_resp"]
DELIVER_SM = _commands["deliver_sm"]
DELIVER_SM_RESP = _commands["deliver_sm_resp"]
UNBIND = _commands["unbind"]
UNBIND_RESP = _commands["unbind_resp"]
REPLACE_SM = _commands["replace_sm"]
REPLACE_SM_RESP = _commands["replace_sm_resp"]
CANCEL_SM = _commands["cancel_sm"]
CANCEL_SM_RESP = _commands["cancel_sm_resp"]
OUTBIND = _commands["outbind"]
ENQUIRE_LINK = _commands["enquire_link"]
ENQUIRE_LINK_RESP = _commands["enquire_link_resp"]
SUBMIT_MULTI = _commands["submit_multi"]
SUBMIT_MULTI_RESP = _commands["submit_multi_resp"]
DATA_SM = _commands["data_sm"]
DATA_SM_RESP = _commands["data_sm_resp"]

COMMAND_NAMES: dict[int, str] = {code: name for name, code in _commands.items()}

ESME_ROK: int = consts.SMPP_ESME_ROK
ESME_RINVMSGLEN: int = consts.SMPP_ESME_RINVMSGLEN
ESME_RINVCMDLEN: int = consts.SMPP_ESME_RINVCMDLEN
ESME_RINVCMDID: int = consts.SMPP_ESME_RINVCMDID
ESME_RINVBNDSTS: int = consts.SMPP_ESME_RINVBNDSTS
ESME_RALYBND: int = consts.SMPP_ESME_RALYBND
ESME_RINVPRTFLG: int = consts.SMPP_ESME_RINVPRTFLG
ESME_RINVREGDLVFLG: int = consts.SMPP_ESME_RINVREGDLVFLG
ESME_RSYSERR: int = consts.SMPP_ESME_RSYSERR
ESME_RINVSRCADR: int = consts.SMPP_ESME_RINVSRCADR
ESME_RINVDSTADR: int = consts.SMPP_ESME_RINVDSTADR
ESME_RINVMSGID: int = consts.SMPP_ESME_RINVMSGID
ESME_RBINDFAIL: int = consts.SMPP_ESME_RBINDFAIL
ESME_RINVPASWD: int = consts.SMPP_ESME_RINVPASWD
ESME_RINVSYSID: int = consts.SMPP_ESME_RINVSYSID
ESME_RCANCELFAIL: int = consts.SMPP_ESME_RCANCELFAIL
ESME_RREPLACEFAIL: int = consts.SMPP_ESME_RREPLACEFAIL
ESME_RMSGQFUL: int = consts.SMPP_ESME_RMSGQFUL
ESME_RINVSERTYP: int = consts.SMPP_ESME_RINVSERTYP
ESME_RINVESMCLASS: int = consts.SMPP_ESME_RINVESMCLASS
ESME_RINVNUMDESTS: int = consts.SMPP_ESME_RINVNUMDESTS
ESME_RINVDLNAME: int = consts.SMPP_ESME_RINVDLNAME
ESME_RINVDESTFLAG: int = consts.SMPP_ESME_RINVDESTFLAG
ESME_RSUBMITFAIL: int = consts.SMPP_ESME_RSUBMITFAIL
ESME_RINVSYSTYP: int = consts.SMPP_ESME_RINVSYSTYP
ESME_RTHROTTLED: int = consts.SMPP_ESME_RTHROTTLED
ESME_RINVSCHED: int = consts.SMPP_ESME_RINVSCHED
ESME_RINVEXPIRY: int = consts.SMPP_ESME_RINVEXPIRY
ESME_RINVDFTMSGID: int = consts.SMPP_ESME_RINVDFTMSGID
ESME_RX_T_APPN: int = consts.SMPP_ESME_RX_T_APPN
ESME_RX_P_APPN: int = consts.SMPP_ESME_RX_P_APPN
ESME_RX_R_APPN: int = consts.SMPP_ESME_RX_R_APPN
ESME_RQUERYFAIL: int = consts.SMPP_ESME_RQUERYFAIL
ESME_RINVOPTPARSTREAM: int = consts.SMPP_ESME_RINVOPTPARSTREAM
# SMPP 5.0 renamed the same number.
ESME_RINVTLVSTREAM = ESME_RINVOPTPARSTREAM
ESME_ROPTPARNOTALLWD: int = consts.SMPP_ESME_ROPTPARNOTALLWD
ESME_RINVPARLEN: int = consts.SMPP_ESME_RINVPARLEN
ESME_RMISSINGOPTPARAM: int = consts.SMPP_ESME_RMISSINGOPTPARAM
ESME_RINVOPTPARAMVAL: int = consts.SMPP_ESME_RINVOPTPARAMVAL
ESME_RDELIVERYFAILURE: int = consts.SMPP_ESME_RDELIVERYFAILURE
ESME_RUNKNOWNERR: int = consts.SMPP_ESME_RUNKNOWNERR

STATUS_DESCRIPTIONS: dict[int, str] = consts.DESCRIPTIONS

TLV_RECEIPTED_MESSAGE_ID = _tags["receipted_message_id"]
TLV_USER_MESSAGE_REFERENCE = _tags["user_message_reference"]
TLV_SAR_MSG_REF_NUM = _tags["sar_msg_ref_num"]
TLV_SAR_TOTAL_SEGMENTS = _tags["sar_total_segments"]
TLV_SAR_SEGMENT_SEQNUM = _tags["sar_segment_seqnum"]
TLV_SC_INTERFACE_VERSION = _tags["sc_interface_version"]
TLV_NETWORK_ERROR_CODE = _tags["network_error_code"]
TLV_MESSAGE_PAYLOAD = _tags["message_payload"]
TLV_MESSAGE_STATE = _tags["message_state"]

INTERFACE_VERSION_34: int = consts.SMPP_VERSION_34
TON_UNKNOWN: int = consts.SMPP_TON_UNK
TON_INTERNATIONAL: int = consts.SMPP_TON_INTL
TON_NETWORK_SPECIFIC: int = consts.SMPP_TON_NWSPEC
TON_ALPHANUMERIC: int = consts.SMPP_TON_ALNUM
NPI_UNKNOWN: int = consts.SMPP_NPI_UNK
NPI_ISDN: int = consts.SMPP_NPI_ISDN

# esm_class (SMPP 3.4, 5.2.12): in deliver_sm these bits tell a receipt from a message; smpplib has no name for them.
ESM_CLASS_DELIVERY_RECEIPT = 0x04
ESM_CLASS_INTERMEDIATE_NOTIFICATION = 0x20
ESM_CLASS_TYPE_MASK = 0x3C
ESM_CLASS_UDHI: int = consts.SMPP_GSMFEAT_UDHI

REGISTERED_DELIVERY_NONE: int = consts.SMPP_SMSC_DELIVERY_RECEIPT_NONE
REGISTERED_DELIVERY_FINAL: int = consts.SMPP_SMSC_DELIVERY_RECEIPT_BOTH
REGISTERED_DELIVERY_FAILURE: int = consts.SMPP_SMSC_DELIVERY_RECEIPT_FAILURE

DATA_CODING_GSM: int = consts.SMPP_ENCODING_DEFAULT
DATA_CODING_ASCII: int = consts.SMPP_ENCODING_IA5
DATA_CODING_BINARY: int = consts.SMPP_ENCODING_BINARY
DATA_CODING_LATIN_1: int = consts.SMPP_ENCODING_ISO88591
DATA_CODING_BINARY_2: int = consts.SMPP_ENCODING_BINARY2
DATA_CODING_UCS2: int = consts.SMPP_ENCODING_ISO10646
# The GSM alphabet under a message class (3GPP TS 23.038, 4), whatever the default one of the SMSC is.
DATA_CODING_GSM_CLASS_1 = 0xF1

MESSAGE_STATE_ENROUTE: int = consts.SMPP_MESSAGE_STATE_ENROUTE
MESSAGE_STATE_DELIVERED: int = consts.SMPP_MESSAGE_STATE_DELIVERED
MESSAGE_STATE_EXPIRED: int = consts.SMPP_MESSAGE_STATE_EXPIRED
MESSAGE_STATE_DELETED: int = consts.SMPP_MESSAGE_STATE_DELETED
MESSAGE_STATE_UNDELIVERABLE: int = consts.SMPP_MESSAGE_STATE_UNDELIVERABLE
MESSAGE_STATE_ACCEPTED: int = consts.SMPP_MESSAGE_STATE_ACCEPTED
MESSAGE_STATE_UNKNOWN: int = consts.SMPP_MESSAGE_STATE_UNKNOWN
MESSAGE_STATE_REJECTED: int = consts.SMPP_MESSAGE_STATE_REJECTED
