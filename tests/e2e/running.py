"""The whole platform in a process of its own, as `make run` starts it, for tests that come from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway_http.static_files import MANIFEST
from golub.local.ports import free_port
from tests.support.folders import open_folder

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 40


@contextmanager
def running_platform() -> Iterator[dict[str, Any]]:
    """Start it on free ports with data of its own; yields what `var/demo.json` says."""
    if not MANIFEST.is_file():
        subprocess.run([sys.executable, "-m", "golub.assets"], cwd=ROOT, check=True)
    with open_folder("platform") as folder:
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name not in ("AMQP_URI", "DATABASE_URL", "SMSC_URL")
            },
            "GOLUB_VAR": str(folder / "var"),
            "GOLUB_HTTP_PORT": str(free_port()),
            "GOLUB_SMPP_PORT": str(free_port()),
            "GOLUB_SIM_PORT": str(free_port()),
        }
        with (folder / "log").open("wb") as log:
            command = [sys.executable, "-m", "golub", "up"]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield _demo(process, folder)
        finally:
            _stop(process)


def _demo(process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    """What the platform tells once it is up; its log where it does not come up."""
    path, give_up_at = folder / "var" / "demo.json", time.monotonic() + START_SECONDS
    while not (path.exists() and b"Golub is running" in (folder / "log").read_bytes()):
        if process.poll() is not None or time.monotonic() > give_up_at:
            raise AssertionError(f"the platform did not start:\n{(folder / 'log').read_text(errors='replace')[-4000:]}")
        time.sleep(0.1)
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
