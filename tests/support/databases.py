"""Fresh databases for tests: migrated once per session and service, then copied."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg2
import psycopg2.extensions
from psycopg2 import sql
from sqlalchemy.engine import URL, make_url

Migrate = Callable[[str, str], None]


class DatabaseFactory:
    """Makes databases on the server of an administrator's URL and drops all of them, and their roles, at the end.

    Names carry a random token, so that several runs can share one server.
    """

    def __init__(self, admin_url: str, migrate: Migrate) -> None:
        self._admin = make_url(admin_url)
        self._migrate = migrate
        self._token = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self._templates: dict[str, URL] = {}
        self._made: list[str] = []
        self._connection: psycopg2.extensions.connection | None = None

    def create(self, service: str) -> str:
        """The URL of a new database with the service's newest schema, as a role that owns it and is not superuser."""
        template = self._templates.get(service) or self._make_template(service)
        name = f"{template.database}_{next(self._numbers)}"
        with self._cursor() as cursor:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} {}").format(
                    sql.Identifier(name),
                    sql.Identifier(str(template.username)),
                    sql.Identifier(str(template.database)),
                    self._strategy(cursor),
                )
            )
        self._made.append(name)
        return template.set(database=name).render_as_string(hide_password=False)

    def create_empty(self) -> str:
        """The URL of a new database without any table, as a role that owns it."""
        url = self._make_role_and_database(f"golub_t{self._token}_empty_{next(self._numbers)}")
        return url.render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop one database that this factory made; whoever is connected to it is disconnected."""
        name = str(make_url(url).database)
        with self._cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self._made.remove(name)

    def close(self) -> None:
        """Drop everything made."""
        with self._cursor() as cursor:
            for name in reversed(self._made):
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            cursor.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", (f"golub_t{self._token}\\_%",))
            for (role,) in cursor.fetchall():
                cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
        self._made.clear()
        if self._connection is not None:
            self._connection.close()

    def _make_template(self, service: str) -> URL:
        url = self._make_role_and_database(f"golub_t{self._token}_{service}")
        self._migrate(service, url.render_as_string(hide_password=False))
        with self._cursor() as cursor:
            # A connection that the migration left open would forbid the copying.
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (url.database,))
        self._templates[service] = url
        return url

    def _make_role_and_database(self, name: str) -> URL:
        password = secrets.token_urlsafe(16)
        identifier = sql.Identifier(name)
        with self._cursor() as cursor:
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(identifier, sql.Literal(password)))
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(identifier, identifier))
        self._made.append(name)
        return self._admin.set(
            drivername="postgresql+psycopg2", username=name, password=password, database=name, query={}
        )

    @staticmethod
    def _strategy(cursor: psycopg2.extensions.cursor) -> sql.SQL:
        """Copying files takes half the time, but asks for two checkpoints: only cheap where nothing is synced."""
        cursor.execute("SHOW fsync")
        row = cursor.fetchone()
        return sql.SQL("STRATEGY FILE_COPY" if row and row[0] == "off" else "")

    @contextmanager
    def _cursor(self) -> Iterator[psycopg2.extensions.cursor]:
        """A cursor of one kept connection, as signing in takes longer than copying a small database."""
        if self._connection is None or self._connection.closed:
            url = self._admin.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg2.connect(url)
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            yield cursor
