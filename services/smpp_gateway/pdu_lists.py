"""The two lists of submit_multi: its destinations (SMPP 3.4, 4.5.1.1) and those it failed for (4.5.2.1)."""

import struct
from collections.abc import Sequence

from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu_types import Destination, DistributionList, SmeAddress, UnsuccessSme

#: number_of_dests (SMPP 3.4, 4.5.1); the list of failures has as many at most.
MOST_DESTINATIONS = 254
_FLAG_SME, _FLAG_LIST = 1, 2
#: Octets of an address or of a list's name, its NUL included.
_ADDRESS_OCTETS = 21
_STATUS = struct.Struct(">L")


class BodyError(ValueError):
    """A fault in the body; `status` is the command_status that names it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def read_destinations(frame: bytes, position: int) -> tuple[tuple[Destination, ...], int]:
    """number_of_dests and the destinations behind it; where they end."""
    count, position = _octet(frame, position, c.ESME_RINVNUMDESTS)
    if not 1 <= count <= MOST_DESTINATIONS:
        raise BodyError(c.ESME_RINVNUMDESTS, f"number_of_dests is {count}, it is 1 to {MOST_DESTINATIONS}")
    found: list[Destination] = []
    for _ in range(count):
        flag, position = _octet(frame, position, c.ESME_RINVNUMDESTS)
        if flag == _FLAG_SME:
            address, position = _read_address(frame, position)
            found.append(address)
        elif flag == _FLAG_LIST:
            name, position = _read_text(frame, position, c.ESME_RINVDLNAME)
            found.append(DistributionList(name))
        else:
            raise BodyError(c.ESME_RINVDESTFLAG, f"dest_flag is {flag}, it is 1 or 2")
    return tuple(found), position


def write_destinations(destinations: Sequence[Destination]) -> bytes:
    if not 1 <= len(destinations) <= MOST_DESTINATIONS:
        raise BodyError(c.ESME_RINVNUMDESTS, f"{len(destinations)} destinations, there are 1 to {MOST_DESTINATIONS}")
    pieces = [bytes((len(destinations),))]
    for one in destinations:
        if isinstance(one, SmeAddress):
            pieces.append(bytes((_FLAG_SME,)) + _write_address(one.ton, one.npi, one.address))
        else:
            pieces.append(bytes((_FLAG_LIST,)) + _write_text(one.name, c.ESME_RINVDLNAME))
    return b"".join(pieces)


def read_unsuccess(frame: bytes, position: int) -> tuple[tuple[UnsuccessSme, ...], int]:
    """no_unsuccess and the destinations behind it; where they end."""
    count, position = _octet(frame, position, c.ESME_RINVMSGLEN)
    if count > MOST_DESTINATIONS:
        raise BodyError(c.ESME_RINVNUMDESTS, f"no_unsuccess is {count}, it is at most {MOST_DESTINATIONS}")
    found = []
    for _ in range(count):
        address, position = _read_address(frame, position)
        if position + _STATUS.size > len(frame):
            raise BodyError(c.ESME_RINVMSGLEN, "the body ends inside error_status_code")
        found.append(UnsuccessSme(*address, *_STATUS.unpack_from(frame, position)))
        position += _STATUS.size
    return tuple(found), position


def write_unsuccess(failures: Sequence[UnsuccessSme]) -> bytes:
    if len(failures) > MOST_DESTINATIONS:
        raise BodyError(c.ESME_RINVNUMDESTS, f"{len(failures)} destinations, there are at most {MOST_DESTINATIONS}")
    pieces = [_write_address(one.ton, one.npi, one.address) + _STATUS.pack(one.error_status_code) for one in failures]
    return bytes((len(failures),)) + b"".join(pieces)


def _octet(frame: bytes, position: int, status: int) -> tuple[int, int]:
    if position >= len(frame):
        raise BodyError(status, "the body ends inside a list of destinations")
    return frame[position], position + 1


def _read_address(frame: bytes, position: int) -> tuple[SmeAddress, int]:
    ton, position = _octet(frame, position, c.ESME_RINVDSTADR)
    npi, position = _octet(frame, position, c.ESME_RINVDSTADR)
    address, position = _read_text(frame, position, c.ESME_RINVDSTADR)
    return SmeAddress(ton, npi, address), position


def _read_text(frame: bytes, position: int, status: int) -> tuple[str, int]:
    end = frame.find(b"\0", position, position + _ADDRESS_OCTETS)
    if end < 0:
        raise BodyError(status, f"a destination is not closed by a NUL within {_ADDRESS_OCTETS} octets")
    try:
        return frame[position:end].decode("ascii"), end + 1
    except UnicodeDecodeError:
        raise BodyError(status, "a destination has characters that are not ASCII") from None


def _write_address(ton: int, npi: int, address: str) -> bytes:
    if not (0 <= ton <= 0xFF and 0 <= npi <= 0xFF):
        raise BodyError(c.ESME_RINVDSTADR, f"TON {ton} and NPI {npi} must each fit an octet")
    return bytes((ton, npi)) + _write_text(address, c.ESME_RINVDSTADR)


def _write_text(text: str, status: int) -> bytes:
    if len(text) >= _ADDRESS_OCTETS or "\0" in text or not text.isascii():
        raise BodyError(status, f"a destination has {_ADDRESS_OCTETS - 1} ASCII characters at most, and no NUL")
    return text.encode("ascii") + b"\0"
