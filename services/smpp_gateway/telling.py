"""Statistics are told what changed once a second, in one event: news of each small batch cost more than the batch."""

from contracts.smpp_gateway import MessageTotalsChanged
from services.smpp_gateway import repository_totals
from services.smpp_gateway.context import Context


def tell_totals(context: Context) -> bool:
    """Move what was kept of changes into one event of the outbox; whether there may be more."""
    with context.db.begin() as connection:
        changes, more = repository_totals.take(connection)
        if changes:
            context.outbox.put(connection, MessageTotalsChanged(items=changes))
    return more
