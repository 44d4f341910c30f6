"""The rows of kubernetes-pod-monitor's four tables, as far as anything can be made of them. Pure."""

import re
from datetime import datetime
from typing import Any, Final, NamedTuple

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
"""A DNS subdomain (RFC 1123): what Kubernetes calls namespaces, pods and containers by."""

_LONGEST_LABEL: Final = 63
_MOST_RESTARTS: Final = 2**31 - 1


class Crash(NamedTuple):
    """A row of its history; `date` is when it noticed, in the time zone of its container, without naming it."""

    id: int
    namespace: str
    container: str
    restart_count: int
    date: datetime


class Counted(NamedTuple):
    """A row of its state: up to which restart of a pod's container it had got, and when (Unix time)."""

    namespace: str
    pod: str
    container: str
    restart_count: int
    edited_at: int


class Channel(NamedTuple):
    """Where it told of a namespace."""

    namespace: str
    channel: str


class Ignored(NamedTuple):
    """A container of which it told nobody."""

    namespace: str
    container: str


def crash_of(row: tuple[Any, ...]) -> Crash | None:
    """From id, namespace, container, restart count and date; None for a row that tells of no crash."""
    id_, namespace, container, count, date = row
    namespace, container = text_of(namespace), text_of(container)
    whole = is_label(namespace) and is_label(container) and isinstance(date, datetime) and _is_count(count)
    return Crash(id_, namespace, container, count, date) if whole else None


def counted_of(row: tuple[Any, ...]) -> Counted | None:
    """From namespace, pod, container, restart count and the moment of the last change; None for what is no such row."""
    *texts, count, edited_at = row
    namespace, pod, container = map(text_of, texts)
    names = is_label(namespace) and is_label(container) and _is_name(pod)
    whole = names and _is_count(count) and isinstance(edited_at, int)
    return Counted(namespace, pod, container, count, edited_at) if whole else None


def text_of(value: Any) -> str:
    """What stands in a column of names; one may have been altered, to bytes or to take NULL."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def is_label(text: str) -> bool:
    """Whether Kubernetes could have a namespace or a container of this name: a DNS label (RFC 1123)."""
    return _is_name(text) and len(text) <= _LONGEST_LABEL and "." not in text


def _is_name(text: str) -> bool:
    """Whether Kubernetes could have a pod of this name."""
    return _NAME.fullmatch(text) is not None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value <= _MOST_RESTARTS
