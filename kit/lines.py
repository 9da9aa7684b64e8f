"""Large files of lines, block by block, in bounded memory."""

from collections.abc import Callable, Iterator


class LineTooLongError(ValueError):
    """There is no line end in a whole block."""


def line_blocks(read: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    """Blocks of about `size` bytes, each of whole lines; only the last may lack its line end.

    `LineTooLongError` where a line is longer than that.
    """
    rest = b""
    while data := read(size):
        whole, end, tail = data.rpartition(b"\n")
        if end:
            yield rest + whole + end
            rest = tail
        else:
            rest += data
        if len(rest) > size:
            raise LineTooLongError
    if rest:
        yield rest
