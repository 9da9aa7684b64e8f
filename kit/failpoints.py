"""Places where a test makes the process die: `failpoint("billing.debit.after_commit")` does nothing unless named.

`GOLUB_FAILPOINT=name` kills at the first pass, `name@7` at the seventh.
"""

import os

_name, _, _count = os.environ.get("GOLUB_FAILPOINT", "").partition("@")
_left = int(_count or 1)


def failpoint(name: str) -> None:
    """End the process as `kill -9` would, if this point was chosen by the environment."""
    global _left
    if name == _name:
        _left -= 1
        if _left <= 0:
            os._exit(137)
