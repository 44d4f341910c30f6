"""Whom a driver asks (the API) and whom it tells: a handler keeps the objects, an observer keeps the figures.

All calls come from the driver's thread, one at a time.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, Self, TypeVar

from kubevigil.kube.answers import Skipped
from kubevigil.kube.errors import (
    Conflict,
    Forbidden,
    Gone,
    KubeError,
    NotFound,
    Refused,
    ServerError,
    Stalled,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Undecodable,
)
from kubevigil.kube.interrupt import Interrupt

T_contra = TypeVar("T_contra", contravariant=True)


class Cause(StrEnum):
    """Why a LIST or WATCH ended; the label of `kubevigil_watch_reconnects_total`."""

    TIMEOUT = "timeout"
    """The server ended the watch, as it was asked to after some minutes."""
    STALLED = "stalled"
    RESET = "reset"
    GONE = "gone"
    HTTP = "http"
    DECODE = "decode"
    DENIED = "denied"


def cause_of(error: KubeError) -> Cause:
    """The cause that a failed request or stream counts under; whatever else there is, the connection failed."""
    match error:
        case Unauthorized() | Forbidden():
            return Cause.DENIED
        case Gone():
            return Cause.GONE
        case Stalled():
            return Cause.STALLED
        case Undecodable() | TooLarge():
            return Cause.DECODE
        case TooManyRequests() | NotFound() | Conflict() | Refused() | ServerError():
            return Cause.HTTP
        case _:
            return Cause.RESET


class Handler(Protocol[T_contra]):
    """Keeps the objects of one scope. What it raises ends the driver's run (but it raises no KubeError)."""

    def sync_started(self) -> None:
        """A list begins (anew): collect into a new state, and forget one that was begun and not finished."""

    def page(self, items: Sequence[T_contra]) -> None:
        """One page of the list."""

    def unreadable(self, uid: str) -> None:
        """On this page there is also an object that could not be decoded: it did not vanish."""

    def vanished(self, uid: str) -> None:
        """In the old state and not in the new list; called between the last page and `sync_finished`."""

    def sync_finished(self, resource_version: str) -> None:
        """The list is complete: the new state takes the old one's place."""

    def changed(self, item: T_contra) -> None:
        """Added or modified."""

    def deleted(self, item: T_contra) -> None:
        """Deleted; `item` is its last body."""

    def batch_done(self) -> None:
        """All complete lines of what the socket gave are handed over: a good moment to commit."""


class Observer(Protocol):
    """Keeps the figures of one scope, and decides what is worth a log line."""

    def activity(self, monotonic: float) -> None:
        """Bytes came in at this moment."""

    def reconnect(self, cause: Cause) -> None:
        """A LIST or WATCH ended; another will follow."""

    def skipped(self, item: Skipped) -> None:
        """An object was left out."""

    def synced(self, yes: bool) -> None:
        """Whether the handler's state is a complete picture that is being kept up to date."""

    def failure(self, error: KubeError) -> None:
        """Why the last LIST or WATCH ended, where that was not as it should be."""


class Stream(Protocol):
    """A response that is still coming in."""

    def read(self) -> bytes:
        """What has come in, as soon as there is anything; b'' at the end. Raises a KubeError if it breaks off."""

    def __enter__(self) -> Self:
        """The stream itself."""

    def __exit__(self, *_: object) -> None:
        """Closes it."""


class Api(Protocol):
    """What a driver needs of a `Connection`."""

    def get_bytes(
        self, path: str, query: Mapping[str, str], *, read_timeout: float, interrupt: Interrupt | None
    ) -> bytes:
        """The whole body of a GET."""

    def open(self, path: str, query: Mapping[str, str], *, read_timeout: float, interrupt: Interrupt | None) -> Stream:
        """The body of a GET as it comes in."""
