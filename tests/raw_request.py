"""What a server says to bytes that need not be a request."""

import socket
from contextlib import suppress
from typing import Final

PATIENCE: Final = 20.0
"""Seconds until a server that neither answers nor closes the connection ends the test with a TimeoutError."""


def connected(address: tuple[str, int]) -> socket.socket:
    """A connection whose bytes are sent as they come."""
    connection = socket.create_connection(address, timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def said_to(connection: socket.socket, raw: bytes) -> bytes:
    """All that the server answers to `raw`, until it closes the connection."""
    answer = b""
    # A server that closes before it has read everything resets the connection, at any of these steps; what it answered
    # before can be read all the same. Shutting down what was reset is an OSError of its own (ENOTCONN).
    with suppress(ConnectionError):
        connection.sendall(raw)
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
    with suppress(ConnectionError):
        while piece := connection.recv(65_536):
            answer += piece
    return answer
