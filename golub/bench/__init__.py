"""`golub bench`: how many messages a second the distributed shape carries end to end on this machine, and at what cost."""

import json
import sys
from pathlib import Path

from golub.bench.measure import measure
from golub.bench.report import table
from golub.bench.shape import BenchShape
from golub.local.errors import LocalServerError
from kit.settings import Settings

__all__ = ["run"]

PACED_MESSAGES = 2_000
PACED_PER_SECOND = 100


def run(settings: Settings, messages: int = 30_000) -> int:
    """Start a platform in a temporary folder, load it, print the report and keep it in var/bench/report.json.

    0; 1 where it can't start, where messages do not end in time, or where the audit finds something.
    """
    try:
        with BenchShape() as shape:
            shape.credit()
            document = {
                "load": measure(shape, messages, per_second=0),
                "paced": measure(shape, PACED_MESSAGES, per_second=PACED_PER_SECOND),
                "duplicates": shape.duplicates(),
                "restarts": shape.restarts(),
                "audit": shape.audit(),
            }
    except (LocalServerError, TimeoutError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    folder = Path(settings.var).absolute() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    print(table(document))
    print(f"The same is in {folder / 'report.json'}.")
    return 0 if not document["duplicates"] and not document["audit"] else 1
