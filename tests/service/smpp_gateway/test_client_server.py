"""Real sockets, real leases: two processes of the gateway with one database, and accounts that change their mind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from eventlet.green import socket, ssl
from nameko.testing.services import worker_factory
from sqlalchemy import text

from contracts.accounts import CredentialsChanged
from contracts.accounts_smpp import SmppPrincipal, SmppSession, SmppStanding
from contracts.errors import Forbidden
from golub.local.ports import free_port
from kit.clock import FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from kit.loops import WakeHandle
from kit.settings import Settings
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.client_binds import LEASE, ClientBinds
from services.smpp_gateway.clients import ClientHandler
from services.smpp_gateway.server_start import server_of
from services.smpp_gateway.service import SmppGatewayService
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room
from tests.unit.smpp_sessions.peers import RawPeer, wait_until
from tests.unit.smpp_sessions.tls import certificate


class Accounts:
    """One advertiser; `limits` and `refusal` as they are now."""

    def __init__(self) -> None:
        self.limits = {"max_binds": 2, "submits_per_second": 100, "window": 10, "highest_priority": 2}
        self.refusal = ""

    def authenticate_smpp(self, system_id: str, password: str, address: str) -> SmppPrincipal:
        if self.refusal:
            raise Forbidden("blocked")
        return SmppPrincipal(
            system_id=system_id, advertiser_id=ADVERTISER, partner_id=PARTNER, version=1, **self.limits
        )

    def smpp_standings(self, sessions: list[SmppSession]) -> list[SmppStanding]:
        return [SmppStanding(refusal=self.refusal, **self.limits) for _ in sessions]


@pytest.fixture(scope="module")
def database(module_database: Callable[[str], str]) -> Iterator[Transactions]:
    url = module_database("smpp_gateway")
    yield Transactions(engine_for(url))
    dispose_engine(url)


class Process:
    """The SMPP side of one gateway process."""

    def __init__(self, room: Room, accounts: Accounts) -> None:
        self.clients = ClientHandler(room.context, room.intake, accounts)  # type: ignore[arg-type]
        self.binds = ClientBinds(room.db, room.clock)
        self.server = server_of(Settings(smpp_port="0"), self.clients, self.binds)
        self.server.start()
        self.peers: list[RawPeer] = []

    def bind(self) -> int:
        self.peers.append(RawPeer.connect(self.server.address))
        return self.peers[-1].bind().command_status

    def is_unbound(self, number: int) -> bool:
        """Whether this peer is asked to go; it goes then."""
        request = self.peers[number].receive()
        self.peers[number].send(p.UnbindResp(request.sequence_number))
        return isinstance(request, p.Unbind)

    def is_empty(self) -> None:
        wait_until(lambda: not self.server.sessions)

    def stop(self) -> None:
        for peer in self.peers:
            peer.close()
        self.server.stop(1.0)


@pytest.fixture
def world(database: Transactions) -> Iterator[SimpleNamespace]:
    with database.begin() as connection:
        connection.execute(text("DELETE FROM smpp_bind"))
    room, accounts = Room(database), Accounts()
    found = SimpleNamespace(
        db=database,
        context=room.context,
        clock=room.clock,
        accounts=accounts,
        one=Process(room, accounts),
        two=Process(room, accounts),
    )
    yield found
    found.one.stop()
    found.two.stop()


def test_a_client_has_no_more_binds_at_two_processes_than_at_one(world: SimpleNamespace) -> None:
    assert [world.one.bind(), world.two.bind()] == [c.ESME_ROK, c.ESME_ROK]
    assert [world.one.bind(), world.two.bind()] == [c.ESME_RBINDFAIL, c.ESME_RBINDFAIL]
    world.one.peers[0].close()
    wait_until(lambda: not world.one.binds._binds)
    assert world.two.bind() == c.ESME_ROK


def test_the_places_of_a_dead_process_are_free_again(world: SimpleNamespace) -> None:
    for _ in range(2):
        world.one.bind()
    clock: FixedClock = world.clock
    clock.advance(LEASE.total_seconds())
    assert world.two.bind() == c.ESME_ROK


def test_a_blocked_advertisers_sessions_are_unbound_everywhere(world: SimpleNamespace) -> None:
    processes = (world.one, world.two)
    for process in processes:
        process.bind()
        process.clients.checks.run_once()
    world.accounts.refusal = "blocked"
    for process in processes:
        assert process.clients.checks.mark([ADVERTISER])
        process.clients.checks.run_once()
        assert process.is_unbound(0)
        process.is_empty()
        assert process.bind() == c.ESME_RBINDFAIL


def test_the_news_of_a_change_has_bound_sessions_looked_at_and_says_who_is_bound(world: SimpleNamespace) -> None:
    world.one.bind()
    gateway = SimpleNamespace(context=world.context, checks=world.one.clients.checks, binds=world.one.binds)
    wake = WakeHandle()
    service = worker_factory(SmppGatewayService, gateway=gateway, checks_wake=wake, db=world.db, clock=world.clock)
    (bound,) = service.smpp_binds(ADVERTISER)
    assert (bound["system_id"], bound["kind"], bound["secure"]) == ("client", "transceiver", False)
    service.check_clients()
    service.credentials_changed(None, CredentialsChanged(advertiser_ids=["somebody else"]))
    assert not wake._flag
    world.accounts.refusal = "off"
    service.credentials_changed(None, CredentialsChanged(advertiser_ids=[ADVERTISER]))
    assert wake._flag
    service.check_clients()
    assert world.one.is_unbound(0)
    world.one.is_empty()
    wait_until(lambda: service.smpp_binds(ADVERTISER) == [])
    service.renew_binds()


def test_a_lower_limit_ends_the_latest_bind(world: SimpleNamespace) -> None:
    world.one.bind()
    world.clock.advance(1)
    world.two.bind()
    world.accounts.limits["max_binds"] = 1
    for process in (world.one, world.two):
        process.clients.checks.run_once()
        process.binds.renew()
    assert world.two.is_unbound(0)
    world.one.peers[0].send(p.EnquireLink(77))
    assert world.one.peers[0].receive() == p.EnquireLinkResp(77)


def test_settings_open_a_second_port_for_tls(world: SimpleNamespace, tmp_path: Path) -> None:
    chain = str(certificate(tmp_path, "localhost").chain_path)
    settings = Settings(smpp_port="0", smpp_tls_port=str(free_port()), smpp_tls_certificate=chain)
    server = server_of(settings, world.one.clients, world.one.binds)
    server.start()
    context = ssl.create_default_context(cafile=chain)
    sock = context.wrap_socket(socket.create_connection(server.addresses[1]), server_hostname="localhost")
    peer = RawPeer(sock)
    assert peer.bind().command_status == c.ESME_ROK
    assert [info.secure for _, info in server.bound()] == [True]
    peer.close()
    server.stop(1.0)


def test_a_certificate_that_can_not_be_read_ends_the_start_with_a_sentence(world: SimpleNamespace) -> None:
    settings = Settings(smpp_port="0", smpp_tls_port="2777", smpp_tls_certificate="/nowhere/chain.pem")
    with pytest.raises(SystemExit, match="GOLUB_SMPP_TLS_CERTIFICATE"):
        server_of(settings, world.one.clients, world.one.binds)
