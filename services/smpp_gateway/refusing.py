"""Refusing a message that nobody has paid for, or whose money somebody may be asking for at this moment."""

from services.smpp_gateway.context import Context
from services.smpp_gateway.work import Work


def refused(work: Work, code: str, context: Context) -> Work:
    """The work refused, never charged. `due_at`: a look whether a process that died had taken its money after all;
    `repository.move` drops it where that can't be."""
    now = context.clock.now()
    return work.moved(state="refused", reason=code, due_at=now + context.limits.void_after, final_at=now)
