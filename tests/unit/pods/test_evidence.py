"""The ledger replayed over recordings of a real kubelet must count what containerd saw."""

from collections import Counter
from pathlib import Path

import pytest

from kubevigil.model.pod import Pod, containers_of

from .evidence import RECORDINGS, Event, Exporter, events, truth

SETTLED = 5.0
"""Seconds after which the API has shown an exit: the slowest of 1,508 took 2.95 s."""


def replay(recording: str, directory: Path, *, gap: tuple[float, float] | None = None) -> tuple[Exporter, set[str]]:
    """The exporter after the recording, and the pods whose end fell into the gap: the API never showed it to us."""
    exporter = Exporter(directory)
    exporter.relist([])
    present: dict[str, Pod] = {}
    unseen: set[str] = set()
    cut = False
    for event in events(recording):
        uid = event.pod.metadata.uid
        if gap and cut and event.t >= gap[1]:
            exporter.relist(present.values())
            cut = False
        cut = cut or bool(gap and gap[0] <= event.t < gap[1])
        if event.type == "DELETED":
            present.pop(uid, None)
            unseen |= {uid} if cut else set()
        else:
            present[uid] = event.pod
        if not cut:
            exporter.watch(event)
    if cut:
        exporter.relist(present.values())
    return exporter, unseen


def ends_shown(recording: str) -> Counter[tuple[str, str]]:
    """The truth, without what a forced deletion may have hidden: such a pod is gone before its last status is told."""
    hidden_from = {
        e.pod.metadata.uid: e.t - SETTLED
        for e in events(recording)
        if e.type == "DELETED" and e.pod.status.phase not in {"Succeeded", "Failed"}
    }
    return Counter(end.container for end in truth(recording) if end.t < hidden_from.get(end.container[0], float("inf")))


def test_there_is_evidence() -> None:
    assert RECORDINGS


@pytest.mark.parametrize("recording", RECORDINGS)
def test_an_unbroken_watch_counts_what_containerd_saw(recording: str, tmp_path: Path) -> None:
    exporter, _ = replay(recording, tmp_path)
    real = Counter(end.container for end in truth(recording))
    counted, shown = exporter.counted(), ends_shown(recording)
    assert {c: (n, counted[c]) for c, n in shown.items() if counted[c] < n} == {}
    assert {c: (n, real[c]) for c, n in counted.items() if n > real[c]} == {}


@pytest.mark.parametrize("recording", RECORDINGS)
def test_every_death_with_details_is_one_of_containerds_and_none_is_told_twice(recording: str, tmp_path: Path) -> None:
    exporter, _ = replay(recording, tmp_path)
    identified = exporter.identified()
    assert max(Counter(identified).values()) == 1
    assert set(identified) <= {end.container_id for end in truth(recording)}


@pytest.mark.parametrize("seconds", [10, 60, 200])
@pytest.mark.parametrize("recording", RECORDINGS)
def test_after_a_gap_and_a_relist_every_pod_that_outlived_it_is_counted_right(
    recording: str, seconds: int, tmp_path: Path
) -> None:
    last = max(event.t for event in events(recording))
    start = max(0.0, (last - seconds) / 2)
    exporter, unseen = replay(recording, tmp_path, gap=(start, start + seconds))
    real, counted = Counter(end.container for end in truth(recording)), exporter.counted()
    missed = {c: (n, counted[c]) for c, n in ends_shown(recording).items() if counted[c] < n and c[0] not in unseen}
    assert missed == {}
    assert {c: (n, real[c]) for c, n in counted.items() if n > real[c]} == {}


@pytest.mark.parametrize("recording", RECORDINGS)
def test_a_restart_of_ours_in_the_middle_changes_nothing(recording: str, tmp_path: Path) -> None:
    whole, _ = replay(recording, tmp_path / "whole")
    stream: list[Event] = list(events(recording))
    half = len(stream) // 2
    first = Exporter(tmp_path / "parted")
    first.relist([])
    present: dict[str, Pod] = {}
    for event in stream[:half]:
        first.watch(event)
        if event.type == "DELETED":
            present.pop(event.pod.metadata.uid, None)
        else:
            present[event.pod.metadata.uid] = event.pod
    second = Exporter(tmp_path / "parted")
    second.relist(present.values())
    for event in stream[half:]:
        second.watch(event)
    assert first.counted() + second.counted() == whole.counted()


@pytest.mark.parametrize("recording", RECORDINGS)
def test_the_restart_count_alone_would_miss_deaths(recording: str) -> None:
    """The control: what other exporters publish is less than the truth, so these recordings can tell the difference."""
    restarts: dict[tuple[str, str], int] = {}
    for event in events(recording):
        for _, status in containers_of(event.pod):
            key = (event.pod.metadata.uid, status.name)
            restarts[key] = max(restarts.get(key, 0), status.restart_count)
    assert sum(restarts.values()) < 0.9 * len(truth(recording))
