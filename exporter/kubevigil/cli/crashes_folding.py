"""Folds a list of crashes: what crashed in the same way again and again is one line with its number. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from kubevigil.cli.crashes_moments import ended
from kubevigil.model.record import Record


class Fold(NamedTuple):
    """Crashes of one workload's container that ended alike. `first` and `last` are Unix times, `pods` their number."""

    latest: Record
    number: int
    first: float
    last: float
    pods: int


def folded(newest_first: Iterable[Record]) -> list[Fold]:
    """The crashes by workload, container and way of ending; the one whose latest crash is the newest comes last."""
    alike: dict[tuple[object, ...], list[Record]] = {}
    for record in newest_first:
        alike.setdefault(_likeness(record), []).append(record)
    return sorted(map(_fold, alike.values()), key=lambda fold: fold.last)


def single(newest_first: Iterable[Record]) -> list[Fold]:
    """Each crash by itself, the newest last."""
    return sorted((_fold([record]) for record in newest_first), key=lambda fold: fold.last)


def _likeness(record: Record) -> tuple[object, ...]:
    end = record.termination
    workload = (record.cluster, record.namespace, record.workload.kind, record.workload.name)
    return (*workload, record.container.name, end.class_, end.reason, end.exit_code, end.signal)


def _fold(records: list[Record]) -> Fold:
    moments = [ended(record) for record in records]
    return Fold(records[0], len(records), min(moments), max(moments), len({record.pod_uid for record in records}))
