"""How PostgreSQL plans this service's queries: by their indexes.

Each of them reads some hundreds of rows of tables that hold millions. Statistics always lag behind such tables, above all
behind a young month's partition, and then whole partitions look as cheap to read as a few rows.
"""

from typing import Any

from sqlalchemy import Engine, event

_SETTINGS = "SET enable_seqscan = off; SET random_page_cost = 1.1; SET jit = off"


def plan_by_indexes(engine: Engine) -> None:
    """For connections that the engine makes from now on."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_SETTINGS)
        connection.commit()
