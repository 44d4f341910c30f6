"""The points at which an exporter that looks after health checks kills itself, wrapped in from outside."""

import os
import signal
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from itertools import count
from random import Random
from typing import Any, NamedTuple
from unittest import mock

from kubevigil.healthchecks.writing import Writer


class When(StrEnum):
    """Of a request: not sent yet, on its way, or answered."""

    BEFORE = "before"
    WHILE = "while"
    AFTER = "after"


class Act(NamedTuple):
    """A write (or look) of the controller, which `arguments` tell from others by the same call."""

    call: str
    is_meant: Callable[..., bool]


def _begins(_meta: object, changes: dict[str, Any]) -> bool:
    return "startedAt" in changes


def _ends(_meta: object, changes: dict[str, Any]) -> bool:
    return changes.get("finishedAt") is not None


def _ends_a_remedy(_meta: object, changes: dict[str, Any]) -> bool:
    return changes.get("remedyFinishedAt") is not None


def _begins_a_remedy(_meta: object, changes: dict[str, Any]) -> bool:
    return changes.get("remedyTriggeredAt") is not None


def _any(*_: object) -> bool:
    return True


ACTS = {
    "a beginning is written": Act("status", _begins),
    "a workflow is created": Act("create", _any),
    "an end is written": Act("status", _ends),
}
REMEDY_ACTS = {
    "a remedy's beginning is written": Act("status", _begins_a_remedy),
    "a remedy's end is written": Act("status", _ends_a_remedy),
}
"""Those that only an exporter comes to whose checks have remedies."""
POINTS = {f"{when} {act}": (when, act) for act in ACTS for when in When}
REMEDY_POINTS = {f"{when} {act}": (when, act) for act in REMEDY_ACTS for when in When}
LONGEST_REQUEST = 0.008
"""Seconds after which a request that is on its way is surely answered."""


def set_to_die(name: str, passing: int) -> None:
    """Lets this process die, as by `kill -9`, at its n-th `passing` of the point. For a process of its own."""
    when, act = (POINTS | REMEDY_POINTS)[name]
    call, is_meant = (ACTS | REMEDY_ACTS)[act]
    original = getattr(Writer, call)
    passings = count(1)

    def wrapped(self: Writer, *arguments: Any) -> object:
        last = is_meant(*arguments) and next(passings) == passing
        if last and when is When.BEFORE:
            _die()
        if last and when is When.WHILE:
            threading.Thread(target=_die_soon, daemon=True).start()
        answer = original(self, *arguments)
        if last and when is When.AFTER:
            _die()
        return answer

    mock.patch.object(Writer, call, wrapped).start()


def _die_soon() -> None:
    time.sleep(Random().uniform(0, LONGEST_REQUEST))  # any moment will do
    _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
