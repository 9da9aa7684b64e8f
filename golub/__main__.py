"""`python -m golub COMMAND`. Monkey-patching is the first thing that happens in any process of ours."""

import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()

import psycopg2  # noqa: F401  # It must be importable when eventlet makes it green.

from golub.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
