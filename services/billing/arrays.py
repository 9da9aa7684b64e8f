"""Columns of a batch as PostgreSQL writes arrays: one text each for the driver.

It adapts the values of a list one by one, which cost more than the statements themselves.
"""

from collections.abc import Iterable
from typing import Any


def array(values: Iterable[Any]) -> str:
    """Of ids, numbers, truth values and plain words."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def array_of_words(values: Iterable[str]) -> str:
    """Of texts without quotation marks and backslashes, which may be empty."""
    return "{" + ",".join(f'"{value}"' for value in values) + "}"


def array_of_arrays(arrays: Iterable[Iterable[Any] | None]) -> str:
    """Of texts that are arrays: unnest would flatten true arrays of arrays."""
    return "{" + ",".join("NULL" if values is None else f'"{array(values)}"' for values in arrays) + "}"
