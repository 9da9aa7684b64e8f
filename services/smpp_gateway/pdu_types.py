"""The PDUs as plain values, and the one error the codec raises. Field names are those of SMPP 3.4, chapter 4."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, TypeAlias

from services.smpp_gateway import constants as c
from services.smpp_gateway.tlv import NO_TLVS


class PduError(Exception):
    """Octets that are not a legal PDU.

    `command_status` is what the answer should carry. `fatal` means that the place where the next PDU begins is
    not known, so the stream has to be closed; otherwise the session can go on. `command_id` and
    `sequence_number` are 0 when the header did not tell.
    """

    def __init__(self, command_status: int, command_id: int, sequence_number: int, reason: str, fatal: bool) -> None:
        super().__init__(f"{c.COMMAND_NAMES.get(command_id, hex(command_id))}: {reason}")
        self.command_status = command_status
        self.command_id = command_id
        self.sequence_number = sequence_number
        self.reason = reason
        self.fatal = fatal


@dataclass(slots=True)
class Bind:
    """bind_receiver, bind_transmitter or bind_transceiver; `command_id` says which."""

    command_id: int
    sequence_number: int
    system_id: str = ""
    # The password must never reach a log through a repr.
    password: str = field(default="", repr=False)
    system_type: str = ""
    interface_version: int = c.INTERFACE_VERSION_34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


@dataclass(slots=True)
class BindResp:
    command_id: int
    sequence_number: int
    command_status: int = c.ESME_ROK
    system_id: str = ""
    tlvs: Mapping[int, bytes] = NO_TLVS


@dataclass(slots=True)
class Outbind:
    command_id: ClassVar[int] = c.OUTBIND
    sequence_number: int
    system_id: str = ""
    password: str = field(default="", repr=False)


@dataclass(slots=True)
class SubmitSm:
    command_id: ClassVar[int] = c.SUBMIT_SM
    sequence_number: int
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: Mapping[int, bytes] = NO_TLVS


@dataclass(slots=True)
class DeliverSm:
    command_id: ClassVar[int] = c.DELIVER_SM
    sequence_number: int
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: Mapping[int, bytes] = NO_TLVS


@dataclass(slots=True)
class SubmitSmResp:
    command_id: ClassVar[int] = c.SUBMIT_SM_RESP
    sequence_number: int
    command_status: int = c.ESME_ROK
    message_id: str = ""
    tlvs: Mapping[int, bytes] = NO_TLVS


@dataclass(slots=True)
class DeliverSmResp:
    command_id: ClassVar[int] = c.DELIVER_SM_RESP
    sequence_number: int
    command_status: int = c.ESME_ROK
    message_id: str = ""
    tlvs: Mapping[int, bytes] = NO_TLVS


@dataclass(slots=True)
class DataSm:
    command_id: ClassVar[int] = c.DATA_SM
    sequence_number: int
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0
    tlvs: Mapping[int, bytes] = NO_TLVS


@dataclass(slots=True)
class DataSmResp:
    command_id: ClassVar[int] = c.DATA_SM_RESP
    sequence_number: int
    command_status: int = c.ESME_ROK
    message_id: str = ""
    tlvs: Mapping[int, bytes] = NO_TLVS


class SmeAddress(NamedTuple):
    """A destination of submit_multi that is a phone (SMPP 3.4, 4.5.1.1, dest_flag 1)."""

    ton: int
    npi: int
    address: str


class DistributionList(NamedTuple):
    """A destination of submit_multi that names a list which the SMSC keeps (SMPP 3.4, 4.5.1.1, dest_flag 2)."""

    name: str


Destination: TypeAlias = SmeAddress | DistributionList


class UnsuccessSme(NamedTuple):
    """A destination that submit_multi could not be accepted for, and why (SMPP 3.4, 4.5.2.1)."""

    ton: int
    npi: int
    address: str
    error_status_code: int


@dataclass(slots=True)
class SubmitMulti:
    command_id: ClassVar[int] = c.SUBMIT_MULTI
    sequence_number: int
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    destinations: tuple[Destination, ...] = ()
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: Mapping[int, bytes] = NO_TLVS


@dataclass(slots=True)
class SubmitMultiResp:
    command_id: ClassVar[int] = c.SUBMIT_MULTI_RESP
    sequence_number: int
    command_status: int = c.ESME_ROK
    message_id: str = ""
    unsuccess: tuple[UnsuccessSme, ...] = ()


@dataclass(slots=True)
class QuerySm:
    command_id: ClassVar[int] = c.QUERY_SM
    sequence_number: int
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""


@dataclass(slots=True)
class QuerySmResp:
    command_id: ClassVar[int] = c.QUERY_SM_RESP
    sequence_number: int
    command_status: int = c.ESME_ROK
    message_id: str = ""
    final_date: str = ""
    message_state: int = 0
    error_code: int = 0


@dataclass(slots=True)
class CancelSm:
    command_id: ClassVar[int] = c.CANCEL_SM
    sequence_number: int
    service_type: str = ""
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


@dataclass(slots=True)
class ReplaceSm:
    command_id: ClassVar[int] = c.REPLACE_SM
    sequence_number: int
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


@dataclass(slots=True)
class CancelSmResp:
    command_id: ClassVar[int] = c.CANCEL_SM_RESP
    sequence_number: int
    command_status: int = c.ESME_ROK


@dataclass(slots=True)
class ReplaceSmResp:
    command_id: ClassVar[int] = c.REPLACE_SM_RESP
    sequence_number: int
    command_status: int = c.ESME_ROK


@dataclass(slots=True)
class EnquireLink:
    command_id: ClassVar[int] = c.ENQUIRE_LINK
    sequence_number: int


@dataclass(slots=True)
class EnquireLinkResp:
    command_id: ClassVar[int] = c.ENQUIRE_LINK_RESP
    sequence_number: int
    command_status: int = c.ESME_ROK


@dataclass(slots=True)
class Unbind:
    command_id: ClassVar[int] = c.UNBIND
    sequence_number: int


@dataclass(slots=True)
class UnbindResp:
    command_id: ClassVar[int] = c.UNBIND_RESP
    sequence_number: int
    command_status: int = c.ESME_ROK


@dataclass(slots=True)
class GenericNack:
    command_id: ClassVar[int] = c.GENERIC_NACK
    sequence_number: int
    command_status: int = c.ESME_ROK


Pdu: TypeAlias = (
    Bind
    | BindResp
    | Outbind
    | SubmitSm
    | SubmitSmResp
    | DeliverSm
    | DeliverSmResp
    | DataSm
    | DataSmResp
    | SubmitMulti
    | SubmitMultiResp
    | QuerySm
    | QuerySmResp
    | CancelSm
    | CancelSmResp
    | ReplaceSm
    | ReplaceSmResp
    | EnquireLink
    | EnquireLinkResp
    | Unbind
    | UnbindResp
    | GenericNack
)
