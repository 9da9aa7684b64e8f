"""The private RabbitMQ node: quorum queues, a kill -9 with the data kept, nothing left behind."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import amqp
import pytest

from golub.local.errors import LocalServerError
from golub.local.rabbitmq import LocalRabbitMQ
from tests.support.folders import open_folder

# RabbitMQ 3.10 writes a new quorum queue's registration within about three seconds; killed before that, it brings the
# queue back without a leader. What is published to a registered queue is on disk when it is confirmed.
_REGISTERED_SECONDS = 4.0


@pytest.fixture(scope="module")
def node() -> Iterator[LocalRabbitMQ]:
    """One node for the module, for a start takes seconds."""
    with open_folder("rabbitmq") as folder, LocalRabbitMQ(folder / "node") as running:
        yield running


def _connect(node: LocalRabbitMQ) -> amqp.Connection:
    user, _, rest = node.uri.removeprefix("amqp://").partition(":")
    password, _, rest = rest.partition("@")
    host, _, vhost = rest.partition("/")
    connection = amqp.Connection(host, user, password, virtual_host=vhost)
    connection.connect()
    return connection


def _declare(node: LocalRabbitMQ, queue: str, **arguments: str) -> None:
    with closing(_connect(node)) as connection:
        connection.channel().queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)


def _publish(node: LocalRabbitMQ, queue: str, text: str) -> None:
    with closing(_connect(node)) as connection:
        channel = connection.channel()
        channel.confirm_select()
        channel.basic_publish_confirm(amqp.Message(text, delivery_mode=2), routing_key=queue)


def test_a_durable_queue_is_a_quorum_queue_unless_declared_otherwise(node: LocalRabbitMQ) -> None:
    _declare(node, "plain")
    _declare(node, "reply", **{"x-queue-type": "classic"})
    listed = dict(line.split() for line in node.ctl("list_queues", "-p", "golub", "name", "type").splitlines()[1:])
    assert listed["plain"] == "quorum"
    assert listed["reply"] == "classic"


def test_a_killed_node_comes_back_on_the_same_port_with_what_it_confirmed(node: LocalRabbitMQ) -> None:
    _declare(node, "kept")
    time.sleep(_REGISTERED_SECONDS)
    _publish(node, "kept", "Голубь")
    uri, killed = node.uri, node.pid
    node.kill()
    assert node.pid is None
    with pytest.raises(OSError):
        _connect(node)
    node.start()
    assert node.uri == uri
    assert node.pid != killed
    with closing(_connect(node)) as connection:
        message = connection.channel().basic_get("kept")
        assert message.body == "Голубь"


def test_the_node_is_our_child_and_listens_on_the_loopback_interface_alone(node: LocalRabbitMQ) -> None:
    assert Path(f"/proc/{node.pid}/comm").read_text().strip() == "beam.smp"
    assert f"PPid:\t{os.getpid()}" in Path(f"/proc/{node.pid}/status").read_text()
    assert {address for address, _ in _listening(f"/proc/{node.pid}")} == {"0100007F"}


def test_a_folder_in_use_is_one_sentence(node: LocalRabbitMQ) -> None:
    with pytest.raises(LocalServerError, match=f"in use by process {os.getpid()}"):
        LocalRabbitMQ(node.folder).start()


def test_a_taken_port_is_one_sentence(node: LocalRabbitMQ, tmp_path: Path) -> None:
    with pytest.raises(LocalServerError, match=f"Port {node.port} for RabbitMQ is already in use"):
        LocalRabbitMQ(tmp_path, node.port).start()


def test_a_failed_command_says_what_the_node_answered(node: LocalRabbitMQ) -> None:
    with pytest.raises(LocalServerError, match="rabbitmqctl delete_vhost nowhere failed: "):
        node.ctl("delete_vhost", "nowhere")


def test_after_a_stop_neither_the_node_nor_its_name_service_is_left(node: LocalRabbitMQ) -> None:
    node.stop()
    named = str(node.folder).encode()
    left = [path for path in Path("/proc").glob("[0-9]*/environ") if named in _read(path)]
    assert left == []


def _listening(process: str) -> set[tuple[str, str]]:
    """The (address, port) pairs in the kernel's notation on which the process accepts IPv4 connections."""
    targets = {_target(path) for path in Path(process, "fd").iterdir()}
    inodes = {target[8:-1] for target in targets if target.startswith("socket:[")}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = "0A"
    pairs = {tuple(row[1].split(":")) for row in rows if row[3] == listening and row[9] in inodes}
    return {(address, port) for address, port in pairs}


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
