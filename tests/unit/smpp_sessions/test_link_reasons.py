"""Why a session of a link is down: every sentence that can be said has a code, and people are told it in their language."""

import ast
import re
from pathlib import Path

import pytest

from contracts.smpp_link_reasons import PROBLEMS
from gateway_http.catalogue import PACKAGE, read_catalogue
from services.smpp_gateway import link_reasons
from services.smpp_gateway.link_reasons import WRITTEN, code_of, say

ROOM = Path(link_reasons.__file__).parent
#: Where a session of a link ends, with what is said of it there.
FILES = ("transport.py", "session.py", "link.py", "link_session.py", "link_runner.py", "fleet.py")
CALLS = frozenset(("close", "finish", "drop", "unbind", "_put_down", "reconnect", "LinkState"))
#: Said when the end is in order, to nobody.
SILENT = frozenset(("", "released"))


def said() -> set[str]:
    """The sentences that are written down in calls that end a session; what stands in braces is a value."""
    found = set()
    for name in FILES:
        for node in ast.walk(ast.parse((ROOM / name).read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in CALLS:
                found |= {text for one in node.args for text in _texts(one)}
    return found - SILENT - {"down", "bound", "connecting"}


def _texts(node: ast.expr) -> set[str]:
    if isinstance(node, ast.JoinedStr):
        return {"".join(one.value if isinstance(one, ast.Constant) else "0x0E x" for one in node.values)}
    if isinstance(node, ast.BoolOp):
        return {text for one in node.values for text in _texts(one)}
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_everything_that_ends_a_session_has_a_code() -> None:
    sentences = said()
    assert len(sentences) > 15
    assert {one for one in sentences if not code_of(one)[0]} == set()


@pytest.mark.parametrize("code", WRITTEN)
def test_what_is_said_is_read_back_with_its_values(code: str) -> None:
    values = {name: "0x0E" if name == "status" else f"any {name}" for name in re.findall(r"{(\w+)}", WRITTEN[code])}
    assert code_of(say(code, **values)) == (code, values)
    assert set(re.findall(r"%\((\w+)\)s", PROBLEMS[code])) <= set(values)


def test_codes_and_sentences_are_the_same_set_and_all_are_translated() -> None:
    assert set(WRITTEN) == set(PROBLEMS)
    catalogue = read_catalogue(PACKAGE / "translations/ru/LC_MESSAGES/messages.po")
    assert all(re.search("[а-я]", str(catalogue[sentence].string)) for sentence in PROBLEMS.values())


def test_what_an_earlier_release_wrote_is_told_as_it_is() -> None:
    assert code_of("something else") == ("", {}) == code_of("")
