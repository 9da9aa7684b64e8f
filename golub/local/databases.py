"""One database and one login role per service."""

import psycopg2.extensions
from psycopg2 import sql

from golub.local.secrets import SecretsFile

# A database is ready when its role exists, owns it, and nobody else may connect to it.
_READY = """
    SELECT datname FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba AND rolname = datname AND rolcanlogin
    WHERE datname = ANY(%s) AND NOT has_database_privilege('public', pg_database.oid, 'CONNECT')
"""


def create_databases(connection: psycopg2.extensions.connection, names: list[str], secrets: SecretsFile) -> None:
    """Make every database of `names` that is not ready, with an owner of the same name and a random password.

    Idempotent, also after a crash half way; one query when all is there. The connection must autocommit.
    """
    unknown = [name for name in names if name not in secrets]
    secrets.get_all(names)
    with connection.cursor() as cursor:
        cursor.execute(_READY, (names,))
        ready = {row[0] for row in cursor.fetchall()}
        for name in names:
            if name not in ready or name in unknown:
                _create(cursor, name, secrets.get(name))


def _create(cursor: psycopg2.extensions.cursor, name: str, password: str) -> None:
    identifier = sql.Identifier(name)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
    verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
    cursor.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, identifier, sql.Literal(password)))
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(identifier, identifier))
    cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(identifier))
