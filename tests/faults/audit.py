"""The audit: what the world made happen and the API showed = what the store holds = what was scraped, place by place.

Pure: compares, and touches no file. The truth counts ends; the store has them three times (the ledger's numbers, the
counters, the identities) and the crashes once more as records; a scrape has the counters. All must agree.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from msgspec import Struct

from kubevigil.demo.truth import TrueEnd
from kubevigil.model.record import CRASHES, Record

from .findings import Findings

Labels = tuple[str, ...]
"""Of `kubevigil_workload_terminations_total`, in the order of its family."""

CRASH_CLASSES = frozenset(class_.value for class_ in CRASHES)
_CLASS = 5

Where = TypeVar("Where", bound=tuple[str, ...])


class Place(NamedTuple):
    """Where something ended: pod uid and container; '' for a whole pod."""

    uid: str
    container: str


class Stored(Struct, kw_only=True):
    """What a store holds. `deaths` are the ledger's own numbers."""

    deaths: Counter[Place]
    counters: dict[Labels, int]
    crashes: list[Record]
    identities: int
    vanished: int


class Verdict(Findings, kw_only=True):
    """`unseen` were counted without details."""

    ends: int
    crashes: int
    unseen: int


def audit(
    truth: Iterable[TrueEnd], stored: Stored, scraped: Mapping[Labels, float], workloads: Mapping[str, str]
) -> Verdict:
    """The verdict over all ends that the API showed. `workloads` names the counted workload of each pod's uid."""
    shown = [end for end in truth if end.shown]
    verdict = Verdict(
        ends=len(shown),
        crashes=len(stored.crashes),
        unseen=sum(n for labels, n in stored.counters.items() if labels[_CLASS] == "unseen"),
    )
    _compare(verdict, "ledger", Counter(Place(end.uid, end.container) for end in shown), stored.deaths)
    counted: Counter[tuple[str, str, str]] = Counter()
    for labels, n in stored.counters.items():
        counted[_counted_at(labels)] += n
    true_counts = Counter((end.namespace, workloads.get(end.uid, ""), end.container) for end in shown)
    _compare(verdict, "counters", true_counts, counted)
    _compare(verdict, "scrapes", stored.counters, scraped)
    _balance(verdict, stored)
    _check_records(verdict, shown, stored.crashes)
    return verdict


def _counted_at(labels: Labels) -> tuple[str, str, str]:
    """Namespace, workload and container of a counter."""
    return labels[0], labels[2], labels[3]


def _compare(verdict: Verdict, what: str, expected: Mapping[Where, float], found: Mapping[Where, float]) -> None:
    for place in sorted(expected.keys() | found.keys()):
        wanted, got = expected.get(place, 0), found.get(place, 0)
        if got < wanted:
            verdict.lost.append(f"{what}: {'/'.join(place)}: {got:g} of {wanted:g}")
        elif got > wanted:
            verdict.doubled.append(f"{what}: {'/'.join(place)}: {got:g} instead of {wanted:g}")


def _balance(verdict: Verdict, stored: Stored) -> None:
    """Each identity moved one counter by one; each crash that was counted as one has its record."""
    moved = sum(stored.counters.values()) + stored.vanished
    if stored.identities != moved:
        verdict.wrong.append(f"balance: {stored.identities} identities moved counters by {moved}")
    crashes = sum(n for labels, n in stored.counters.items() if labels[_CLASS] in CRASH_CLASSES)
    if len(stored.crashes) < crashes:
        verdict.lost.append(f"records: {len(stored.crashes)} of {crashes} crashes")
    if len(stored.crashes) > crashes + verdict.unseen:
        verdict.doubled.append(f"records: {len(stored.crashes)} of {crashes} crashes and {verdict.unseen} unseen")


def _check_records(verdict: Verdict, shown: list[TrueEnd], records: list[Record]) -> None:
    """Each record tells of one true crash, and rightly; no crash has two."""
    true = {end.container_id: end for end in shown if end.container_id}
    for id_, times in Counter(record.container.id for record in records).items():
        if times > 1:
            verdict.doubled.append(f"records: {times} of container {id_}")
    for record in records:
        end = true.get(record.container.id)
        told = (record.pod_uid, record.container.name, record.termination.class_, record.termination.exit_code)
        if end is None:
            verdict.wrong.append(f"records: {record.container.id} of {record.pod} never ended")
        elif told != (end.uid, end.container, end.class_, end.exit_code):
            verdict.wrong.append(f"records: {told} tells of {end}")
