"""The shape of the house: imports point one way, every service has the same rooms, pins hold."""

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from golub.registry import PROCESSES, SERVICES, service_class
from tests.architecture.sources import ROOT, imports, nodes, sources

ROOMS = ("README.md", "__init__.py", "service.py", "repository.py", "migrations/0001_initial.py")


def test_imports_point_one_way_and_services_do_not_know_each_other() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    checked = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("room", ROOMS)
def test_every_service_has_the_same_rooms(service: str, room: str) -> None:
    assert (ROOT / "services" / service / room).is_file()


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_are_numbered_without_a_gap(service: str) -> None:
    numbers = sorted(path.name[:4] for path in (ROOT / "services" / service / "migrations").glob("[0-9]*.py"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_named_as_its_folder(name: str) -> None:
    assert service_class(name).name == name  # type: ignore[attr-defined]


@pytest.mark.parametrize("service", SERVICES)
def test_rules_know_neither_bus_nor_database(service: str) -> None:
    """Only these rooms may import nameko or SQLAlchemy's engine; a rule is a function of its arguments."""
    for path, tree in sources(f"services/{service}").items():
        if Path(path).name == "service.py" or "/migrations/" in path:
            continue
        found = [name for _, name in imports(tree) if name.startswith(("nameko.rpc", "nameko.events", "kombu", "amqp"))]
        assert found == [], path


@pytest.mark.parametrize(
    ("package", "least"), [("amqp", (5, 4)), ("eventlet", (0, 40, 3)), ("kombu", (5, 6)), ("werkzeug", (3, 1))]
)
def test_what_mends_a_known_defect_is_installed(package: str, least: tuple[int, ...]) -> None:
    """amqp below 5.4 corrupts frames when greenlets share a connection; eventlet below 0.40.3 lets requests smuggle."""
    assert tuple(int(part) for part in version(package).split(".")[:3]) >= least


def test_nameko_is_the_one_that_does_not_repeat_work_at_every_stop() -> None:
    assert version("nameko") == "2.14.1"


def test_monkey_patching_is_the_first_thing_a_process_does() -> None:
    patched = next(
        n
        for n, line in enumerate((ROOT / "golub" / "__main__.py").read_text().splitlines())
        if "monkey_patch()" in line
    )
    before = [name for line, name in imports(sources("golub")["golub/__main__.py"]) if line <= patched]
    assert set(before) <= {"warnings", "eventlet"}


def _test_functions() -> set[str]:
    return {
        node.name
        for tree in sources("tests").values()
        for node in nodes(tree, ast.FunctionDef)
        if isinstance(node, ast.FunctionDef)
    }


def test_every_proof_that_the_smpp_checklist_names_exists() -> None:
    named = re.findall(r"(test_\w+)::(test_\w+)", (ROOT / "docs" / "smpp-checklist.md").read_text())
    functions, files = _test_functions(), {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(named) > 30
    assert [pair for pair in named if pair[0] not in files or pair[1] not in functions] == []


def test_every_proof_that_the_reliability_checklist_names_exists() -> None:
    text = (ROOT / "docs" / "reliability-checklist.md").read_text()
    functions = _test_functions()
    named = re.findall(r"::(test_\w+)", text)
    assert len(named) > 40
    assert [name for name in named if name not in functions] == []
    shortened = [name.replace("test_", "", 1) for name in re.findall(r"`…(\w+)…?`", text)]
    assert [part for part in shortened if not any(part in name for name in functions)] == []
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == [str(n) for n in range(1, 27)]
