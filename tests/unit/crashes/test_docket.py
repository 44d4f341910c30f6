"""Who waits for a log to be read, in which order, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.crashes.assignment import Assignment
from kubevigil.crashes.docket import Displaced, Docket
from kubevigil.model.record import CaptureResult


def assignment(id_: str, *, series: str = "", at: float = 0.0, finished: float | None = None) -> Assignment:
    return Assignment(id_, "shop", "pod", series or id_, "app", f"containerd://{id_}", None, finished, at)


def docket(room: int = 3) -> Docket:
    return Docket(room=room, patience=15.0)


def test_the_newest_comes_first() -> None:
    books = docket()
    for id_ in ("a", "b", "c"):
        assert books.admit(assignment(id_)) is None
    taken = [books.next() for _ in range(4)]
    assert [a and a.record_id for a in taken] == ["c", "b", "a", None]


def test_when_the_room_is_full_the_oldest_ends_as_timeout() -> None:
    books = docket(room=2)
    first, second, third = (assignment(id_) for id_ in "abc")
    assert books.admit(first) is books.admit(second) is None
    assert books.admit(third) == Displaced(first, CaptureResult.TIMEOUT)
    assert (books.waiting, len(books)) == (2, 2)
    assert not books.close(first)


def test_what_is_being_read_takes_no_room() -> None:
    books = docket(room=1)
    books.admit(assignment("a"))
    assert books.next() is not None
    assert books.admit(assignment("b")) is None
    assert (books.waiting, len(books)) == (1, 2)


def test_a_newer_crash_of_the_container_supersedes_the_one_that_waits() -> None:
    books = docket(room=1)
    old = assignment("old", series="c", finished=10.0)
    books.admit(old)
    assert books.admit(assignment("new", series="c", finished=11.0)) == Displaced(old, CaptureResult.SUPERSEDED)
    taken = books.next()
    assert taken is not None
    assert taken.record_id == "new"
    assert books.next() is None


def test_one_that_is_older_than_the_one_that_waits_is_superseded_itself() -> None:
    books = docket()
    books.admit(assignment("new", series="c", finished=11.0))
    old = assignment("old", series="c", finished=10.0)
    assert books.admit(old) == Displaced(old, CaptureResult.SUPERSEDED)
    taken = books.next()
    assert taken is not None
    assert taken.record_id == "new"


def test_of_two_deaths_in_one_second_the_later_assignment_is_the_newer() -> None:
    for finished in (10.0, None):
        books = docket()
        first = assignment("first", series="c", finished=finished)
        books.admit(first)
        assert books.admit(assignment("second", series="c", finished=finished)) == Displaced(
            first, CaptureResult.SUPERSEDED
        )


def test_one_that_is_being_read_is_left_alone_by_a_newer_crash() -> None:
    books = docket()
    old = assignment("old", series="c")
    books.admit(old)
    books.next()
    assert books.admit(assignment("new", series="c")) is None
    assert books.close(old)
    assert not books.close(old)


def test_the_same_crash_assigned_twice_waits_once() -> None:
    books = docket()
    books.admit(assignment("a"))
    assert books.admit(assignment("a")) is None
    assert (books.waiting, len(books)) == (1, 1)


def test_overdue_is_whoever_was_assigned_fifteen_seconds_ago_begun_or_not() -> None:
    books = docket()
    books.admit(assignment("a", at=100.0))
    books.admit(assignment("b", at=101.0))
    assert books.next() is not None
    assert books.next_due() == 115.0
    assert books.overdue(114.9) is None
    ids = [found.record_id for _ in range(3) if (found := books.overdue(116.0))]
    assert ids == ["a", "b"]
    assert (len(books), books.waiting, books.next_due(), books.next()) == (0, 0, None, None)


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("admit"), st.integers(0, 30), st.integers(0, 5), st.integers(0, 3)),
        st.tuples(st.just("next"), st.just(0), st.just(0), st.just(0)),
        st.tuples(st.just("close"), st.integers(0, 5), st.just(0), st.just(0)),
        st.tuples(st.just("wait"), st.integers(0, 9), st.just(0), st.just(0)),
    ),
    max_size=60,
)


@given(ACTIONS, st.integers(1, 4))
def test_whatever_comes_in_leaves_exactly_once(actions: list[tuple[str, int, int, int]], room: int) -> None:
    books, now = docket(room), 0.0
    admitted: set[str] = set()
    left: list[str] = []
    reading: list[Assignment] = []
    for what, number, series, finished in actions:
        if what == "admit" and str(number) not in admitted:
            admitted.add(str(number))
            gone = books.admit(assignment(str(number), series=f"s{series}", at=now, finished=float(finished + 1)))
            left += [gone.assignment.record_id] if gone else []
        elif what == "next":
            taken = books.next()
            reading += [taken] if taken else []
        elif what == "close" and reading:
            done = reading.pop(number % len(reading))
            left += [done.record_id] if books.close(done) else []
        elif what == "wait":
            now += number
            while (late := books.overdue(now)) is not None:
                left.append(late.record_id)
        assert books.waiting <= min(room, len(books))
    while (late := books.overdue(now + 100)) is not None:
        left.append(late.record_id)
    assert sorted(left) == sorted(admitted)
    assert (len(books), books.waiting) == (0, 0)
