"""Two gateway processes and two SMSCs: whoever dies or goes away, messages go on, in order, and none goes twice."""

import dataclasses
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.smpp_gateway import SmppGatewayClient
from contracts.smpp_links import LinkChange
from golub.audit.databases import running_cluster
from golub.local.ports import LOOPBACK, free_port
from kit.launcher import Process
from kit.service import RpcTo
from kit.settings import Settings
from tests.e2e.platform import Child, OutsideSmsc, Platform, numbers, running, wait_until
from tests.e2e.smpp34_peers import Smpp34Server
from tests.support.folders import open_folder

BUSY_SECONDS = 60.0


@pytest.fixture(scope="module")
def smscs() -> Iterator[list[OutsideSmsc]]:
    """The one of the link `main`, and another."""
    with open_folder("smsc-one") as first, open_folder("smsc-two") as second:
        pair = [OutsideSmsc(first), OutsideSmsc(second)]
        yield pair
        for one in pair:
            one.stop()


@pytest.fixture(scope="module")
def platform(smscs: list[OutsideSmsc]) -> Iterator[Platform]:
    with running("links", distributed=True, SMSC_URL=smscs[0].url) as one:
        yield one


class Office:
    """A container on the platform's bus that lends a typed client."""

    name = "test_links_office"

    smpp_gateway = RpcTo(SmppGatewayClient)


@pytest.fixture(scope="module")
def links(platform: Platform) -> Iterator[SmppGatewayClient]:
    process = Process([Office], dataclasses.replace(Settings(), amqp_uri=platform.processes["rabbitmq"]["uri"]))
    process.start()
    yield process.client(SmppGatewayClient)
    process.stop()


@pytest.fixture(scope="module", autouse=True)
def second_gateway(platform: Platform, smscs: list[OutsideSmsc]) -> Iterator[Child]:
    with open_folder("gateway-two") as folder:
        environment = {
            "AMQP_URI": platform.processes["rabbitmq"]["uri"],
            "DATABASE_URL": running_cluster(platform.var)["smpp_gateway"],
            "GOLUB_SECRET_KEY": (platform.var / "secret").read_text(),
            "GOLUB_SMPP_PORT": str(free_port()),
            "SMSC_URL": smscs[0].url,
        }
        child = Child(Path(folder) / "gateway.out", environment, "run", "smpp_gateway")
        yield child
        child.end(signal.SIGTERM)


def _owners(platform: Platform, link: str) -> list[str]:
    """Of the binds of a link that are bound now."""
    statement = "SELECT owner FROM link_bind WHERE link = :link AND state = 'bound' AND lease_until > clock_timestamp()"
    return [row[0] for row in platform.rows("smpp_gateway", statement, link=link)]


def _submitted(smscs: list[OutsideSmsc]) -> list[str]:
    return [number for one in smscs for number in one.destinations()]


def test_whoever_dies_and_whatever_goes_away_every_message_goes_out_once(
    platform: Platform, links: SmppGatewayClient, smscs: list[OutsideSmsc]
) -> None:
    settings = {"host": LOOPBACK, "port": smscs[1].port, "system_id": "golub", "reconnect_backoff_seconds_max": 2.0}
    links.put_operator_link(
        LinkChange(name="second", title="", binds=1, settings=settings, version=0, password="secret"), author="test"
    )
    wait_until(lambda: _owners(platform, "main") and _owners(platform, "second"), BUSY_SECONDS, "both links bound")
    assert {one.name: one.state for one in links.links()} == {"main": "bound", "second": "bound"}
    sent = numbers(120, endings=range(10, 40))
    platform.send(sent[:40])
    platform.wait_until_final()
    assert smscs[0].destinations() == sent[:40]
    assert smscs[1].destinations() == []

    [owner] = _owners(platform, "main")
    os.kill(int(owner.split()[1]), signal.SIGKILL)
    platform.send(sent[40:80])
    wait_until(lambda: _owners(platform, "main") not in ([], [owner]), BUSY_SECONDS, "another owner")
    platform.wait_until_final()
    assert sorted(_submitted(smscs)) == sent[:80]

    wait_until(lambda: len(_owners(platform, "second")) == 1, BUSY_SECONDS, "the second link bound")
    smscs[0].stop()
    platform.send(sent[80:])
    platform.wait_until_final()
    assert smscs[1].destinations()[-40:] == sent[80:], "in order, over the other link"
    assert sorted(_submitted(smscs)) == sent
    status, output = platform.audit()
    assert status == 0, output


def test_an_operator_without_a_transceiver_delivers_over_a_transmitter_and_a_receiver(
    platform: Platform, links: SmppGatewayClient
) -> None:
    """After the other test: the links of this one come first by their names, and are of an SMSC that somebody else wrote."""
    smsc = Smpp34Server()
    try:
        settings = {"host": smsc.address[0], "port": smsc.address[1], "system_id": "pair", "interface_version": 0x33}
        for name, own in (
            ("a-out", {"bind_type": "transmitter"}),
            ("a-over", {"bind_type": "receiver", "receipts_of": "a-out"}),
        ):
            change = LinkChange(name=name, title="", binds=1, settings=settings | own, version=0, password="secret")
            links.put_operator_link(change, author="test")
        wait_until(lambda: _owners(platform, "a-out") and _owners(platform, "a-over"), BUSY_SECONDS, "both bound")
        told = {one.name: one.receipts_over for one in links.operator_link_statuses()}
        assert (told["a-out"], told["a-over"]) == (["a-over"], [])
        # Processes answer in turn.
        wait_until(lambda: all(_knows(links, "a-out") for _ in range(6)), BUSY_SECONDS, "every process knows of them")
        sent = numbers(10, prefix="7917")
        platform.send(sent)
        platform.send(sent[:1], text="Длинное сообщение, которое в одну часть не войдёт. " * 3)
        platform.wait_until_final()
    finally:
        for name in ("a-over", "a-out"):
            links.enable_operator_link(name, False, author="test")
        smsc.stop()
    assert sorted(event["receives"] for event in smsc.of("bound")) == [False, True]
    statement = "SELECT link, state, count(*) FROM part WHERE recipient LIKE '7917%' GROUP BY 1, 2"
    assert platform.rows("smpp_gateway", statement) == [("a-out", "delivered", 13)]


def _knows(links: SmppGatewayClient, name: str) -> bool:
    return name in {one.name for one in links.operator_link_statuses()}
