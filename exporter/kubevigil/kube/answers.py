"""What the API answers, decoded: pages of objects, changes, and what could not be decoded."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from msgspec import Struct, field


class Metadata(Protocol):
    """What the reflector has to know of any object."""

    @property
    def uid(self) -> str:
        """The identity of the object."""

    @property
    def resource_version(self) -> str:
        """The version of the object."""


class KubeObject(Protocol):
    """Any struct with the metadata of a Kubernetes object."""

    @property
    def metadata(self) -> Metadata:
        """The object's identity and version."""


T = TypeVar("T", bound=KubeObject)


class SkipReason(StrEnum):
    """Why an object was left out; the label of `kubevigil_objects_skipped_total`."""

    INVALID = "invalid"
    TOO_LARGE = "too_large"


class EventType(StrEnum):
    """The changes that a watch tells."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An object that could not be decoded; '' for what cannot be read of it. `deleted`: the watch said DELETED."""

    reason: SkipReason
    uid: str = ""
    namespace: str = ""
    name: str = ""
    resource_version: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a LIST. `continue_token` is '' on the last; `remaining` is None where the server does not say."""

    resource_version: str
    continue_token: str
    remaining: int | None
    items: list[T]
    skipped: list[Skipped]


class Change(Struct, Generic[T], frozen=True):
    """An object was added, modified or deleted; `item` is how it looks now, or looked last.

    In the shape of a line of a watch, so that it is decoded as it is.
    """

    type: EventType
    item: T = field(name="object")


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Nothing happened up to this version."""

    resource_version: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An ERROR event: `code` is an HTTP status (0 where there was none), `retry_after` in seconds."""

    code: int
    message: str = ""
    retry_after: float = 0.0
