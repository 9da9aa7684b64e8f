"""The places of SMPP clients, counted over all processes of the gateway: a lease in the database for each bound session."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from kit.clock import Clock
from kit.database import Transactions
from kit.ids import uuid7
from services.smpp_gateway import repository_binds
from services.smpp_gateway.repository_binds import Bind, Place
from services.smpp_gateway.server import SmppServer
from services.smpp_gateway.server_types import BoundAccount, SessionInfo

log = logging.getLogger(__name__)

#: The places of a process that died are free again after this.
LEASE = timedelta(seconds=25)
RENEWED_EVERY_SECONDS = 6.0


class ClientBinds:
    """`Places` of the server; `renew` is called every `RENEWED_EVERY_SECONDS`. `server` is set once it exists."""

    def __init__(self, db: Transactions, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._process_id = str(uuid7())
        self._binds: dict[int, Bind] = {}
        self.server: SmppServer | None = None

    def take(self, account: BoundAccount, info: SessionInfo) -> float | None:
        now = self._clock.now()
        bind = Bind(str(uuid7(now)), account.account_id, info.system_id, info.kind, info.address, info.secure, now)
        # Before the transaction: another bind of this process must not take it for one that is gone.
        self._binds[info.number] = bind
        places: list[Place] | None = None
        try:
            places = self._take(bind, account.max_binds)
        finally:
            if places is None:
                del self._binds[info.number]
        return None if places is None else _share(places, bind.advertiser_id)

    def give_back(self, numbers: Sequence[int]) -> None:
        """Where the database is away, their leases end by themselves."""
        gone = [self._binds.pop(number).id for number in numbers if number in self._binds]
        with self._db.begin() as connection:
            repository_binds.drop(connection, gone)

    def renew(self) -> None:
        """Keep the places, take back those that were given to nobody else, and unbind whoever has none any more.

        Tells the server what share of each account's rate is its own now.
        """
        server, now = self.server, self._clock.now()
        with self._db.begin() as connection:
            repository_binds.forget(connection, now)
            ids = [bind.id for bind in self._binds.values()]
            kept = repository_binds.renew(connection, ids, now + LEASE)
        if server is None:
            return
        numbers = {bind.id: number for number, bind in self._binds.items()}
        lost = {
            number for one, number in numbers.items() if one in set(ids) - kept and not self._retake(number, server)
        }
        lost |= self._judge(server, numbers)
        server.unbind(lost, "its account has more binds than it may have")

    def _judge(self, server: SmppServer, numbers: dict[str, int]) -> set[int]:
        """Numbers of the sessions above the limit as it is now: the latest ones."""
        advertiser_ids = {bind.advertiser_id for bind in self._binds.values()}
        if not advertiser_ids:
            return set()
        with self._db.begin() as connection:
            places = repository_binds.places(connection, advertiser_ids, self._process_id, self._clock.now())
        by_account: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            by_account[place.advertiser_id].append(place)
        too_many = set()
        for account_id, own in by_account.items():
            server.accounts.set_share(account_id, _share(own, account_id))
            limits = server.accounts.limits(account_id)
            if limits is not None:
                too_many |= {numbers[one.id] for one in own if one.rank > limits.max_binds and one.id in numbers}
        return too_many

    def _retake(self, number: int, server: SmppServer) -> bool:
        """After a standstill longer than the lease: the same place, if nobody else has it."""
        bind = self._binds.get(number)
        limits = server.accounts.limits(bind.advertiser_id) if bind else None
        if bind is None or limits is None:
            return True
        return self._take(bind, limits.max_binds) is not None

    def _take(self, bind: Bind, most: int) -> list[Place] | None:
        """The places of its account here, None where there is no room."""
        now = self._clock.now()
        with self._db.begin() as connection:
            repository_binds.lock(connection, bind.advertiser_id)
            # Only now, for others of this process may have come in while the lock was waited for.
            own = [one.id for one in self._binds.values() if one.advertiser_id == bind.advertiser_id]
            taken = repository_binds.take(
                connection, bind, self._process_id, own, most=most, now=now, lease_until=now + LEASE
            )
            if not taken:
                return None
            return repository_binds.places(connection, [bind.advertiser_id], self._process_id, now)


def _share(places: Sequence[Place], advertiser_id: str) -> float:
    """1.0 where nobody may submit: a share of nothing is nobody's loss."""
    place = next((one for one in places if one.advertiser_id == advertiser_id), None)
    return place.own / place.total if place is not None and place.total else 1.0
