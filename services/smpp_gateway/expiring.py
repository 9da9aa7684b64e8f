"""What no operator took before its validity ended: given up wherever it waits, and paid back."""

from collections.abc import Callable

from services.smpp_gateway import moving, repository, repository_pauses
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.refusing import refused


def end_late(context: Context, ends: Callable[[str], Ends]) -> bool:
    """Give up a batch of what waits for too long, be it paused or behind a slow link; whether there may be more.

    `ends`: those of a link by its name.
    """
    now, limit = context.clock.now(), context.limits.batch
    with context.db.begin() as connection:
        accepted = repository_pauses.late_accepted(connection, now, limit)
        pairs = [(work, refused(work, "held_too_long", context)) for work in accepted]
        moving.write(context, connection, pairs, repository.WAITING)
    with context.db.begin() as connection:
        charged = repository_pauses.late_charged(connection, now, limit)
        for link in sorted(set(charged.values())):
            ends(link).give_up(connection, {key for key, one in charged.items() if one == link}, now)
    return limit in (len(accepted), len(charged))
