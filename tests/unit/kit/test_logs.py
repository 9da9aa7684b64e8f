"""A line of structlog is one JSON object on standard error, with what every line has; below the level there is none."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from kit import logs


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    written = io.StringIO()
    root, before = logging.getLogger(), structlog.get_config()
    kept = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure("INFO")
    yield written
    structlog.configure(**before)
    root.handlers[:], root.level = kept[0], kept[1]


def test_a_line_has_its_fields_its_level_its_time_and_the_context(stream: io.StringIO) -> None:
    structlog.contextvars.clear_contextvars()
    with structlog.contextvars.bound_contextvars(request_id="7"):
        structlog.stdlib.get_logger("golub.test").log(logging.INFO, "request", status=202, name="Голубь")
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "golub.test",
        "request_id": "7",
        "status": 202,
        "name": "Голубь",
    }


def test_a_line_below_the_level_is_not_written(stream: io.StringIO) -> None:
    log = structlog.stdlib.get_logger("golub.test")
    log.debug("quiet")
    log.log(logging.DEBUG, "quiet")
    assert stream.getvalue() == ""
    logging.getLogger().setLevel("DEBUG")
    log.debug("loud")
    log.log(logging.DEBUG, "loud too")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud", "loud too"]


def test_the_standard_library_writes_lines_of_the_same_form(stream: io.StringIO) -> None:
    logging.getLogger("golub.test").warning("%d left", 3)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("3 left", "warning", "golub.test")
