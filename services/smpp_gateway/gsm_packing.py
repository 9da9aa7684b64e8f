"""Septets packed into octets (3GPP TS 23.038, 6.1.2.1): the first septet stands in the low bits of the first octet."""

_CARRIAGE_RETURN = 0x0D


def fill_bits(header_octets: int) -> int:
    """Bits between a user data header, its length octet included, and the septet boundary at which the text begins
    (3GPP TS 23.040, 9.2.3.24)."""
    return -8 * header_octets % 7


def pack(septets: bytes, fill: int = 0) -> bytes:
    """Return the octets, `fill` zero bits in front. Raises ValueError for a value above 0x7F.

    Where seven bits stay over they hold a carriage return, which nobody sees: SMPP counts octets alone, and the zeros
    would be read as one more character, an @ (as 3GPP TS 23.038 asks in 6.1.2.3.1).
    """
    bits, count = 0, fill
    for septet in septets:
        if septet > 0x7F:
            raise ValueError(f"0x{septet:02X} is no septet")
        bits |= septet << count
        count += 7
    octets = -(-count // 8)
    if octets * 8 - count == 7:
        bits |= _CARRIAGE_RETURN << count
    return bits.to_bytes(octets, "little")


def unpack(octets: bytes, fill: int = 0) -> bytes:
    """Return as many septets as the octets hold after `fill` bits; a carriage return may stand at their end."""
    bits = int.from_bytes(octets, "little") >> fill
    return bytes(bits >> 7 * number & 0x7F for number in range((8 * len(octets) - fill) // 7))
