"""The SMSC itself: listens, lets in, and puts its parts together."""

import dataclasses
import hmac
import ssl
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import eventlet
from eventlet.green import socket
from eventlet.green import ssl as green_ssl
from eventlet.greenio import GreenSocket
from eventlet.greenthread import GreenThread

from golub.simulator import dialects
from golub.simulator.account import Account
from golub.simulator.answering import Answering, SimulatorStats, Submit
from golub.simulator.connection import Connection
from golub.simulator.delays import Delay
from golub.simulator.incoming import incoming_pdus
from golub.simulator.journal import Journal, ReceivedSubmit
from golub.simulator.outbox import Delivery, IncomingSms, Outbox
from golub.simulator.scenario import AccountRules, Incoming, ReceiptRules, Scenario
from golub.simulator.timeline import Timeline
from kit.clock import Clock, SystemClock
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p

_TICK_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Limits, and the delays of a simulator that is started without a scenario.

    `max_remembered_numbers` bounds how many recipients it knows to have refused or dropped, and among how many submits
    it tells copies.
    """

    receipt_delay_seconds: float = 0.2
    slow_receipt_seconds: float = 30.0
    receipt_retry_seconds: float = 1.0
    max_waiting_receipts: int = 500_000
    max_received: int = 100_000
    max_remembered_numbers: int = 200_000
    max_binds: int = 100
    window: int = 1_000
    deliver_window: int = 500
    session_init_seconds: float = 10.0
    response_seconds: float = 30.0
    system_id: str = "GolubSim"
    journal_path: Path | None = None


class Simulator:
    """An SMSC with the accounts of a scenario, or with one account and the fates by the last two digits.

    A dropped submit_sm, and whatever the client sent after it on that connection, does not count as received and gets no
    receipt; what came before it is answered. Rejected and throttled ones do not count as received either.
    """

    def __init__(
        self,
        host: str,
        port: int,
        system_id: str,
        password: str,
        settings: SimulatorSettings | None = None,
        clock: Clock | None = None,
        scenario: Scenario | None = None,
    ) -> None:
        self.settings = settings or SimulatorSettings()
        self._address = (host, port)
        self._clock = clock or SystemClock()
        self.scenario = scenario or self._plain(system_id, password)
        self._received: deque[ReceivedSubmit] = deque()
        self._timeline = Timeline()
        self._accounts: dict[str, Account] = {}
        self._connections: set[Connection] = set()
        self._listener: GreenSocket | None = None
        self._greenlets: list[GreenThread] = []
        self._outboxes: dict[str, GreenThread] = {}
        self._drops = Random(f"{self.scenario.seed}/drops")
        self._dialects = Random(f"{self.scenario.seed}/dialects")

    @classmethod
    def of(cls, scenario: Scenario, settings: SimulatorSettings | None = None) -> "Simulator":
        """With everything as a scenario says."""
        listen = scenario.listen
        return cls(listen.host, listen.port, "", "", settings, None, scenario)

    def _plain(self, system_id: str, password: str) -> Scenario:
        settings = self.settings
        account = AccountRules(system_id=system_id, password=password, binds=settings.max_binds, window=settings.window)
        delays = Delay("fixed", settings.receipt_delay_seconds), Delay("fixed", settings.slow_receipt_seconds)
        return Scenario(accounts=(account,), receipts=ReceiptRules(delay=delays[0], slow=delays[1]))

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; of use with port 0."""
        if self._listener is None:
            raise RuntimeError("the simulator is not started")
        host, port = self._listener.getsockname()[:2]
        return host, port

    @property
    def received(self) -> Sequence[ReceivedSubmit]:
        """The latest submits that were accepted, oldest first."""
        return self._received

    @property
    def stats(self) -> SimulatorStats:
        stats, boxes = self._answering.stats, [account.outbox for account in self._accounts.values()]
        stats.receipts_sent = sum(box.sent for box in boxes)
        stats.receipts_acknowledged = sum(box.acknowledged for box in boxes)
        stats.receipts_refused = sum(box.refused for box in boxes)
        stats.receipts_discarded = sum(box.discarded for box in boxes)
        stats.receipts_waiting = sum(box.waiting for box in boxes)
        return stats

    @property
    def binds(self) -> dict[str, int]:
        """Sessions of each account."""
        return {name: len(account.connections) for name, account in self._accounts.items()}

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken or the journal can't be written."""
        settings = self.settings
        journal = Journal(settings.max_received, settings.journal_path, settings.max_remembered_numbers)
        self._journal, self._received = journal, journal.received
        self._answering = Answering(
            self.scenario, journal, self._timeline, self._clock, settings.max_remembered_numbers
        )
        self._encryption = self._tls()
        # eventlet would share a taken port with whoever has it (SO_REUSEPORT), and half the clients with it.
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        self._listener = eventlet.listen(self._address, family, backlog=1024, reuse_port=False)
        self.apply(self.scenario)
        loops = (self._accept_loop, self._tick_loop, self._timeline.run, self._drop_loop)
        self._greenlets += [eventlet.spawn(loop) for loop in loops]
        self._greenlets += [eventlet.spawn(self._incoming_loop, rules) for rules in self.scenario.incoming]

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """Unbind whoever is bound, and be done within the time."""
        for greenlet in (*self._greenlets, *self._outboxes.values()):
            greenlet.kill()
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._connections):
            connection.unbind()
        deadline = time.monotonic() + min(timeout_seconds, 1.0)
        while self._connections and time.monotonic() < deadline:
            eventlet.sleep(0.02)
        for connection in list(self._connections):
            connection.close()
        self._journal.close()

    def apply(self, scenario: Scenario) -> None:
        """Go on by another scenario: all of it but where it listens and the schedule of incoming SMS. Accounts that it
        does not name lose their binds, and what waited for them."""
        self.scenario = scenario
        self._answering.apply(scenario)
        kept = {rules.system_id: rules for rules in scenario.accounts}
        for name in set(self._accounts) - set(kept):
            for connection in list(self._accounts[name].connections):
                connection.drop()
            self._outboxes.pop(name).kill()
            del self._accounts[name]
        for name, rules in kept.items():
            known = self._accounts.get(name)
            if known is None:
                outbox = Outbox(
                    self._write,
                    retry_seconds=self.settings.receipt_retry_seconds,
                    max_waiting=self.settings.max_waiting_receipts,
                )
                self._accounts[name] = Account(rules, outbox, time.monotonic())
                self._outboxes[name] = eventlet.spawn(outbox.run)
            elif known.rules != rules:
                known.rules = rules

    def hold(self, held: bool) -> None:
        """Keep everything that clients are to get back, or let it go."""
        for account in self._accounts.values():
            account.outbox.held = held
            account.outbox.wake()

    def drop_links(self, system_id: str = "", count: int = 0) -> int:
        """Drop links without a word: of an account or of all, `count` of them at most (0: all). How many it were."""
        links = [
            connection
            for name, account in self._accounts.items()
            if system_id in ("", name)
            for connection in account.connections
        ]
        for connection in links[: count or None]:
            connection.close()
        self._answering.stats.links_dropped += len(links[: count or None])
        return len(links[: count or None])

    def send_incoming(self, incoming: Incoming) -> bool:
        """Send one SMS of a subscriber, in parts where it is long. False where there is no such account."""
        system_id = incoming.system_id or next(iter(self._accounts), "")
        account = self._accounts.get(system_id)
        if account is None:
            return False
        self._answering.stats.incoming += 1
        for pdu in incoming_pdus(incoming, self._answering.stats.incoming):
            account.outbox.add(IncomingSms(pdu), 0.0)
        return True

    def admit(self, request: p.Bind) -> tuple[Account | None, int]:
        """(account, ESME_ROK), or (None, why not)."""
        account = self._accounts.get(request.system_id)
        expected = account.rules.password if account else ""
        if not hmac.compare_digest(request.password.encode(), expected.encode()) or account is None:
            return None, c.ESME_RINVPASWD
        if len(account.connections) >= account.rules.binds:
            return None, c.ESME_RBINDFAIL
        self._answering.stats.sessions += 1
        return account, c.ESME_ROK

    def submit(self, connection: Connection, account: Account, pdus: Sequence[Submit]) -> None:
        self._answering.take(connection, account, pdus)

    def _write(self, deliveries: Sequence[Delivery]) -> list[p.DeliverSm]:
        now, rules = self._clock.now(), self.scenario.receipts
        return [
            dataclasses.replace(one.pdu)
            if isinstance(one, IncomingSms)
            else _receipt_pdu(one.submit, dialects.write(rules, one, now, self._dialects))
            for one in deliveries
        ]

    def _tls(self) -> ssl.SSLContext | None:
        listen = self.scenario.listen
        if listen.certificate is None:
            return None
        context = green_ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(listen.certificate, listen.key)
        return context

    def _accept_loop(self) -> None:
        while self._listener is not None:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                if self._listener.fileno() < 0:
                    return
                eventlet.sleep(0.1)
                continue
            eventlet.spawn(self._serve, sock)

    def _serve(self, sock: GreenSocket) -> None:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._encryption is not None:
                sock = self._encryption.wrap_socket(sock, server_side=True)
        except OSError:
            sock.close()
            return
        connection = Connection(self, sock, encrypted=self._encryption is not None)
        self._connections.add(connection)
        try:
            connection.run()
        finally:
            self._connections.discard(connection)

    def _tick_loop(self) -> None:
        while True:
            eventlet.sleep(_TICK_SECONDS)
            now = time.monotonic()
            for connection in list(self._connections):
                connection.tick(now)

    def _drop_loop(self) -> None:
        while True:
            mean = self.scenario.links.drop_mean
            if not mean:
                eventlet.sleep(_TICK_SECONDS)
                continue
            eventlet.sleep(self._drops.expovariate(1 / mean))
            links = [one for account in self._accounts.values() for one in account.connections]
            if links and self.scenario.links.drop_mean:
                self._drops.choice(links).close()
                self._answering.stats.links_dropped += 1

    def _incoming_loop(self, rules: Incoming) -> None:
        eventlet.sleep(rules.after)
        for number in range(rules.count):
            if number:
                eventlet.sleep(rules.every)
            self.send_incoming(rules)


def _receipt_pdu(submit: Submit, written: dialects.Written) -> p.DeliverSm:
    return p.DeliverSm(
        0,
        source_addr_ton=submit.dest_addr_ton,
        source_addr_npi=submit.dest_addr_npi,
        source_addr=submit.destination_addr,
        dest_addr_ton=submit.source_addr_ton,
        dest_addr_npi=submit.source_addr_npi,
        # destination_addr is ASCII only, while a sender's name need not be.
        destination_addr=submit.source_addr if submit.source_addr.isascii() else "",
        esm_class=c.ESM_CLASS_DELIVERY_RECEIPT,
        data_coding=written.data_coding,
        short_message=written.short_message,
        tlvs=written.tlvs,
    )
