"""What the tests and the browser's process tell each other: pickles, each after its length in four bytes."""

import pickle
import socket
import struct
from typing import Any

_length = struct.Struct("!I")


class Handle:
    """An object that stays in the browser's process, named by a number."""

    def __init__(self, number: int) -> None:
        self.number = number


class Failure:
    """What a call raised; `is_assertion` tells a failed expectation from a mistake."""

    def __init__(self, text: str, *, is_assertion: bool) -> None:
        self.text = text
        self.is_assertion = is_assertion


def send(connection: socket.socket, value: object) -> None:
    """Write one value."""
    body = pickle.dumps(value)
    connection.sendall(_length.pack(len(body)) + body)


def receive(connection: socket.socket) -> Any:
    """Read one value; raises EOFError when the other side is gone."""
    return pickle.loads(_exactly(connection, *_length.unpack(_exactly(connection, _length.size))))


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
