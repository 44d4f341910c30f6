"""Rows of the predecessor's history as records of ours. Pure.

It kept when it noticed a crash, of which container, and the number of restarts; neither the pod nor why. So a record
has the class `unseen`, and no exit code. The pod is known where its table of state has one row, and only one, of the
same container and count that it wrote within a few seconds of that moment: it wrote the two one after the other.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Final

from kubevigil.model.clock import rfc3339
from kubevigil.model.record import Record, RecordedContainer, RecordedTermination, TerminationClass, Workload
from kubevigil.moving.rows import Counted, Crash
from kubevigil.store.identity import identity

ORIGIN: Final = "kubernetes-pod-monitor"
_MESSAGE: Final = f"recorded by {ORIGIN}, which kept no details"
_CLOSE: Final = 10.0
"""Seconds between the two writes, a slow database allowed for."""

_QUARTER: Final = 900.0
_FARTHEST: Final = 14 * 4
"""Quarters of an hour: no clock is farther from UTC than 14 hours (the IANA time zone database)."""

_WITNESSES: Final = 3
_NONE: Final = 1_000_000
"""Stands for no whole number of quarters."""

Key = tuple[str, str, int]
"""Namespace, container, restart count."""


class Pods:
    """Which pod a crash was of, where the table of state still tells."""

    def __init__(self, counted: Iterable[Counted]) -> None:
        pods: defaultdict[Key, list[Counted]] = defaultdict(list)
        for row in counted:
            pods[row.namespace, row.container, row.restart_count].append(row)
        self._pods: Mapping[Key, list[Counted]] = pods

    def offset(self, crashes: Iterable[Crash], zone: tzinfo) -> float:
        """By how many seconds dates are ahead of the moments in its state, if most that can be compared agree on it.

        0 where they agree on none, or too few can be compared. Clocks differ from UTC by whole quarters of an hour.
        """
        ahead: Counter[int] = Counter()
        for crash in crashes:
            rows = self._pods.get((crash.namespace, crash.container, crash.restart_count), [])
            if len(rows) == 1:
                seconds = moment_of(crash, zone) - rows[0].edited_at
                quarters = round(seconds / _QUARTER)
                ahead[quarters if abs(seconds - quarters * _QUARTER) <= _CLOSE else _NONE] += 1
        quarters, witnesses = ahead.most_common(1)[0] if ahead else (_NONE, 0)
        agreed = witnesses >= _WITNESSES and witnesses * 2 > ahead.total() and abs(quarters) <= _FARTHEST
        return quarters * _QUARTER if agreed else 0.0

    def of(self, crash: Crash, moment: float) -> str:
        """The pod's name, or ''."""
        rows = self._pods.get((crash.namespace, crash.container, crash.restart_count), [])
        near = [row.pod for row in rows if abs(row.edited_at - moment) <= _CLOSE]
        return near[0] if len(near) == 1 else ""


def moment_of(crash: Crash, zone: tzinfo) -> float:
    """When it was noticed, in Unix time. Of an hour that a clock has twice, the first."""
    return crash.date.replace(tzinfo=zone).timestamp()


def record_of(crash: Crash, cluster: str, moment: float, pods: Pods) -> Record:
    """The record of one row: the same for the same row, however often it is read."""
    return Record(
        id=id_of(crash, cluster),
        cluster=cluster,
        namespace=crash.namespace,
        pod=pods.of(crash, moment),
        pod_uid="",
        node="",
        workload=Workload("", ""),
        container=RecordedContainer(crash.container, "app", restart_count=crash.restart_count),
        termination=RecordedTermination(TerminationClass.UNSEEN, rfc3339(moment), message=_MESSAGE),
    )


def id_of(crash: Crash, cluster: str) -> str:
    """The SHA-256 of all that the row says. Its time zone is no part of it: read otherwise, it is the same crash."""
    date = crash.date.isoformat(timespec="microseconds")
    return identity(ORIGIN, cluster, str(crash.id), crash.namespace, crash.container, str(crash.restart_count), date)


def series_of(record: Record) -> str:
    """The SHA-256 that all crashes of one container share, as far as the history tells them apart."""
    return identity(ORIGIN, record.cluster, record.namespace, record.container.name)
