"""`python -m tests.service.kit.relaying`: a process that relays the outbox of the toy `billing`, for a test to kill."""

import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()

import psycopg2  # noqa: F401  # It must be importable when eventlet makes it green.

from kit.launcher import Process
from kit.settings import load
from tests.service.kit.toys import Billing

if __name__ == "__main__":
    process = Process([Billing], load())
    process.end_on_signals()
    process.start()
    process.wait()
    process.stop()
