"""The negative controls: sidecars and a server that are wrong on purpose, as a first sketch may be."""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from unittest import mock

from kubevigil.delivery import documents, sending
from kubevigil.delivery.bulk import Item, item_of
from kubevigil.delivery.outbox import Due
from kubevigil.delivery.shipping import Shipper
from kubevigil.delivery.verdicts import Verdict, verdicts_of
from kubevigil.model import clock

_SALT = re.compile(rb"~[0-9a-f]{16}")


def _item_with_an_id_of_its_attempt(id_: str, index: str, document: Any, **more: Any) -> Item:
    item = item_of(id_, index, document, **more)
    action, _, source = item.lines.partition(b"\n")
    told = json.loads(action)
    told["create"]["_id"] += "~" + secrets.token_hex(8)
    return item._replace(lines=json.dumps(told).encode() + b"\n" + source)


def _verdicts_by_the_crash(answer: bytes, ids: Iterable[str]) -> dict[str, Verdict]:
    return verdicts_of(_SALT.sub(b"", answer), ids)


def _random_ids() -> None:
    """Each attempt makes an id of its own."""
    mock.patch.object(documents, "item_of", _item_with_an_id_of_its_attempt).start()
    mock.patch.object(sending, "verdicts_of", _verdicts_by_the_crash).start()


def _acknowledged_first() -> None:
    """What is claimed is noted as sent before it is."""
    made = Shipper._made

    def noted_and_made(self: Any, due: Sequence[Due]) -> list[Item]:
        items = made(self, due)
        if items:
            self._outbox.sent([item.id for item in items], clock.wall())
        return items

    mock.patch.object(Shipper, "_made", noted_and_made).start()


TWINS: dict[str, Callable[[], None]] = {"random ids": _random_ids, "acknowledged first": _acknowledged_first}


def put_in(name: str) -> None:
    """Lets the sidecars of this process do what that control does wrong."""
    TWINS[name]()
