"""Structured logs on standard error: one JSON object a line, or short text on a terminal. Never message texts or secrets."""

import logging
import sys
from typing import Any, TextIO

import structlog


def configure(level: str = "INFO") -> None:
    """Route the standard library's logging and structlog into one stream."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = (
        structlog.dev.ConsoleRenderer(colors=True) if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("alembic", "amqp", "kombu", "asyncio", "sqlalchemy.engine"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    # Expected errors of entrypoints are answers to the caller, which nameko logs as warnings with a traceback.
    for noisy in ("kombu.connection", "nameko.containers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    # What comes through structlog is a line already and needs no record of the standard library, which costs more than it.
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, renderer],
        logger_factory=lambda *names: Lines(logging.getLogger(*names), handler.stream),
        wrapper_class=Bound,
        cache_logger_on_first_use=True,
    )


class Bound(structlog.stdlib.BoundLogger):
    """Asks whether a line is wanted before anything else is done for it: there is one for each request."""

    def log(self, level: int, event: str | None = None, *args: Any, **kw: Any) -> Any:
        wanted = level >= self._logger.getEffectiveLevel()
        return super().log(level, event, *args, **kw) if wanted else None


class Lines:
    """Writes what is rendered; its name and its level are those of a logger of the standard library."""

    disabled = False

    def __init__(self, logger: logging.Logger, stream: TextIO) -> None:
        self.name, self.getEffectiveLevel = logger.name, logger.getEffectiveLevel
        self._stream = stream

    def write(self, line: str) -> None:
        """In one piece, so that lines of several greenlets do not mix."""
        self._stream.write(f"{line}\n")
        self._stream.flush()

    debug = info = warning = error = critical = write
