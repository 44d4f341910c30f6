"""What the doctor says: one answer a question, and where something is amiss, what to do about it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct


class Status(StrEnum):
    """How it stands. Closed."""

    OK = "ok"
    WARN = "warn"
    """It may be meant; somebody should look."""
    FAIL = "fail"
    SKIPPED = "skipped"
    """It could not be asked, or does not matter here; `detail` says which."""


class Answer(Struct, frozen=True):
    """One answer. `fix` is one line, '' where nothing is to be done."""

    check: str
    status: Status
    detail: str
    fix: str = ""


def ok(check: str, detail: str) -> Answer:
    """As it should be."""
    return Answer(check, Status.OK, detail)


def warn(check: str, detail: str, fix: str) -> Answer:
    """Perhaps not as it should be."""
    return Answer(check, Status.WARN, detail, fix)


def fail(check: str, detail: str, fix: str) -> Answer:
    """Not as it should be."""
    return Answer(check, Status.FAIL, detail, fix)


def skipped(check: str, detail: str, fix: str = "") -> Answer:
    """Not asked."""
    return Answer(check, Status.SKIPPED, detail, fix)


def any_failed(answers: Iterable[Answer]) -> bool:
    """Whether something is broken."""
    return any(answer.status is Status.FAIL for answer in answers)


_NAMED: Final = 5


def some(names: Iterable[str], most: int = _NAMED) -> str:
    """`a, b and 3 more`: at most so many by name."""
    known = list(names)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more
