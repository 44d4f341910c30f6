"""Why a crash has no log, or no text of it, and what to do about that. Pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from kubevigil.cli.crashes_screen import size
from kubevigil.model.record import CaptureResult, Record, RecordedLog


class Absence(NamedTuple):
    """Why there is nothing to read, and what to do. `command` is to be copied."""

    reason: str
    advice: str = ""
    command: str = ""


_PENDING: Final = Absence(
    "Not there yet: it is being fetched, or fetching is switched off.", "Ask again in some twenty seconds."
)

_DROPPED: Final = Absence(
    "It was captured, and given up since: the store keeps logs up to a limit of bytes.",
    "The first and the latest crash of a container keep theirs the longest.",
)

_LOST_RACE: Final = (
    "Kubernetes keeps the log of a dead container until the next one dies; a restart back-off, which comes after the "
    "first few crashes, gives more time."
)

_RULE: Final = '- {apiGroups: [""], resources: [pods/log], verbs: [get]}'

_BY_RESULT: Final[Mapping[CaptureResult, Absence]] = {
    CaptureResult.SUPERSEDED: Absence(
        "The next instance had taken its place before the log could be read; that one's is not shown for it.",
        _LOST_RACE,
    ),
    CaptureResult.GONE: Absence("Kubernetes had thrown it away already, or the pod was deleted.", _LOST_RACE),
    CaptureResult.EMPTY: Absence(
        "It printed nothing: the container's output was read and is empty.",
        "If it writes its log into a file, have it write to stdout.",
    ),
    CaptureResult.TIMEOUT: Absence(
        "It could not be fetched in time: the API server or the kubelet was too slow, or too much crashed at once.",
        "Look whether the node is well.",
    ),
    CaptureResult.ERROR: Absence(
        "It could not be fetched: the API server or the kubelet answered with an error.",
        "The exporter's own log has the error.",
    ),
}

WORDS: Final[Mapping[CaptureResult, str]] = {
    CaptureResult.SUPERSEDED: "too late",
    CaptureResult.GONE: "gone",
    CaptureResult.EMPTY: "empty",
    CaptureResult.FORBIDDEN: "forbidden",
    CaptureResult.TIMEOUT: "timeout",
    CaptureResult.ERROR: "failed",
}
"""For a table: why there is no log."""


def log_words(log: RecordedLog | None) -> str:
    """For a table: the log's size, or why there is none."""
    if log is None:
        return "pending"
    if log.dropped:
        return "dropped"
    return size(log.bytes) if log.result is CaptureResult.OK else WORDS[log.result]


def absence(record: Record) -> Absence | None:
    """Why this crash has no text of a log; None where it has one."""
    log = record.log
    if log is None:
        return _PENDING
    if log.dropped:
        return _DROPPED
    if log.result is CaptureResult.FORBIDDEN:
        return _forbidden(record.namespace)
    return _BY_RESULT.get(log.result)


def _forbidden(namespace: str) -> Absence:
    return Absence(
        f"Kubevigil may not read logs in namespace {namespace}.",
        "Give its role this rule, in the cluster or in that namespace:",
        _RULE,
    )
