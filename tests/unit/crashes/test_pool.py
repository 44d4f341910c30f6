"""Threads that read logs: each crash settled exactly once, whatever happens."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

import pytest

from kubevigil.crashes.assignment import Assignment
from kubevigil.crashes.pool import Pool
from kubevigil.crashes.source import Gathered
from kubevigil.kube.errors import Interrupted
from kubevigil.kube.interrupt import Interrupt
from kubevigil.model.record import CaptureResult, Evidence, RecordedLog, TerminationClass

from .records import crash

SECONDS = 20.0


class Books:
    """Keeps what was settled and measured, and lets a test wait for it."""

    def __init__(self) -> None:
        self.settled: list[tuple[str, Evidence]] = []
        self.begun_after: list[float] = []
        self.done_after: list[tuple[CaptureResult, float]] = []
        self._lock = Lock()
        self._news = Event()

    def settle(self, record_id: str, evidence: Evidence) -> None:
        with self._lock:
            self.settled.append((record_id, evidence))
            self._news.set()

    def begun(self, seconds: float) -> None:
        self.begun_after.append(seconds)

    def done(self, result: CaptureResult, seconds: float) -> None:
        self.done_after.append((result, seconds))

    def results(self) -> dict[str, str]:
        with self._lock:
            return {id_: evidence.log.result.value for id_, evidence in self.settled}

    def times(self) -> Counter[str]:
        with self._lock:
            return Counter(id_ for id_, _ in self.settled)

    def wait_for(self, count: int) -> None:
        until(lambda: len(self.settled) >= count)


def until(done: Callable[[], object]) -> None:
    for _ in range(int(SECONDS / 0.01)):
        if done():
            return
        Event().wait(0.01)
    raise AssertionError(f"not within {SECONDS:g} s")


def ok(text: str = "last words") -> Gathered:
    return Gathered(Evidence(RecordedLog(CaptureResult.OK, text=text)))


class Source:
    """Does what it is told for each record, and notes what it was asked."""

    def __init__(self, act: Callable[[Assignment, Interrupt], Gathered] = lambda _a, _i: ok()) -> None:
        self.act = act
        self.asked: list[str] = []
        self.deadlines: dict[str, float] = {}

    def gather(self, assignment: Assignment, *, deadline: float, interrupt: Interrupt) -> Gathered:
        self.asked.append(assignment.record_id)
        self.deadlines[assignment.record_id] = deadline
        return self.act(assignment, interrupt)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def pool(source: Source, books: Books, clock: Callable[[], float] | None = None, **named: int) -> Pool:
    return Pool(
        source,
        settled=books.settle,
        redact=lambda text, _: text.replace("hunter2", "***"),
        observer=books,
        monotonic=clock or Clock(),
        **named,
    )


@contextmanager
def running(it: Pool, *, workers: int = 2, expiring: bool = True) -> Iterator[list[Thread]]:
    stop = Event()
    loops = [it.work] * workers + [it.expire] * expiring
    threads = [Thread(target=loop, args=(stop,), daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        stop.set()
        it.close()
        for thread in threads:
            thread.join(SECONDS)
        assert not [thread for thread in threads if thread.is_alive()]


def test_each_crash_is_read_redacted_and_settled_once() -> None:
    books, source = Books(), Source(lambda a, _: ok(f"{a.record_id} hunter2"))
    it = pool(source, books)
    with running(it):
        for n in range(100):
            it.assign(crash(str(n)))
        books.wait_for(100)
    assert set(books.times().values()) == {1}
    assert len(books.times()) == 100
    assert {evidence.log.text for _, evidence in books.settled} == {f"{n} ***" for n in range(100)}


def test_what_is_no_crash_is_not_read() -> None:
    books, source = Books(), Source()
    it = pool(source, books)
    for class_ in (TerminationClass.COMPLETED, TerminationClass.EVICTED, TerminationClass.UNSEEN):
        it.assign(crash("x", class_=class_))
    assert it.waiting() == 0


def test_assigning_never_waits_for_a_reader() -> None:
    books, source = Books(), Source()
    it = pool(source, books, room=10)
    for n in range(100):
        it.assign(crash(str(n)))
    assert it.waiting() == 10
    assert books.results() == {str(n): "timeout" for n in range(90)}


def test_a_crash_loop_takes_one_place_and_its_older_crashes_are_superseded_at_once() -> None:
    books, source = Books(), Source()
    it = pool(source, books, room=10)
    it.assign(crash("other"))
    for n in range(100):
        it.assign(crash(str(n), pod="loop"))
    assert it.waiting() == 2
    assert books.results() == {str(n): "superseded" for n in range(99)}


def test_reading_and_settling_are_measured_from_the_assignment() -> None:
    clock, books = Clock(), Books()

    def slowly(_a: Assignment, _i: Interrupt) -> Gathered:
        clock.now += 3
        return ok()

    source = Source(slowly)
    it = pool(source, books, clock)
    it.assign(crash("a"))
    clock.now += 0.5
    with running(it, workers=1):
        books.wait_for(1)
    assert (books.begun_after, books.done_after) == ([0.5], [(CaptureResult.OK, 3.5)])


def test_ten_seconds_are_tried_and_never_beyond_fifteen_after_the_assignment() -> None:
    clock, books, source = Clock(), Books(), Source()
    it = pool(source, books, clock)
    it.assign(crash("late"))
    clock.now += 9
    it.assign(crash("early"))
    with running(it, workers=1, expiring=False):
        books.wait_for(2)
    assert source.deadlines == {"early": 1019.0, "late": 1015.0}


def test_one_that_waits_or_is_read_for_fifteen_seconds_is_settled_as_timeout_and_once() -> None:
    clock, books, release = Clock(), Books(), Event()

    def hang(assignment: Assignment, _i: Interrupt) -> Gathered:
        if assignment.record_id == "read":
            release.wait(SECONDS)
        return ok()

    source = Source(hang)
    it = pool(source, books, clock)
    with running(it, workers=1):
        it.assign(crash("read"))
        until(lambda: source.asked == ["read"])
        it.assign(crash("waits"))
        clock.now += 15
        it.assign(crash("new"))  # any news lets the loop look at the clock, which is not the machine's here
        books.wait_for(2)
        assert books.results() == {"read": "timeout", "waits": "timeout"}
        release.set()
        books.wait_for(3)
    assert books.results()["new"] == "ok"
    assert books.times() == Counter({"read": 1, "waits": 1, "new": 1})
    assert "waits" not in source.asked


def test_an_exception_of_a_source_is_an_error_and_told_with_its_chain(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_a: Assignment, _i: Interrupt) -> Gathered:
        raise RuntimeError("outer") from KeyError("inner")

    books = Books()
    it = pool(Source(broken), books)
    with caplog.at_level(logging.ERROR), running(it):
        it.assign(crash("a"))
        books.wait_for(1)
    assert books.results() == {"a": "error"}
    (told,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert told.exc_info is not None
    assert isinstance(told.exc_info[1], RuntimeError)
    assert isinstance(told.exc_info[1].__cause__, KeyError)


def test_text_that_cannot_be_redacted_is_withheld() -> None:
    books = Books()

    def broken(text: str, _annotation: str) -> str:
        raise ValueError(text)

    it = Pool(Source(), settled=books.settle, redact=broken, observer=books)
    with running(it):
        it.assign(crash("a"))
        books.wait_for(1)
    assert books.settled == [("a", Evidence(RecordedLog(CaptureResult.ERROR)))]


def test_a_worker_that_dies_leaves_its_crash_to_be_settled_when_its_time_is_over() -> None:
    class Died(BaseException):
        """What no worker survives."""

    clock, books = Clock(), Books()

    def die(_a: Assignment, _i: Interrupt) -> Gathered:
        raise Died

    it = pool(Source(die), books, clock)
    it.assign(crash("a"))
    with pytest.raises(Died):
        it.work(Event())
    assert books.results() == {}
    clock.now += 15
    with running(it, workers=0):
        books.wait_for(1)
    assert books.results() == {"a": "timeout"}


def test_a_settlement_that_fails_costs_none_of_the_others() -> None:
    clock, books = Clock(), Books()
    settled: list[str] = []

    def settle(record_id: str, evidence: Evidence) -> None:
        settled.append(record_id)
        if record_id == "a":
            raise OSError("the first one fails")
        books.settle(record_id, evidence)

    it = Pool(Source(), settled=settle, redact=lambda text, _: text, observer=books, monotonic=clock)
    for id_ in ("a", "b", "c"):
        it.assign(crash(id_))
    clock.now += 15
    with pytest.raises(OSError, match="the first one"):
        it.expire(Event())
    with running(it, workers=0):
        books.wait_for(2)
    assert settled == ["a", "b", "c"]


def test_closing_ends_every_read_at_once_and_leaves_what_is_open_unsettled() -> None:
    books = Books()

    def until_interrupted(_a: Assignment, interrupt: Interrupt) -> Gathered:
        interrupt.wait(SECONDS)
        raise Interrupted("stopped")

    source = Source(until_interrupted)
    it = pool(source, books)
    with running(it):
        for id_ in ("a", "b", "c"):
            it.assign(crash(id_))
        until(lambda: len(source.asked) == 2)
    it.assign(crash("after"))
    assert (books.settled, len(source.asked)) == ([], 2)


def test_closing_ends_no_loop_before_its_own_stop_is_set() -> None:
    it = pool(Source(), Books())
    stop = Event()
    thread = Thread(target=it.work, args=(stop,), daemon=True)
    thread.start()
    it.close()
    thread.join(0.2)
    assert thread.is_alive()
    stop.set()
    it.close()
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_what_was_read_to_its_end_before_a_close_is_still_settled() -> None:
    books = Books()
    pools: list[Pool] = []

    def closing(_a: Assignment, _i: Interrupt) -> Gathered:
        pools[0].close()
        return ok()

    pools.append(pool(Source(closing), books))
    pools[0].assign(crash("a"))
    with running(pools[0], workers=1):
        books.wait_for(1)
    assert books.results() == {"a": "ok"}


def test_only_what_a_person_can_do_something_about_is_told(caplog: pytest.LogCaptureFixture) -> None:
    results = {result.value: result for result in CaptureResult}

    def answer(assignment: Assignment, _i: Interrupt) -> Gathered:
        return Gathered(Evidence(RecordedLog(results[assignment.record_id])), why="grant get on pods/log")

    books = Books()
    it = pool(Source(answer), books)
    with caplog.at_level(logging.WARNING), running(it):
        for result in results:
            it.assign(crash(result))
        books.wait_for(len(results))
    fields = [record.__dict__["fields"] for record in caplog.records]
    assert {f["result"] for f in fields} == {"forbidden", "timeout", "error"}
    assert {f["why"] for f in fields} == {"grant get on pods/log"}


def test_an_assignment_is_what_the_record_says() -> None:
    records = [crash("old", pod="p", finished_at="2026-11-21T10:00:05Z"), crash("new", pod="p", finished_at=None)]
    got = [Assignment.of(record, assigned_at=1.0) for record in records]
    assert [a.container_id for a in got] == ["containerd://old", "containerd://new"]
    assert got[0].series == got[1].series == ("uid-p", "app")
    assert (got[0].finished_at or 0) - (got[0].started_at or 0) == 5
    assert got[1].finished_at is None
