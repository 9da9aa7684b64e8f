"""House rules as lints: each takes a syntax tree and yields (line, what is wrong)."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import docstrings, dotted, imports, nodes

Offences = Iterator[tuple[int, str]]

TIME_WORDS = {
    "timeout",
    "delay",
    "interval",
    "backoff",
    "expiry",
    "ttl",
    "lifetime",
    "patience",
    "grace",
    "period",
    "linger",
}
UNITS = {"seconds", "milliseconds", "minutes", "hours", "days"}
#: Signatures that a library prescribes.
PRESCRIBED = {"drain_events", "_get"}


def requeue_on_error(tree: ast.AST) -> Offences:
    """nameko's requeue_on_error spins a thousand times a second on a poison message."""
    for node in nodes(tree, ast.keyword):
        if node.arg == "requeue_on_error":  # type: ignore[attr-defined]
            yield node.value.lineno, "requeue_on_error loops without delay or end"  # type: ignore[attr-defined]


def untyped_timeout(tree: ast.AST) -> Offences:
    """eventlet.Timeout is no Exception: escaping an entrypoint, it leaves the message unacknowledged."""
    for node in nodes(tree, ast.Call):
        assert isinstance(node, ast.Call)
        given = len(node.args) + sum(one.arg == "exception" for one in node.keywords)
        if dotted(node.func) in {"eventlet.Timeout", "Timeout", "eventlet.timeout.Timeout"} and given < 2:
            yield node.lineno, "eventlet.Timeout without an exception of ours (or False)"


def swallowed(tree: ast.AST) -> Offences:
    """A bare except stops a kill; an empty `except Exception` hides a defect."""
    for node in nodes(tree, ast.ExceptHandler):
        assert isinstance(node, ast.ExceptHandler)
        caught = dotted(node.type) if node.type is not None else ""
        if node.type is None:
            yield node.lineno, "a bare except"
        elif caught in {"Exception", "BaseException"} and all(_is_empty(one) for one in node.body):
            yield node.lineno, f"except {caught} that does nothing"
    for node in nodes(tree, ast.Call):
        assert isinstance(node, ast.Call)
        broad = {dotted(one) for one in node.args} & {"Exception", "BaseException"}
        if dotted(node.func).endswith("suppress") and broad:
            yield node.lineno, "suppress(Exception)"


def _is_empty(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass | ast.Continue) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def floats(tree: ast.AST) -> Offences:
    """Money is an integer; a float is a time in seconds or it is wrong."""
    seconds = {id(value) for name, value in _named(tree) if name.lower().endswith("seconds")}
    for node in nodes(tree, ast.Constant, ast.Name):
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and id(node) not in seconds:
            yield node.lineno, f"the float {node.value}"
        if isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno, "the type float"


def _named(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in nodes(tree, ast.Assign, ast.AnnAssign, ast.keyword):
        if isinstance(node, ast.Assign):
            yield from ((dotted(target), node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield dotted(node.target), node.value
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value


def naive_time(tree: ast.AST) -> Offences:
    for node in nodes(tree, ast.Call):
        assert isinstance(node, ast.Call)
        name, given = dotted(node.func), len(node.args) + len(node.keywords)
        if re.search(r"\bdatetime\.(utcnow|utcfromtimestamp)$", name):
            yield node.lineno, f"{name} has no zone"
        elif (name.endswith("datetime.now") and given == 0) or (name.endswith("datetime.fromtimestamp") and given < 2):
            yield node.lineno, f"{name} without a zone"


def implicit_driver(tree: ast.AST) -> Offences:
    """SQLAlchemy 2.1 takes psycopg 3 for `postgresql://`, which blocks the hub."""
    about = docstrings(tree)
    for node in nodes(tree, ast.Constant):
        assert isinstance(node, ast.Constant)
        if isinstance(node.value, str) and re.search(r"postgres(ql)?://", node.value) and id(node) not in about:
            yield node.lineno, "a PostgreSQL URL without +psycopg2"
    for line, name in imports(tree):
        if re.match(r"psycopg(\.|$)", name):
            yield line, "psycopg 3 is not green"


def unnamed_unit(tree: ast.AST) -> Offences:
    """`TIMEOUT = 5`: five what?"""
    for node in nodes(tree, ast.Assign, ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
        if isinstance(node.value, ast.Constant) and type(node.value.value) in (int, float):  # type: ignore[attr-defined]
            for name in map(dotted, targets):
                if _lacks_unit(name):
                    yield node.lineno, f"{name} does not name its unit"  # type: ignore[attr-defined]
    for node in nodes(tree, ast.FunctionDef):
        assert isinstance(node, ast.FunctionDef)
        for argument in [*node.args.args, *node.args.kwonlyargs]:
            if node.name not in PRESCRIBED and _lacks_unit(argument.arg) and _is_number(argument.annotation):
                yield argument.lineno, f"{argument.arg} of {node.name} does not name its unit"


def _lacks_unit(name: str) -> bool:
    words = name.lower().strip("_").split("_")
    return bool(TIME_WORDS & set(words)) and not UNITS & set(words)


def _is_number(annotation: ast.expr | None) -> bool:
    return annotation is not None and bool({"int", "float"} & {dotted(one) for one in ast.walk(annotation)})


def short_backlog(tree: ast.AST) -> Offences:
    """eventlet.listen keeps 50 connections waiting; the 51st hangs."""
    for node in nodes(tree, ast.Call):
        assert isinstance(node, ast.Call)
        given = len(node.args) > 2 or any(one.arg == "backlog" for one in node.keywords)
        if dotted(node.func) == "eventlet.listen" and not given:
            yield node.lineno, "eventlet.listen without a backlog"


def long_function(tree: ast.AST) -> Offences:
    for node in nodes(tree, ast.FunctionDef):
        assert isinstance(node, ast.FunctionDef)
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > 50:
            yield node.lineno, f"{node.name} has {length} lines, 50 are allowed"


def foreign_machinery(tree: ast.AST) -> Offences:
    """What kit replaces because nameko's own loses messages or waits for ever, and serialisers that run code."""
    replaced = re.compile(
        r"nameko\.(rpc|events|timer|messaging|standalone|dependency_providers|web|cli)\b|nameko_amqp_retry|pickle|marshal$"
        r"|shelve|yaml|pkg_resources"
    )
    for line, name in imports(tree):
        if replaced.match(name):
            yield line, f"{name}: use kit"
