"""Advertisers that keep sending while things die, and what must be true when all has come to rest."""

from collections import Counter
from collections.abc import Sequence

import eventlet
from eventlet.greenthread import GreenThread

from tests.e2e.platform import OutsideSmsc, Platform

BATCH = 250
#: Longer than the platform is ever away: what the operator sends meanwhile must not come too late.
PATIENCE = {"GOLUB_RECEIPT_TIMEOUT_SECONDS": "60", "GOLUB_UNRESOLVED_SECONDS": "25"}


class Traffic:
    """Sends to all recipients in batches from a few greenlets; each batch is repeated under its key until it is taken."""

    def __init__(self, platform: Platform, recipients: Sequence[str], senders: int = 4) -> None:
        self._platform = platform
        self._batches = [list(recipients[at : at + BATCH]) for at in range(0, len(recipients), BATCH)]
        self.acknowledged: list[str] = []
        self._senders: list[GreenThread] = [eventlet.spawn(self._send) for _ in range(senders)]

    def _send(self) -> None:
        while self._batches:
            batch = self._batches.pop(0)
            answers = self._platform.send(batch, limit_seconds=120.0)
            self.acknowledged += [one["id"] for one in answers]

    def wait(self) -> None:
        """Until every batch is acknowledged; raises what a sender failed with."""
        for sender in self._senders:
            sender.wait()


def check_nothing_lost_or_doubled(
    platform: Platform, smsc: OutsideSmsc, acknowledged: Sequence[str], *, most_lost: int
) -> None:
    """Each acknowledged message is final, charged once and with the operator once; the audit finds nothing.

    `most_lost`: so many submit_sm may have been under way, over all deaths, whose outcome nobody can know.
    """
    assert len(set(acknowledged)) == len(acknowledged)
    rows = platform.rows("smpp_gateway", "SELECT CAST(id AS text), recipient, state, reason FROM message")
    known = {row[0]: row[2] for row in rows}
    assert set(acknowledged) <= known.keys()
    assert {known[one] for one in acknowledged} <= {"delivered", "unknown"}, Counter(known.values())
    assert sum(state == "unknown" for state in known.values()) <= most_lost, Counter((row[2], row[3]) for row in rows)
    taken = Counter(smsc.destinations())
    assert [one for one, times in taken.items() if times > 1] == []
    lost = {row[1] for row in rows if row[2] == "delivered"} - taken.keys()
    assert lost == set(), "delivered, but never with the operator"
    [(charges, ledger)] = platform.rows(
        "billing",
        "SELECT (SELECT count(*) FROM charge), (SELECT count(DISTINCT message_id) FROM ledger_entry "
        "WHERE kind IN ('debit', 'hold') AND message_id IS NOT NULL)",
    )
    assert charges == ledger == len(known)
    status, output = platform.audit()
    assert status == 0, output
