"""PostgreSQL for a service: one engine per process and URL, transactions as `with db.begin() as connection`.

Facts relied on: psycopg2 is green after monkey-patching; READ COMMITTED; `lock_timeout` and `statement_timeout` bound
every wait in the server, because an eventlet.Timeout inside a query closes the connection.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from nameko.extensions import DependencyProvider
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contracts.errors import Unavailable
from kit.connection import PipeliningConnection
from kit.expecting import EXPECTING, rows_differ

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Written out, as SQLAlchemy 2.1 would take psycopg 3 for `postgresql://`, which blocks the hub.
URL_PREFIX = "postgresql+psycopg2://"
LOCK_TIMEOUT_SECONDS = 10
STATEMENT_TIMEOUT_SECONDS = 30
POOL_TIMEOUT_SECONDS = 5
CONNECT_TIMEOUT_SECONDS = 5

_engines: dict[tuple[str, str], Engine] = {}
_guard = threading.Lock()


def engine_for(url: str, pool_size: int = 20, purpose: str = "work") -> Engine:
    """The process's engine for a URL and purpose; whoever asks first settles the size of its pool."""
    if not url.startswith(URL_PREFIX):
        raise ValueError(f"a database URL begins with {URL_PREFIX}")
    with _guard:
        if (url, purpose) not in _engines:
            _engines[url, purpose] = _create(url, pool_size)
        return _engines[url, purpose]


def _create(url: str, pool_size: int) -> Engine:
    options = (
        f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s -c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s "
        "-c idle_in_transaction_session_timeout=60s -c timezone=UTC -c plan_cache_mode=force_generic_plan"
    )
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        # The connection that was used last has its plans made and its memory warm.
        pool_use_lifo=True,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        # Errors are logged, and what is in the statements are texts of messages and people's data.
        hide_parameters=True,
        connect_args={
            "options": options,
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "application_name": "golub",
            "connection_factory": PipeliningConnection,
        },
    )

    @event.listens_for(engine, "handle_error")
    def _mark_disconnect(context: Any) -> None:
        """A server that shuts down or restarts invalidates the whole pool at the first error."""
        if re.search(r"terminating connection|the database system is|server closed", str(context.original_exception)):
            context.is_disconnect = True

    return engine


def dispose_engines() -> None:
    """Close every pool of the process (end of a run, or of a test)."""
    with _guard:
        for engine in _engines.values():
            engine.dispose()
        _engines.clear()


def dispose_engine(url: str) -> None:
    """Close the pools of one database."""
    with _guard:
        engines = [_engines.pop(key) for key in list(_engines) if key[0] == url]
    for engine in engines:
        engine.dispose()


def after_commit(connection: Connection, action: Callable[[], None]) -> None:
    """Run `action` once the transaction of this connection has committed; nothing happens if it rolls back."""
    actions = connection.info.setdefault("after_commit", [])
    if action not in actions:
        actions.append(action)


class Transactions:
    """`begin()` opens a transaction that commits at the end of the block and rolls back on any exception."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A database that is away, or a lock that is not had in time, is `Unavailable`; everything else goes through."""
        with _told(), self.engine.begin() as connection:
            connection.info.pop("after_commit", None)
            yield connection
            actions = connection.info.pop("after_commit", ())
        for action in actions:
            action()

    def expecting(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, done in a transaction whose statements by `kit.expecting.write` nobody waits for.

        Where one of them found other rows than it expected, nothing was kept, and `work` is called once more, in a
        transaction in which each answers. So whatever it does beside the database, it must be harmless to do it twice.
        """
        try:
            with self.begin() as connection:
                info = connection.info
                info[EXPECTING] = True
                try:
                    result = work(connection)
                finally:
                    del info[EXPECTING]
            return result
        except DBAPIError as error:
            if not rows_differ(error):
                raise
        with self.begin() as connection:
            return work(connection)

    @contextmanager
    def at_once(self) -> Iterator[Connection]:
        """For statements of which each is a transaction of its own: it has committed when it has answered, in a third of the
        time that `begin` takes for it. Errors are the same."""
        with _told(), self.engine.connect() as connection:
            own: Any = connection.connection.dbapi_connection
            own.alone = True
            try:
                yield connection
            finally:
                own.alone = False


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout, DisconnectionError) as error:
        log.warning("the database does not answer: %s", str(getattr(error, "orig", None) or error).partition("\n")[0])
        raise Unavailable("The database does not answer now.") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("The database connection broke.") from error
        raise


class Database(DependencyProvider):
    """The service's transactions: `db = Database()` in a service class gives `self.db.begin()` in its entrypoints.

    Every entrypoint of the process may hold one connection, and background loops a few more.
    """

    transactions: Transactions

    def setup(self) -> None:
        settings = self.container.config["settings"]
        pool_size = settings.number("workers") + 8
        self.transactions = Transactions(engine_for(settings.of(self.container.service_name), pool_size))

    def get_dependency(self, worker_ctx: Any) -> Transactions:
        return self.transactions
