"""Message ids: the one in the response, and the one that the receipt carries, which many an SMSC writes otherwise."""

import itertools
import time
import uuid
from collections.abc import Callable

#: The notations of a number.
NOTATIONS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "hex": lambda number: f"{number:x}",
    "hex_upper": lambda number: f"{number:X}",
    "hex_padded": lambda number: f"{number:020X}",
    "decimal_padded": lambda number: f"{number:020d}",
}
UUID, SAME = "uuid", "same"
#: Bits of a number: those of 32 may come again in another run, those of 64 have the highest bit set.
WIDTHS = (32, 64, 69)


class MessageIds:
    """`next()` gives (id in the response, id in the receipt). Numbers start at the time, so that runs do not meet."""

    def __init__(self, submit: str = "hex", receipt: str = SAME, bits: int = 69) -> None:
        milliseconds = time.time_ns() // 1_000_000
        first = {32: milliseconds & 0x7FFFFFFF, 64: 1 << 63 | (milliseconds & (1 << 41) - 1) << 22}
        self._numbers = itertools.count(first.get(bits, milliseconds << 28))
        self._submit = NOTATIONS.get(submit)
        self._receipt = None if receipt in (SAME, submit) else NOTATIONS[receipt]

    def next(self) -> tuple[str, str]:
        if self._submit is None:
            message_id = str(uuid.uuid4())
            return message_id, message_id
        number = next(self._numbers)
        message_id = self._submit(number)
        return message_id, message_id if self._receipt is None else self._receipt(number)
