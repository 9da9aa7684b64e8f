"""The house rules hold in every source file; and each lint finds what it is for."""

import ast
from collections.abc import Callable

import pytest

from tests.architecture import lints
from tests.architecture.sources import ROOT, sources

EVERYWHERE = [
    lints.requeue_on_error,
    lints.untyped_timeout,
    lints.swallowed,
    lints.naive_time,
    lints.implicit_driver,
    lints.unnamed_unit,
    lints.short_backlog,
    lints.long_function,
]


def offences(lint: Callable[[ast.AST], lints.Offences], files: dict[str, ast.Module]) -> list[str]:
    return [f"{path}:{line}: {what}" for path, tree in files.items() for line, what in lint(tree)]


@pytest.mark.parametrize("lint", EVERYWHERE, ids=lambda lint: lint.__name__)
def test_a_rule_holds_everywhere(lint: Callable[[ast.AST], lints.Offences]) -> None:
    assert offences(lint, sources()) == []


def test_money_is_never_a_float() -> None:
    money = {path: tree for path, tree in sources().items() if path.startswith(("services/billing", "kit/money"))}
    assert len(money) > 5
    assert offences(lints.floats, money) == []


def test_only_kit_touches_what_it_replaces() -> None:
    others = {path: tree for path, tree in sources().items() if not path.startswith("kit/")}
    assert offences(lints.foreign_machinery, others) == []


def test_no_source_file_is_over_400_lines() -> None:
    long = {path: count for path in sources() if (count := len((ROOT / path).read_text().splitlines())) > 400}
    assert long == {}


def test_no_template_is_over_150_lines() -> None:
    templates = list((ROOT / "gateway_http" / "templates").rglob("*.html"))
    assert templates
    counted = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in templates}
    assert {path: count for path, count in counted.items() if count > 150} == {}


SAMPLES = [
    (lints.requeue_on_error, "on_event(Thing, requeue_on_error=True)", "on_event(Thing)"),
    (lints.untyped_timeout, "eventlet.Timeout(5)", "eventlet.Timeout(5, TooLate())\neventlet.Timeout(5, False)"),
    (lints.swallowed, "try:\n    x()\nexcept:\n    raise", "try:\n    x()\nexcept OSError:\n    pass"),
    (
        lints.swallowed,
        "try:\n    x()\nexcept Exception:\n    pass",
        "try:\n    x()\nexcept Exception:\n    log.exception()",
    ),
    (lints.swallowed, "suppress(Exception)", "suppress(OSError)"),
    (lints.floats, "price = 0.5", "every_seconds = 0.5\nloop(every_seconds=0.5)"),
    (lints.floats, "float(price)", "int(price)"),
    (lints.naive_time, "datetime.now()", "datetime.now(UTC)\nclock.now()"),
    (lints.naive_time, "datetime.datetime.utcnow()", "datetime.datetime.now(tz=UTC)"),
    (
        lints.implicit_driver,
        'url = "postgresql://db"',
        'def f():\n    """postgresql://"""\nu = "postgresql+psycopg2://db"',
    ),
    (lints.implicit_driver, "import psycopg", "import psycopg2"),
    (lints.unnamed_unit, "STOP_TIMEOUT = 5", "STOP_TIMEOUT_SECONDS = 5\nTIMEOUT_CODE = 'x'"),
    (lints.unnamed_unit, "def f(delay: float): ...", "def f(delay_seconds: float, timeout: str): ..."),
    (lints.short_backlog, "eventlet.listen(('', 1))", "eventlet.listen(('', 1), backlog=1024)"),
    (lints.long_function, "def f():\n" + "    x()\n" * 50, "def f():\n" + "    x()\n" * 49),
    (lints.foreign_machinery, "from nameko.rpc import rpc", "from nameko.extensions import DependencyProvider"),
    (lints.foreign_machinery, "import pickle", "import json"),
]


@pytest.mark.parametrize(("lint", "bad", "good"), SAMPLES)
def test_a_lint_finds_the_bad_and_leaves_the_good(
    lint: Callable[[ast.AST], lints.Offences], bad: str, good: str
) -> None:
    assert len(list(lint(ast.parse(bad)))) == 1
    assert list(lint(ast.parse(good))) == []
