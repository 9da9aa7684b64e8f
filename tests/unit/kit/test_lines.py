"""Files are cut at line ends, whatever the sizes."""

import io

import pytest

from kit.lines import LineTooLongError, line_blocks


@pytest.mark.parametrize("size", range(9, 40))
def test_blocks_are_whole_lines_and_together_the_file(size: int) -> None:
    data = b"one\ntwo\n\nthree\nfour-four\nfive"
    blocks = list(line_blocks(io.BytesIO(data).read, size))
    assert b"".join(blocks) == data
    assert all(one.endswith(b"\n") for one in blocks[:-1])


def test_what_has_no_line_ends_is_not_gathered() -> None:
    with pytest.raises(LineTooLongError):
        list(line_blocks(io.BytesIO(b"x" * 1000).read, 100))


def test_an_empty_file_has_no_block() -> None:
    assert list(line_blocks(io.BytesIO().read, 100)) == []
