"""Which of the formats a document has, and where it goes. Pure."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from kubevigil.delivery import ecs, legacy
from kubevigil.delivery.bulk import Item, item_of
from kubevigil.delivery.indices import index_of
from kubevigil.delivery.outbox import Due
from kubevigil.model.record import Record


class Format(StrEnum):
    """How documents are shaped. Closed."""

    ECS = "ecs"
    LEGACY = "legacy"
    """The eight fields of kubernetes-pod-monitor."""


_MAKERS: Final[Mapping[Format, Callable[[Record], dict[str, Any]]]] = {
    Format.ECS: ecs.document,
    Format.LEGACY: legacy.document,
}


class Documents:
    """Makes what is sent. `prefix` begins the index's name; `doc_type` is for servers that still need one, else ''."""

    def __init__(self, format_: Format, prefix: str, *, doc_type: str = "") -> None:
        self._make = _MAKERS[format_]
        self._prefix = prefix
        self._doc_type = doc_type

    def item(self, due: Due) -> Item:
        """The crash as it is sent. Raises ValueError or TypeError for what no record of ours is."""
        index = index_of(self._prefix, due.day)
        document = self._make(due.record)
        return item_of(due.record.id, index, document, attempts=due.attempts, doc_type=self._doc_type)
