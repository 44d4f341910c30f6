"""The bounded history of versions."""

import threading

import pytest

from kubevigil.demo.history import Expired, History
from kubevigil.demo.plan import PodRef

REF = PodRef("shop", "web")


def filled(count: int, keep: int) -> History:
    history = History(keep=keep)
    for _ in range(count):
        history.publish("MODIFIED", REF, lambda version: b"%d" % version)
    return history


def test_a_reader_gets_every_change_after_its_version() -> None:
    came = filled(5, 10).wait(2, 0, 0)
    assert [c.version for c in came.changes] == [3, 4, 5]
    assert came.version == 5


def test_a_reader_at_the_edge_of_the_history_is_served_and_an_older_one_is_expired() -> None:
    history = filled(10, 4)
    assert [c.version for c in history.wait(6, 0, 0).changes] == [7, 8, 9, 10]
    with pytest.raises(Expired, match=r"too old resource version: 5 \(6\)"):
        history.wait(5, 0, 0)


def test_compaction_expires_changes_and_pages() -> None:
    history = filled(3, 10)
    history.snapshot()
    history.compact()
    with pytest.raises(Expired):
        history.check(2)
    with pytest.raises(Expired):
        history.snapshot_at(3)
    history.check(3)


def test_a_snapshot_does_not_change_with_the_world() -> None:
    history = filled(1, 10)
    before = history.snapshot()
    history.publish("DELETED", REF, lambda _: b"gone")
    assert history.snapshot_at(before.version).pods == ((REF, b"1"),)
    assert history.snapshot().pods == ()


def test_only_so_many_snapshots_are_kept() -> None:
    history = filled(1, 100)
    first = history.snapshot().version
    for _ in range(16):
        history.publish("MODIFIED", REF, lambda version: b"%d" % version)
        history.snapshot()
    with pytest.raises(Expired):
        history.snapshot_at(first)


def test_a_change_a_bookmark_and_the_end_each_wake_a_waiting_reader() -> None:
    history = filled(1, 10)
    woken: list[object] = []

    def read() -> None:
        woken.append(history.wait(1, 0, 30).version)
        woken.append(history.wait(2, 0, 30).bookmarks)
        history.wait(2, 1, 30)
        woken.append(history.closed)

    reader = threading.Thread(target=read)
    reader.start()
    history.publish("MODIFIED", REF, lambda _: b"2")
    history.bookmark()
    while len(woken) < 2 and reader.is_alive():
        reader.join(0.01)
    history.close()
    reader.join(10)
    assert woken == [2, 1, True]
