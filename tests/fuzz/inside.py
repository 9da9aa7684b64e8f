"""The process of one search: `python -m tests.fuzz.inside TARGET FOLDER [options of libFuzzer]`; `run.py` starts it."""

import psycopg2  # noqa: F401  # It must be importable when monkey_patch looks for it.

# isort: split
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import eventlet

eventlet.monkey_patch()

# isort: split
import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["services.smpp_gateway"]):
    from tests.fuzz import pure, sessions

MOST_OCTETS = 600


def target_of(name: str) -> Callable[[bytes], None]:
    if name == "pure":
        return pure.run
    return sessions.watched({"server": sessions.server_target, "link": sessions.link_target}[name]())


def search(target: str, folder: str, options: list[str]) -> None:
    """Run libFuzzer, which ends the process."""
    settings = [f"-max_len={MOST_OCTETS}", f"-artifact_prefix={folder}/", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *settings, *options, folder], target_of(target), enable_python_coverage=True)
    atheris.Fuzz()


if __name__ == "__main__":
    search(sys.argv[1], sys.argv[2], sys.argv[3:])
