"""A bank statement as it comes from a form: its bytes, its letters, and what is said of its lines."""

from flask import request
from flask_babel import gettext

from contracts.errors import GolubError
from gateway_http.forms import Form
from gateway_http.sentences import told_errors

MOST_BYTES = 900 * 1024
#: How a statement of this format begins, in every encoding it is written in.
SIGN = "1CClientBankExchange"
#: Programs of banks write this beside the other two: the letters of DOS.
DOS_SIGN, DOS_SIGN_WITHIN_BYTES = "Кодировка=DOS".encode("cp866"), 500
#: More are not read by anybody: the file has to be made anew.
MOST_PROBLEMS = 20


def statement_text(form: Form) -> str:
    """The text of the file `statement`, in UTF-8, cp1251 or cp866; empty with a sentence at the field."""
    given = request.files.get("statement")
    data = given.read(MOST_BYTES + 1) if given is not None else b""
    text = _decoded(data)
    if not data:
        form.errors["statement"] = gettext("Choose a file")
    elif len(data) > MOST_BYTES:
        form.errors["statement"] = gettext("The file is larger than %(most)s kB", most=MOST_BYTES // 1024)
    elif text is None or "\0" in text or not text.lstrip().startswith(SIGN):
        form.errors["statement"] = gettext("This is no statement: its first line has to be %(sign)s", sign=SIGN)
    return "" if form.errors or text is None else text


def _decoded(data: bytes) -> str | None:
    if DOS_SIGN in data[:DOS_SIGN_WITHIN_BYTES]:
        return data.decode("cp866")
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def line_problems(error: GolubError) -> list[dict[str, str]]:
    """{line, detail} of what is wrong with the statement, in the reader's language."""
    found = []
    for one in told_errors(error.data.get("errors"))[:MOST_PROBLEMS]:
        line = str(one.get("pointer", "")).rpartition("/")[2]
        found.append({"line": line if line.isdecimal() else "", "detail": one["detail"]})
    return found
