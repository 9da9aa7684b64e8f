"""The audit across services, each night, in the one process that has all databases. A cluster runs `golub audit` instead."""

import logging
from datetime import UTC, datetime, timedelta

import eventlet
from sqlalchemy.exc import SQLAlchemyError

from golub.audit.checks import examine
from kit.audit import MOST_LOGGED, tell, tonight

log = logging.getLogger(__name__)

LOOK_SECONDS = 600.0
#: The name under which the metrics of a service's own audit tell this one.
PLATFORM = "platform"


def keep(urls: dict[str, str], hold_limit: timedelta) -> None:
    """For a greenlet: run for ever. The first run is that of the night to come."""
    done = tonight(datetime.now(UTC))
    while True:
        eventlet.sleep(LOOK_SECONDS)
        due = tonight(datetime.now(UTC))
        if due > done and once(urls, hold_limit):
            done = due


def once(urls: dict[str, str], hold_limit: timedelta) -> bool:
    """Audit and set the gauges; False where a database did not answer."""
    try:
        report = examine(urls, hold_limit)
    except SQLAlchemyError as error:
        log.warning("the audit waits: %s", error)
        return False
    for one in report.findings[:MOST_LOGGED]:
        log.error("audit: %s %s: %s", one.check, one.subject, one.detail)
    tell(PLATFORM, len(report.findings), datetime.now(UTC))
    return True
