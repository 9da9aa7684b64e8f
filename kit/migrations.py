"""Alembic without its ini file: each service keeps numbered scripts in `services/<name>/migrations/`."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, pool, text

ROOT = Path(__file__).resolve().parent.parent
#: Taken while migrating, so that two starts at once do not run the same script twice.
ADVISORY_LOCK = 0x676F6C75


def migrate(service: str, url: str) -> None:
    """Bring the service's database to the newest revision; does nothing, in one query, when it is there already."""
    script = scripts(service)
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()
        if set(script.get_heads()) != set(MigrationContext.configure(connection).get_current_heads()):
            connection.rollback()
            _upgrade(script, connection)
        connection.rollback()
    engine.dispose()


def pending(service: str, url: str) -> bool:
    """Whether the database lacks a revision that this code needs."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        return set(scripts(service).get_heads()) != set(MigrationContext.configure(connection).get_current_heads())


def scripts(service: str) -> ScriptDirectory:
    folder = ROOT / "services" / service / "migrations"
    return ScriptDirectory(str(folder), version_locations=[str(folder)])


def _upgrade(script: ScriptDirectory, connection: Connection) -> None:
    def steps(revision: object, context: MigrationContext) -> list:
        return script._upgrade_revs("head", revision)  # type: ignore[arg-type]

    with EnvironmentContext(Config(), script, fn=steps, destination_rev="head") as environment:
        environment.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()
