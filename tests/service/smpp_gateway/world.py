"""A small world for random campaigns: several lives of the gateway on one database, an SMSC, and everything that fails.

Each life is a `Room` with a memory of its own. What a life does is interrupted where a process can be: around a
transaction, around a call, at a failpoint. There it may die (its memory is gone), be told that nobody answers, or
simply be slow, while another life does something. All of it follows from one seed.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import eventlet
import pytest
from sqlalchemy import Connection, text

from contracts.errors import Unavailable
from kit.clock import FixedClock
from kit.database import Transactions
from services.smpp_gateway import (
    charging,
    ending,
    intake,
    order_log,
    repository_leases,
    repository_links,
    settling,
    submitting,
    unpacking,
)
from services.smpp_gateway.lease import Fence
from services.smpp_gateway.link_book import new_link
from services.smpp_gateway.link_types import LinkSettings, Response, Submission
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.repository_leases import Leases
from services.smpp_gateway.work import PartKey
from tests.service.smpp_gateway.rooms import NOW, Billing, Room, Senders, Tariffs

#: Outcomes of a submit_sm. After the refusals of the first kind a part may be submitted again, after the others never.
PASSING = {"throttled": 0x58, "full": 0x14, "system error": 0x08}
REFUSED = {"refused": 0x0B, "odd": 0x45}
TAKEN = ("taken", "taken without response")
LEAST_LARGE = 3
NOT_TAKEN = "gone without response"


class Crash(BaseException):
    """The process is dead; only what it committed remains."""


@dataclass
class Smsc:
    """What it got, what it has to say, and the one rule: nothing comes twice unless it asked for that."""

    chance: random.Random
    history: dict[tuple[str, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    receipts: list[tuple[str, str, str]] = field(default_factory=list)
    sent: dict[tuple[str, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    ids: int = 0

    def receive(self, submission: Submission) -> Response | None:
        """The response, None where none comes."""
        key: PartKey = submission.key  # type: ignore[assignment]
        part = key[:2]
        earlier = self.history[part]
        assert all(one in PASSING for one in earlier), f"{part} was submitted again after {earlier}"
        outcome = self._outcome()
        earlier.append(outcome)
        if outcome not in TAKEN:
            status = {**PASSING, **REFUSED}.get(outcome)
            return None if status is None else Response(key, status, None)
        self.ids += 1
        smsc_id = f"id{self.ids}"
        state = self.chance.choices(("delivered", "undelivered", "expired", "rejected", "unknown"), (8, 2, 1, 1, 1))[0]
        times = self.chance.choices((0, 1, 2), (1, 6, 1))[0]
        self.sent[part] += [state] * times
        self.receipts += [(smsc_id, state, submission.pdu.destination_addr)] * times
        return Response(key, 0, smsc_id) if outcome == "taken" else None

    def _outcome(self) -> str:
        outcomes = ("taken", "taken without response", NOT_TAKEN, *PASSING, *REFUSED)
        return self.chance.choices(outcomes, (14, 2, 1, 1, 1, 1, 1, 1))[0]


class Line:
    """A life's session with the SMSC: a window, and what waits to be told to the life.

    `fence`: of its lease of the bind; None where the life does not ask whose the bind is.
    """

    def __init__(self, world: "World", name: str) -> None:
        self._world, self._smsc, self._chance = world, world.smsc, world.chance
        self.leases = Leases(name)
        self.fence: Fence | None = None
        self.settings = LinkSettings(host="127.0.0.1", port=2775, system_id="golub", password="")
        self.up = False
        self.window = 8
        self.ahead = self._chance.choice((0, 3, 8))
        self.pending: set[PartKey] = set()
        self.responses: list[Response] = []
        self.lost: list[PartKey] = []

    @property
    def usable(self) -> bool:
        return self.up and (self.fence is None or self.fence.open)

    @property
    def free_window(self) -> int:
        return self.window - len(self.pending) if self.usable else 0

    def submit(self, batch: Sequence[Submission]) -> int:
        room = max(0, self.free_window - (self._chance.random() < 0.1) * self._chance.randint(0, 4))
        taken = batch[:room]
        if taken and self.fence is not None:
            assert self._world.users() == [self], "two processes use one bind"
        for one in taken:
            response = self._smsc.receive(one)
            self.pending.add(one.key)  # type: ignore[arg-type]
            if response is not None:
                self.responses.append(response)
        return len(taken)

    def drop(self) -> None:
        """The connection is gone, and with it the responses that were under way."""
        self.up = False
        self.responses.clear()
        self.lost += sorted(self.pending - set(self.lost))
        self.pending.clear()


class ShakenDatabase:
    """Transactions that fail before, roll back, or commit without saying so."""

    def __init__(self, world: "World", inner: Transactions) -> None:
        self._world, self._inner = world, inner

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        fault = self._world.fault("nothing", "away", "rolled back", "in doubt", "death before", "death after")
        if fault == "away":
            raise Unavailable("no connection")
        with self._inner.begin() as connection:
            yield connection
            if fault == "rolled back":
                raise Unavailable("statement timeout")
            if fault == "death before":
                raise Crash
        if fault == "in doubt":
            raise Unavailable("the connection broke during the commit")
        if fault == "death after":
            raise Crash

    at_once = begin
    expecting = Transactions.expecting


class Shaken:
    """A neighbour whose calls take time and fail, with their effect or without."""

    def __init__(self, world: "World", inner: Any) -> None:
        self._world, self._inner = world, inner

    def __getattr__(self, name: str) -> Any:
        def call(items: Any) -> Any:
            self._world.meanwhile()
            eventlet.sleep(0)
            fault = self._world.fault("nothing", "away", "answer lost", "death")
            if fault == "away":
                raise Unavailable(f"{name} is away")
            answer = getattr(self._inner, name)(items)
            self._world.meanwhile()
            eventlet.sleep(0)
            if fault == "answer lost":
                raise Unavailable(f"no answer of {name}")
            if fault == "death":
                raise Crash
            return answer

        return call


class World:
    """Lives, their neighbours and their faults. `calm`: nothing fails any more."""

    def __init__(
        self, transactions: Transactions, seed: int, monkeypatch: pytest.MonkeyPatch, step: Any, lives: int = 0
    ) -> None:
        self.chance = random.Random(seed)
        self.calm, self.depth, self.step = False, 0, step
        #: Seconds by a clock that only goes forward.
        self.monotonic = 0.0
        self.births = 0
        with transactions.begin() as connection:
            link = new_link("main", {"host": "smsc", "port": 2775, "system_id": "golub"}, NOW, "test")
            repository_links.write(connection, link)
            repository_leases.fit(connection, NOW)
        self.fault_rate = self.chance.choice((0.02, 0.05, 0.15))
        self.clock = FixedClock(NOW)
        self.database = transactions
        self.billing, self.tariffs, self.senders = (
            Billing(
                left=self.chance.choice((40_000, 400_000, 10**9)),
                partner_left=self.chance.choice((30_000, 10**9, 10**9)),
            ),
            Tariffs(),
            Senders(),
        )
        self.smsc = Smsc(self.chance)
        self.accepted: dict[str, int] = {}
        self.refused_at_the_door: set[str] = set()
        self.numbers = 0
        self.said: list[tuple[str, Any]] = []
        # Some orders of this small world are large.
        monkeypatch.setattr(order_log, "LEAST_ITEMS", LEAST_LARGE)
        for module in (charging, ending, intake, settling, submitting, unpacking):
            monkeypatch.setattr(module, "failpoint", self._failpoint)
        self.lives = [self._born() for _ in range(lives or self.chance.choice((1, 2, 3)))]
        self.busy: set[int] = set()

    def _born(self) -> Room:
        self.births += 1
        return Room(
            ShakenDatabase(self, self.database),  # type: ignore[arg-type]
            self.clock,
            senders=Shaken(self, self.senders),
            tariffs=Shaken(self, self.tariffs),
            billing=Shaken(self, self.billing),
            link=Line(self, f"life {self.births}"),
        )

    def pass_time(self, seconds: float) -> None:
        """Clocks that tell the time may be set back."""
        self.clock.advance(seconds)
        self.monotonic += max(0.0, seconds)

    def users(self) -> list[Line]:
        """Lines of lives that hold themselves to be the owner of the bind."""
        lines: list[Line] = [life.link for life in self.lives]  # type: ignore[misc]
        return [one for one in lines if one.fence is not None and one.usable]

    def fault(self, *kinds: str) -> str:
        if self.calm or self.chance.random() > self.fault_rate:
            return kinds[0]
        return self.chance.choice(kinds[1:])

    def _failpoint(self, name: str) -> None:
        self.meanwhile()
        if self.fault("nothing", "death") == "death":
            raise Crash

    def meanwhile(self) -> None:
        """Another life does something while this one waits."""
        idle = [number for number in range(len(self.lives)) if number not in self.busy]
        if self.calm or not idle or self.depth >= 2 or self.chance.random() > 0.12:
            return
        self.depth += 1
        try:
            other = self.chance.choice(idle)
            for _ in range(self.chance.choice((1, 2, 10))):
                self.act(other, self.step)
        finally:
            self.depth -= 1

    def act(self, number: int, step: Any) -> None:
        """A step of a life; it may be its last."""
        self.busy.add(number)
        try:
            step(self, self.lives[number])
        except Unavailable:
            pass  # The loops of the service back off and come again.
        except Crash:
            self.die(number)
        finally:
            self.busy.discard(number)

    def die(self, number: int) -> None:
        """Memory and connection are gone; another life begins in its place, without the link."""
        self.lives[number].link.drop()
        self.lives[number] = self._born()

    def receipt(self, smsc_id: str, state: str, recipient: str) -> DeliverSm:
        return self.lives[0].receipt(smsc_id, state, recipient)

    def waiting(self) -> list[str]:
        statement = text(
            "SELECT id::text || ' ' || state FROM message WHERE due_at IS NOT NULL UNION ALL "
            "SELECT id::text || ' in the log' FROM accepted_order ORDER BY 1"
        )
        with self.database.begin() as connection:
            return list(connection.execute(statement).scalars())

    def fingerprint(self) -> object:
        """Changes when any message or part does."""
        statement = text(
            "SELECT (SELECT sum(hashtext(m::text)) FROM message m), (SELECT sum(hashtext(p::text)) FROM part p), "
            "(SELECT count(*) FROM accepted_order)"
        )
        with self.database.begin() as connection:
            return tuple(connection.execute(statement).one())
