"""Whose log is it? The lines of the pods here name their instance, and so does the termination message."""

import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Final

from kubevigil.model.record import CaptureResult, Record, RecordedLog

_NAME: Final = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")


class Finding(StrEnum):
    """What an audit says of one log."""

    OWN = "own"
    TAIL_LOST = "own without its end"
    """The runtime loses the last lines of some that print 2 MiB in less than 0.1 s; of others it has none."""
    WRONG = "another's"
    NAMELESS = "nobody's"
    """Text that names no instance, such as an error that was taken for a log."""
    NONE = "none"


def judge(log: RecordedLog, name: str) -> Finding:
    """Whether it is the log of the instance of that name."""
    if log.result is not CaptureResult.OK:
        return Finding.NONE
    named = set(_NAME.findall(log.text))
    if named - {name}:
        return Finding.WRONG
    if not named:
        return Finding.NAMELESS
    return Finding.OWN if log.text.rstrip("\n").endswith(f"LAST {name}") else Finding.TAIL_LOST


def judged(record: Record) -> Finding:
    """The same of a record, which must be settled."""
    assert record.log is not None, record.id
    return judge(record.log, record.termination.message)


def told(records: list[Record]) -> dict[str, int]:
    """Figures: the results, and what the audit found of the logs."""
    results = Counter(record.log.result.value for record in records if record.log)
    findings = Counter(judged(record).value for record in records)
    return dict(results) | {f"log {finding}": findings[finding.value] for finding in Finding if finding != "none"}


def nobody_else_s(figures: dict[str, int]) -> bool:
    """Whether every log is one that was proven to be the record's own."""
    return figures["log another's"] == figures["log nobody's"] == 0


def log_of(record: Record, result: CaptureResult = CaptureResult.OK) -> RecordedLog:
    assert record.log is not None
    assert record.log.result is result
    return record.log


def all_bytes(data: Path) -> Iterator[bytes]:
    """The files of a store as they lie there, and every log in it, inflated."""
    for file in data.iterdir():
        yield file.read_bytes()
    with closing(sqlite3.connect(f"file:{data}/kubevigil.db?mode=ro", uri=True)) as store:
        bodies = store.execute("SELECT body FROM kubevigil_crash_logs WHERE body IS NOT NULL").fetchall()
    yield from (zlib.decompress(body) for (body,) in bodies)


def found(secrets: Iterable[str], places: Iterable[bytes]) -> set[str]:
    """Those of the secrets that are in one of the places."""
    wanted = set(secrets)
    return {secret for place in places for secret in wanted if secret.encode() in place}
