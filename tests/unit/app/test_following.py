import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app.following import PATIENCE_SECONDS, Follower
from kubevigil.model.record import Record
from kubevigil.store.archive import Filter
from kubevigil.store.errors import CannotOpen, StoreError
from tests.unit.cli.crashes_cast import NOW, MemoryArchive, crash, log


class Place:
    """Where a store is kept: `archive` is the file there now, None for none."""

    def __init__(self, *records: Record) -> None:
        self.archive: MemoryArchive | None = MemoryArchive(*records)
        self.now = 0.0
        self.wall = NOW - 60

    def open(self) -> MemoryArchive:
        if self.archive is None:
            raise CannotOpen("no store")
        self.archive.closed = False
        return self.archive

    def write(self, record: Record) -> None:
        assert self.archive is not None
        self.archive.kept.append(record)

    def follower(self, *, since: float | None = None, start: bool = True) -> Follower:
        follower = Follower(
            self.open,
            lambda: self.archive,
            Filter(since=since),
            texts=True,
            monotonic=lambda: self.now,
            wall=lambda: self.wall,
        )
        if start:
            follower.start()
        return follower


def ids(records: list[Record]) -> list[str]:
    return [record.id for record in records]


def all_of(follower: Follower) -> list[Record]:
    told: list[Record] = []
    while page := follower.poll():
        told += page
    return told


def unsettled(record: Record) -> Record:
    return msgspec.structs.replace(record, log=None)


def test_what_was_there_before_is_not_told() -> None:
    place = Place(crash(1))
    follower = place.follower()
    assert follower.poll() == []
    place.write(crash(2))
    assert ids(follower.poll()) == [crash(2).id]
    assert follower.poll() == []


def test_what_was_there_is_told_from_the_moment_that_was_asked_for() -> None:
    place = Place(crash(1, 500), *(crash(n, 200 - n) for n in range(2, 9)))
    assert ids(all_of(place.follower(since=NOW - 300))) == [crash(n).id for n in range(2, 9)]


def test_a_crash_is_told_once_its_log_is_settled() -> None:
    place = Place()
    follower = place.follower()
    place.write(unsettled(crash(1)))
    place.write(crash(2))
    assert ids(follower.poll()) == [crash(2).id]
    assert place.archive is not None
    place.archive.settle(crash(1))
    assert follower.poll() == [crash(1)]
    assert follower.poll() == []


def test_a_crash_whose_log_is_never_settled_is_told_without_one_in_the_end() -> None:
    place = Place()
    follower = place.follower()
    place.write(unsettled(crash(1)))
    assert follower.poll() == []
    place.now = PATIENCE_SECONDS - 0.1
    assert follower.poll() == []
    place.now = PATIENCE_SECONDS
    assert follower.poll() == [unsettled(crash(1))]
    assert follower.poll() == []


def test_a_crash_of_long_ago_without_a_log_is_told_at_once() -> None:
    place = Place(unsettled(crash(1, 60)))
    place.wall += PATIENCE_SECONDS + 1
    assert place.follower(since=0.0).poll() == [unsettled(crash(1, 60))]


def test_a_clock_that_is_behind_does_not_prolong_the_waiting() -> None:
    place = Place(unsettled(crash(1, 60)))
    place.wall -= 3600
    follower = place.follower(since=0.0)
    assert follower.poll() == []
    place.now = PATIENCE_SECONDS
    assert follower.poll() == [unsettled(crash(1, 60))]


def test_a_store_that_is_begun_anew_is_told_from_its_beginning() -> None:
    place = Place(crash(1), crash(2))
    follower = place.follower()
    old = place.archive
    place.archive = MemoryArchive(crash(3))
    assert ids(follower.poll()) == [crash(3).id]
    assert old is not None
    assert old.closed


def test_a_store_that_is_replaced_while_it_is_read_is_told_once() -> None:
    class Replaced(MemoryArchive):
        def newer_than(self, *_: object, **__: object) -> tuple[list[Record], int]:
            place.archive = MemoryArchive(crash(3))
            return [crash(3)], 1

    place = Place()
    place.archive = Replaced()
    follower = place.follower()
    assert ids(all_of(follower) + all_of(follower)) == [crash(3).id]


def test_a_crash_that_waited_when_its_store_went_is_told_as_it_was_seen() -> None:
    place = Place()
    follower = place.follower()
    place.write(unsettled(crash(1)))
    assert follower.poll() == []
    place.archive = MemoryArchive()
    assert follower.poll() == [unsettled(crash(1))]


def test_a_store_that_is_away_is_waited_for_and_the_reason_told() -> None:
    place = Place(crash(1))
    follower = place.follower()
    kept, place.archive = place.archive, None
    assert (follower.poll(), follower.trouble) == ([], "no store")
    place.archive = kept
    place.write(crash(2))
    assert (ids(follower.poll()), follower.trouble) == ([crash(2).id], "")


def test_a_reading_that_fails_is_repeated_and_nothing_is_lost_or_told_twice() -> None:
    place = Place()
    follower = place.follower()
    place.write(unsettled(crash(1)))
    assert follower.poll() == []
    assert place.archive is not None
    place.archive.settle(crash(1))
    place.write(crash(2))
    place.archive.broken = "disk I/O error"
    assert (follower.poll(), follower.trouble) == ([], "disk I/O error")
    assert place.archive.closed
    place.archive.broken = ""
    assert ids(follower.poll()) == [crash(1).id, crash(2).id]
    assert follower.poll() == []


def test_without_a_store_at_the_start_it_says_so() -> None:
    place = Place()
    place.archive = None
    with pytest.raises(StoreError, match="no store"):
        place.follower(start=False).start()


@given(st.lists(st.sampled_from(["write", "write unsettled", "settle", "break", "poll", "late"]), max_size=40))
def test_every_crash_is_told_exactly_once_in_any_order_of_things(steps: list[str]) -> None:
    place = Place()
    archive = place.archive
    assert archive is not None
    follower = place.follower()
    told: list[Record] = []
    for number, step in enumerate(steps):
        match step:
            case "write":
                place.write(crash(number))
            case "write unsettled":
                place.write(unsettled(crash(number)))
            case "settle":
                archive.kept = [msgspec.structs.replace(record, log=log()) for record in archive.kept]
            case "break":
                archive.broken = "disk I/O error"
                told += follower.poll()
                archive.broken = ""
            case "poll":
                told += follower.poll()
            case "late":
                place.now += PATIENCE_SECONDS
    place.now += PATIENCE_SECONDS
    for _ in range(len(steps) + 1):
        told += follower.poll()
    place.now += PATIENCE_SECONDS
    told += follower.poll()
    assert sorted(ids(told)) == sorted(ids(archive.kept))
