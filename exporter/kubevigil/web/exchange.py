"""A request and its response, as the routes see them: plain values, no trace of the library below.

A route runs in a worker thread. It must not wait for anything slow, and the pieces of its body are held by reference
until the client has them, so a large body is made of pieces that exist anyway.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple


class Request(NamedTuple):
    """What the client asked. `path` is percent-decoded; the names of `headers` are lower-case; `client` its address.

    `signed_in` is false only where a password is asked for and this client came to an open path without the right one.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    client: str = ""
    signed_in: bool = True


class Response(NamedTuple):
    """What to answer. The body is collected before the first byte goes out, so its length is always known."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: Iterable[bytes]


Route = Callable[[Request], Response]
"""Answers one path."""

Failed = Callable[[str, Exception], None]
"""Told the path and the exception of a route that raised, to log and count it. Runs in a worker; must not raise."""
