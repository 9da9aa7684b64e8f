"""Lists of addresses and networks as people type them, one on a line, and what accounts says of single lines."""

from flask_babel import gettext

from contracts.errors import GolubError
from gateway_http.sentences import told_errors

LONGEST_SHOWN = 60


def numbered_lines(text: str) -> list[tuple[int, str]]:
    """(number, line) of each that is not empty."""
    return [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def bad_lines(error: GolubError, numbered: list[tuple[int, str]]) -> list[str]:
    """A sentence for each line that accounts could not read, with the line as it was typed."""
    sentences = []
    for one in told_errors(error.data.get("errors")):
        head, _, index = str(one.get("pointer", "")).rpartition("/")
        if head == "/allow_list" and index.isdecimal() and int(index) < len(numbered):
            number, line = numbered[int(index)]
            sentences.append(
                gettext(
                    "Line %(number)s, “%(line)s”: %(sentence)s",
                    number=number,
                    line=line[:LONGEST_SHOWN],
                    sentence=one["detail"],
                )
            )
    return sentences
