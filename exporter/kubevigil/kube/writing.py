"""Creates, changes and deletes objects of the API: structs and maps, where a connection has bytes.

Nothing is tried again here. Unreachable, Stalled, Interrupted and ServerError do not tell whether the change was made:
whoever writes must look, or ask for something that is harmless twice.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from kubevigil.kube.connection import READ_TIMEOUT
from kubevigil.kube.decode import decode_as
from kubevigil.kube.interrupt import Interrupt

T = TypeVar("T")


class Api(Protocol):
    """What a writer needs of a `Connection`, whose docstrings say more."""

    def post(self, path: str, body: bytes, *, read_timeout: float, interrupt: Interrupt | None) -> bytes:
        """Creates."""

    def put(self, path: str, body: bytes, *, read_timeout: float, interrupt: Interrupt | None) -> bytes:
        """Replaces."""

    def patch(self, path: str, body: bytes, *, read_timeout: float, interrupt: Interrupt | None) -> bytes:
        """Changes by a JSON merge patch."""

    def delete(self, path: str, body: bytes, *, read_timeout: float, interrupt: Interrupt | None) -> bytes:
        """Deletes."""


class Writer:
    """Writes by one connection. Thread-safe.

    Paths are of collections for `create`, of objects (or their sub-resources) for the rest. Answers are decoded into
    `shape`. All raise as `Connection.send`, and Undecodable.
    """

    def __init__(self, api: Api, read_timeout: float = READ_TIMEOUT, interrupt: Interrupt | None = None) -> None:
        self._api = api
        self._read_timeout = read_timeout
        self._interrupt = interrupt

    def create(self, path: str, thing: object, shape: type[T]) -> T:
        """Creates an object. Raises AlreadyExists."""
        return self._answer(self._api.post, path, thing, shape)

    def replace(self, path: str, thing: object, shape: type[T]) -> T:
        """Puts `thing` in the place of the object. Raises Conflict if `thing` is of another resourceVersion."""
        return self._answer(self._api.put, path, thing, shape)

    def merge(self, path: str, changes: Mapping[str, Any], shape: type[T], *, version: str = "") -> T:
        """Changes the object by a merge patch. Raises Conflict if `version`, if given, is not its resourceVersion."""
        if version:
            changes = {**changes, "metadata": {**changes.get("metadata", {}), "resourceVersion": version}}
        return self._answer(self._api.patch, path, changes, shape)

    def delete(self, path: str, *, uid: str = "") -> None:
        """Deletes the object, and in the background what it owns. Raises Conflict if its uid is not `uid`, if given."""
        options: dict[str, Any] = {"propagationPolicy": "Background"}
        if uid:
            options["preconditions"] = {"uid": uid}
        self._send(self._api.delete, path, options)

    def _answer(self, send: "_Send", path: str, thing: object, shape: type[T]) -> T:
        return decode_as(shape, self._send(send, path, thing), path)

    def _send(self, send: "_Send", path: str, thing: object) -> bytes:
        return send(path, encoded(thing), read_timeout=self._read_timeout, interrupt=self._interrupt)


class _Send(Protocol):
    def __call__(self, path: str, body: bytes, *, read_timeout: float, interrupt: Interrupt | None) -> bytes: ...


def encoded(thing: object) -> bytes:
    """An object as JSON for the API server, whatever texts are in it."""
    try:
        return msgspec.json.encode(thing)
    except UnicodeEncodeError:
        # A lone surrogate that some program printed: as an escape it is JSON, and the API server puts U+FFFD for it.
        return json.dumps(msgspec.to_builtins(thing)).encode()
