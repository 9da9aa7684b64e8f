"""A file of ported numbers on its way from a form to tariffs: in blocks of whole lines, never as a whole in memory."""

from typing import IO

from flask_babel import gettext

from contracts.tariffs import TariffsClient
from contracts.tariffs_ported import PortedReport
from kit.lines import LineTooLongError, line_blocks

MOST_MEGABYTES = 20
#: As UTF-8 a block of it is at most three times as large, which is less than what crosses the bus at once.
BLOCK_BYTES = 256 * 1024


class UploadError(ValueError):
    """A sentence for whoever chose the file."""


def import_file(
    tariffs: TariffsClient, stream: IO[bytes], *, name: str, replaces: bool, author: str, dry_run: bool
) -> PortedReport:
    """Import the file, or tell what that would do. `Malformed` names broken lines; then nothing has changed."""
    import_id = tariffs.begin_ported_import(source=name, replaces=replaces, author=author)
    try:
        _hand_over(tariffs, import_id, stream)
        return tariffs.end_ported_import(import_id, dry_run=dry_run)
    except Exception:
        tariffs.drop_ported_import(import_id)
        raise


def _hand_over(tariffs: TariffsClient, import_id: str, stream: IO[bytes]) -> None:
    lines = size = 0
    try:
        for block in line_blocks(stream.read, BLOCK_BYTES):
            size += len(block)
            if size > MOST_MEGABYTES * 1024 * 1024:
                raise UploadError(gettext("The file is larger than %(most)s MB", most=MOST_MEGABYTES))
            lines = tariffs.add_ported_lines(import_id, after_lines=lines, block=_text(block))
    except LineTooLongError:
        raise UploadError(gettext("This is no text file of lines")) from None
    if not size:
        raise UploadError(gettext("Choose a file"))


def _text(block: bytes) -> str:
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return block.decode("cp1251", "replace")
