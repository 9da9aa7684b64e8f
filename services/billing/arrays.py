"""Columns of a batch as PostgreSQL writes arrays: one text each for the driver.

It adapts the values of a list one by one, which cost more than the statements themselves.
"""

from collections.abc import Iterable, Sequence
from typing import Any


def array(values: Iterable[Any]) -> str:
    """Of ids, dates and plain words."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def array_of_ids(values: Iterable[str]) -> str:
    """Of ids, none of them NULL."""
    return "{" + ",".join(values) + "}"


def array_of_numbers(values: Sequence[int | None]) -> str:
    """Of a list of numbers or truth values, which Python writes as PostgreSQL reads them, all at once."""
    return "{" + str(values)[1:-1].replace("None", "NULL") + "}"


def array_of_words(values: Iterable[str]) -> str:
    """Of texts without quotation marks and backslashes, which may be empty."""
    return '{"' + '","'.join(values) + '"}'


def array_of_arrays(arrays: Iterable[str | None]) -> str:
    """Of texts that are arrays: unnest would flatten true arrays of arrays."""
    return "{" + ",".join(["NULL" if one is None else f'"{one}"' for one in arrays]) + "}"


def array_of_nulls(count: int) -> str:
    return "{" + ",".join(["NULL"] * count) + "}"
