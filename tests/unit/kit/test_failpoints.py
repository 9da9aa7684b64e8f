"""A failpoint ends the process as kill -9 does, at the pass it was told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from kit.failpoints import failpoint
try:
    for number in range(3):
        print(number, flush=True)
        failpoint("here")
        failpoint("elsewhere")
finally:
    print("cleaned up", flush=True)
"""


@pytest.mark.parametrize(
    ("chosen", "status", "printed"),
    [
        ("", 0, "0\n1\n2\ncleaned up\n"),
        ("here", 137, "0\n"),
        ("here@3", 137, "0\n1\n2\n"),
        ("typo", 0, "0\n1\n2\ncleaned up\n"),
    ],
)
def test_it_kills_at_the_chosen_pass_without_cleaning_up(chosen: str, status: int, printed: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "GOLUB_FAILPOINT": chosen},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (status, printed)
