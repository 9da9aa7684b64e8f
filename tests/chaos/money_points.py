"""Which commits there are, as the code says: their failpoints, and the transactions that are opened without one."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

ROOT = Path(__file__).parents[2]
BILLING = ROOT / "services" / "billing"
#: The methods that commit, and which of their arguments is the name of the commit.
_COMMITTING = {"_transact": 1, "_once": 1}
_BASE = "transactions.py"


def billing_points() -> set[str]:
    """`billing.<name>.<side>` for every name that a commit is given in billing, and the points that have whole names."""
    base = list(_failpoints(BILLING / _BASE))
    whole = {str(one.value) for one in base if isinstance(one, ast.Constant)}
    sides = {ast.unparse(one)[len("f'billing.{name}.") : -1] for one in base if isinstance(one, ast.JoinedStr)}
    names = {name for path in BILLING.glob("*.py") if path.name != _BASE for name in _names(path)}
    return whole | {f"billing.{name}.{side}" for name in names for side in sides}


def kit_points() -> set[str]:
    """The failpoints of the outbox and its relay, and of whatever else the kit commits."""
    found = [one for path in (ROOT / "kit").glob("*.py") for one in _failpoints(path)]
    return {str(one.value) for one in found if isinstance(one, ast.Constant)}


def transactions_without_point() -> set[str]:
    """Functions of billing that open a transaction of their own, beside `_transact` and what belongs to it."""
    return {
        function.name
        for path in BILLING.glob("*.py")
        if path.name != _BASE
        for function in _all(path, ast.FunctionDef)
        if any(isinstance(one, ast.Attribute) and one.attr == "begin" for one in ast.walk(function))
    }


def _all(path: Path, kind: type[Node]) -> Iterator[Node]:
    return (one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, kind))


def _failpoints(path: Path) -> Iterator[ast.expr]:
    return (one.args[0] for one in _all(path, ast.Call) if ast.unparse(one.func) == "failpoint")


def _names(path: Path) -> Iterator[str]:
    for call in _all(path, ast.Call):
        method = ast.unparse(call.func).removeprefix("self.")
        if method in _COMMITTING:
            name = call.args[_COMMITTING[method]]
            assert isinstance(name, ast.Constant), f"{path.name}:{call.lineno}: a commit is named by a literal"
            yield str(name.value)
