from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, get_ident

import pytest

from kubevigil.app.supervisor import Liveness, Supervisor

WITHIN = 10.0
"""Seconds that a test waits at most for what happens at once."""


class Clock:
    """Moves only when told, or by `step` at each look."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Pauses:
    """Takes no time, and remembers how long it should have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, _: Event, seconds: float) -> None:
        self.seconds.append(seconds)


def until_stopped(stop: Event) -> None:
    assert stop.wait(WITHIN)


def failing_then_fine(failures: int, fine: Event) -> Callable[[Event], None]:
    left = iter(range(failures))

    def run(stop: Event) -> None:
        if next(left, None) is not None:
            raise OSError("broken")
        fine.set()
        until_stopped(stop)

    return run


def test_loops_run_until_they_are_stopped_the_last_added_first() -> None:
    ended: SimpleQueue[str] = SimpleQueue()
    supervisor = Supervisor()

    def named(name: str) -> Callable[[Event], None]:
        def run(stop: Event) -> None:
            until_stopped(stop)
            ended.put(name)

        return run

    for name in ("books", "publisher", "watch"):
        supervisor.add(name, named(name))
    supervisor.start()
    assert supervisor.alive() == [Liveness(name, True, "running") for name in ("books", "publisher", "watch")]
    assert supervisor.stop(WITHIN) == []
    assert [ended.get(timeout=WITHIN) for _ in range(3)] == ["watch", "publisher", "books"]
    assert supervisor.exit_code == 0


@pytest.mark.parametrize("death", [OSError("broken"), SystemExit(3), None])
def test_a_loop_that_dies_in_any_way_runs_again_in_its_own_thread(death: BaseException | None) -> None:
    again, threads, restarted = Event(), list[int](), list[str]()

    def run(stop: Event) -> None:
        threads.append(get_ident())
        if len(threads) == 1:
            if death is not None:
                raise death
            return
        again.set()
        until_stopped(stop)

    supervisor = Supervisor(restarted=restarted.append, pause=Pauses())
    supervisor.add("watch", run)
    supervisor.start()
    assert again.wait(WITHIN)
    (watch,) = supervisor.alive()
    assert supervisor.stop(WITHIN) == []
    assert (restarted, len(set(threads))) == (["watch"], 1)
    assert watch.ok
    assert watch.detail.startswith("died 1 times, last: ")


def test_pauses_grow_to_five_seconds_and_no_further() -> None:
    fine, pauses = Event(), Pauses()
    supervisor = Supervisor(pause=pauses, clock=Clock())
    supervisor.add("watch", failing_then_fine(5, fine))
    supervisor.start()
    assert fine.wait(WITHIN)
    supervisor.stop(WITHIN)
    assert pauses.seconds == [0.5, 1.0, 2.0, 4.0, 5.0]


def test_the_sixth_death_within_a_minute_ends_the_process_with_code_1() -> None:
    supervisor = Supervisor(pause=Pauses(), clock=Clock())
    supervisor.add("books", until_stopped)
    supervisor.add("watch", failing_then_fine(6, Event()))
    supervisor.start()
    supervisor.wait()
    assert supervisor.exit_code == 1
    assert supervisor.alive() == [
        Liveness("books", True, "running"),
        Liveness("watch", False, "given up: OSError: broken"),
    ]
    assert supervisor.stop(WITHIN) == []


def test_deaths_that_are_far_apart_never_end_the_process() -> None:
    fine, pauses = Event(), Pauses()
    supervisor = Supervisor(pause=pauses, clock=Clock(step=61.0))
    supervisor.add("watch", failing_then_fine(20, fine))
    supervisor.start()
    assert fine.wait(WITHIN)
    supervisor.stop(WITHIN)
    assert pauses.seconds == [0.5] * 20
    assert supervisor.exit_code == 0


def test_a_loop_that_is_not_restarted_ends_the_process_at_its_first_death() -> None:
    pauses = Pauses()
    supervisor = Supervisor(pause=pauses)
    supervisor.add("once", failing_then_fine(1, Event()), restart=False)
    supervisor.start()
    supervisor.wait()
    assert (supervisor.exit_code, pauses.seconds) == (1, [])


def test_a_fault_of_the_supervisor_itself_is_not_silent_either() -> None:
    def restarted(_: str) -> None:
        raise LookupError("no such counter")

    supervisor = Supervisor(restarted=restarted, pause=Pauses())
    supervisor.add("watch", failing_then_fine(1, Event()))
    supervisor.start()
    supervisor.wait()
    assert supervisor.exit_code == 1
    assert supervisor.alive() == [Liveness("watch", False, "given up: LookupError: no such counter")]


def test_a_loop_that_hangs_is_named_and_does_not_take_the_time_of_the_others() -> None:
    release, ended = Event(), Event()
    supervisor = Supervisor()

    def hanging(_: Event) -> None:
        release.wait(WITHIN)

    def tidy(stop: Event) -> None:
        until_stopped(stop)
        ended.set()

    supervisor.add("books", tidy)
    supervisor.add("watch", hanging)
    supervisor.start()
    try:
        assert supervisor.stop(0.4) == ["watch"]
        assert ended.is_set()
    finally:
        release.set()


def test_a_loop_that_blocks_elsewhere_is_woken_once_its_stop_event_is_set() -> None:
    blocked, seen = Event(), list[bool]()

    def run(stop: Event) -> None:
        assert blocked.wait(WITHIN)
        seen.append(stop.is_set())

    supervisor = Supervisor()
    supervisor.add("watch", run, wake=blocked.set)
    supervisor.start()
    assert supervisor.stop(WITHIN) == []
    assert seen == [True]


def test_a_stop_while_a_loop_waits_to_run_again_ends_it_without_another_run() -> None:
    waiting, restarted = Event(), list[str]()

    def pause(stop: Event, _: float) -> None:
        waiting.set()
        until_stopped(stop)

    supervisor = Supervisor(restarted=restarted.append, pause=pause)
    supervisor.add("watch", failing_then_fine(1, Event()))
    supervisor.start()
    assert waiting.wait(WITHIN)
    assert supervisor.stop(WITHIN) == []
    assert (restarted, supervisor.exit_code) == ([], 0)


def test_an_error_that_ends_a_loop_while_it_is_stopped_is_no_death() -> None:
    def run(stop: Event) -> None:
        until_stopped(stop)
        raise OSError("closed under me")

    supervisor = Supervisor()
    supervisor.add("watch", run)
    supervisor.start()
    assert supervisor.stop(WITHIN) == []
    assert (supervisor.exit_code, supervisor.alive()) == (0, [Liveness("watch", False, "not running")])


def test_a_request_to_stop_that_comes_before_the_wait_is_not_lost() -> None:
    supervisor = Supervisor()
    supervisor.ask_to_stop()
    supervisor.wait()
    assert supervisor.exit_code == 0


def test_before_the_start_nothing_is_alive_and_stopping_is_fine() -> None:
    supervisor = Supervisor()
    supervisor.add("watch", until_stopped)
    assert supervisor.alive() == [Liveness("watch", False, "not running")]
    assert supervisor.stop(WITHIN) == []
