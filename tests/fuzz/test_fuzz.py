"""A coverage-guided search for octets that break what reads them: a short one that is the same each time, and a long one."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: A few seconds of work each; how long it may take is no matter.
RUNS = {"pure": 2_000, "server": 150, "link": 150}
LONG_SECONDS = 120
_LIMIT_SECONDS = 280
_DONE = re.compile(r"^Done (\d+) runs", re.MULTILINE)


def fuzz(target: str, *options: str) -> tuple[int, str]:
    """(runs done, output); fails with the octets and the traceback of what broke."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.fuzz.run", target, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    output = result.stdout + result.stderr
    done = _DONE.search(output)
    assert result.returncode == 0 and done, output[-6_000:]
    return int(done[1]), output


@pytest.mark.parametrize("target", RUNS)
def test_no_octets_near_the_kept_ones_break_what_reads_them(target: str) -> None:
    runs, _ = fuzz(target, f"-runs={RUNS[target]}", "-seed=1")
    assert runs >= RUNS[target]


@pytest.mark.long
@pytest.mark.timeout(_LIMIT_SECONDS + 20)
@pytest.mark.parametrize("target", RUNS)
def test_no_octets_found_in_minutes_break_what_reads_them(target: str) -> None:
    seed = int(os.environ.get("GOLUB_TEST_SEED") or secrets.randbits(31)) or 1
    print(f"-seed={seed}")
    # What grows with each run would show as memory; what the corpus takes is small beside this.
    runs, _ = fuzz(target, f"-max_total_time={LONG_SECONDS}", f"-seed={seed % 2**31}", "-rss_limit_mb=300")
    assert runs


def test_a_target_that_breaks_is_noticed(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _BROKEN],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    assert result.returncode != 0
    assert "three octets" in result.stderr + result.stdout


_BROKEN = """
import sys
import atheris

@atheris.instrument_func
def target(data):
    if data[:1] == b"a":
        if data[1:2] == b"b":
            if data[2:3] == b"c":
                raise RuntimeError("three octets")

atheris.Setup([sys.argv[0], "-runs=2000000", "-seed=1"], target)
atheris.Fuzz()
"""
