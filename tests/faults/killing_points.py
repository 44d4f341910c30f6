"""The named points at which the exporter kills itself, wrapped in from outside: the shipped code knows none of them."""

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from itertools import count
from typing import Any, NamedTuple
from unittest import mock

from kubevigil.app import bookkeeping, wiring
from kubevigil.kube.driver import Driver
from kubevigil.pods.counters import Counters
from kubevigil.pods.intake import Intake
from kubevigil.pods.observation import Backlog
from kubevigil.store import housekeeping, journal, schema, settling
from kubevigil.store.journal import Journal


class When(StrEnum):
    """On which side of a call."""

    BEFORE = "before"
    AFTER = "after"


class Point(NamedTuple):
    """A call of the exporter, and on which side of it the process dies. `most`: how often a short life passes it."""

    owner: Any
    call: str
    when: When
    most: int = 4


POINTS = {
    "before the store is migrated": Point(schema.metadata, "create_all", When.BEFORE, 1),
    "after the store is loaded": Point(Journal, "load", When.AFTER, 1),
    "before the server listens": Point(wiring.Exporter, "start", When.BEFORE, 1),
    "before a page of the list is taken": Point(Intake, "page", When.BEFORE, 3),
    "after a page of the list is taken": Point(Intake, "page", When.AFTER, 3),
    "before the swap": Point(Intake, "sync_finished", When.BEFORE, 1),
    "after the swap": Point(Intake, "sync_finished", When.AFTER, 1),
    "after an event is taken": Point(Intake, "changed", When.AFTER, 20),
    "after a batch is taken": Point(Backlog, "take", When.AFTER),
    "before the commit": Point(Journal, "commit", When.BEFORE),
    "in the transaction, before its entries": Point(Journal, "_insert_entries", When.BEFORE),
    "in the transaction, after its entries": Point(Journal, "_insert_entries", When.AFTER),
    "in the transaction, after its rows": Point(Journal, "_write_rows", When.AFTER),
    "in the transaction, at its end": Point(Journal, "_add_to_counters", When.AFTER),
    "after the commit, before memory": Point(Journal, "commit", When.AFTER),
    "after memory": Point(Counters, "add", When.AFTER),
    "before housekeeping": Point(Journal, "tidy", When.BEFORE),
    "in the transaction of housekeeping": Point(housekeeping, "_drop_records", When.AFTER),
    "after housekeeping, before memory": Point(Journal, "tidy", When.AFTER),
    "after a record is written, before its log is asked for": Point(wiring.Exporter, "_on_record", When.BEFORE),
    "after a log is captured, before it is passed on": Point(wiring, "Captured", When.BEFORE),
    "in the transaction, among its logs": Point(settling, "pack", When.AFTER),
    "in the transaction, after its logs": Point(journal, "settle", When.AFTER),
}
LOG_POINTS = tuple(name for name in POINTS if "log" in name)
"""Those between a crash's record and its settled log."""

_HOUSEKEEPING_SECONDS = 0.02
_PAGE_SIZE = 4
"""So that even a small cluster is listed in three pages."""


def set_to_die(name: str, passing: int) -> None:
    """Lets this process die, as by `kill -9`, at its n-th `passing` of the point. For a process of its own."""
    point = POINTS[name]
    passings = count(1)

    def pass_by(call: Callable[..., object], /, *arguments: object, **named: object) -> object:
        last = next(passings) == passing
        if last and point.when is When.BEFORE:
            _die()
        result = call(*arguments, **named)
        if last:
            _die()
        return result

    original = getattr(point.owner, point.call)

    def wrapped(*arguments: object, **named: object) -> object:
        return pass_by(original, *arguments, **named)

    if "page" in name:
        mock.patch.object(wiring, "Driver", partial(Driver, page_size=_PAGE_SIZE)).start()
    if "housekeeping" in name:
        mock.patch.object(bookkeeping, "_TIDY_SECONDS", _HOUSEKEEPING_SECONDS).start()
    mock.patch.object(point.owner, point.call, wrapped).start()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
