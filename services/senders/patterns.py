"""Searching in linear time: by RE2, whose engine never backtracks, whatever somebody writes (decision 48).

Its patterns have no back-references and no looking around; what compiles is bounded in memory.
"""

from functools import lru_cache
from typing import Any

import re2

#: Bytes that a compiled pattern may take.
MOST_MEMORY = 4 << 20
MOST_COMPILED = 4_000


class BadPattern(Exception):
    """`too_large` or `invalid`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@lru_cache(maxsize=MOST_COMPILED)
def compiled(pattern: str) -> Any:
    """To be searched for without regard to case; `BadPattern`."""
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = MOST_MEMORY, False, False
    options.dot_nl = True
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        told = str(error.args[0] if error.args else "")
        raise BadPattern("too_large" if "too large" in told else "invalid") from None


def escaped(text: str) -> str:
    return str(re2.escape(text))
