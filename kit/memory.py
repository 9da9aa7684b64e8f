"""How a process that runs for weeks looks for cycles of garbage."""

import gc

#: Objects made and not yet freed since the last look. A batch of the message path makes thousands that are freed without
#: one: with the default of 700 a debit of 500 messages took a tenth more of Python's time.
OBJECTS_BETWEEN_LOOKS = 50_000


def settle() -> None:
    """Call once, when all is loaded: what is there now is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
