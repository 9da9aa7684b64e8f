"""Free ports and the sentence about a taken one."""

import socket
from pathlib import Path

import pytest

from golub.local.errors import LocalServerError
from golub.local.ports import claim_or_explain, free_port, is_free


def test_a_free_port_can_be_listened_on() -> None:
    port = free_port()
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))
        server.listen()


def test_a_free_port_is_never_one_of_outgoing_connections() -> None:
    first_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(free_port() < first_outgoing for _ in range(50))


def test_a_port_with_a_listener_is_not_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert not is_free(server.getsockname()[1])


def test_a_port_whose_server_has_just_stopped_is_free() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As every server does.
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # The side that closes first lingers in TIME_WAIT.
    assert is_free(port)


def test_a_taken_port_is_explained_in_one_sentence_with_the_variable_that_moves_it() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(LocalServerError) as failure:
            claim_or_explain(port, "the HTTP gateway", "GOLUB_HTTP_PORT")
    assert str(failure.value) == (
        f"Port {port} for the HTTP gateway is already in use: "
        "stop the program that holds it or set GOLUB_HTTP_PORT to a free port."
    )


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(LocalServerError, match=r"GOLUB_HTTP_PORT.* is not a TCP port"):
        claim_or_explain(port, "the HTTP gateway", "GOLUB_HTTP_PORT")
