import threading
from collections.abc import Callable

import pytest

from kubevigil.web.turns import Busy, Turns

SECONDS = 10


class Worker(threading.Thread):
    """Takes a turn and keeps it until it is told to go on."""

    def __init__(self, turns: Turns, client: str, order: list[str]) -> None:
        super().__init__(daemon=True)
        self._turns, self._client, self._order = turns, client, order
        self.entered, self.leave = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with self._turns.turn(self._client):
            self._order.append(self._client)
            self.entered.set()
            self.leave.wait(SECONDS)


def until(done: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(SECONDS * 100):
        if done():
            return
        pause.wait(0.01)
    raise AssertionError("not in time")


def waiting(turns: Turns) -> int:
    return len(turns._queue)


def test_turns_are_given_in_the_order_of_asking_and_one_at_a_time() -> None:
    turns, order = Turns(3), list[str]()
    workers = []
    for number, client in enumerate("abc", start=1):
        workers.append(Worker(turns, client, order))
        until(lambda n=number: waiting(turns) == n)  # type: ignore[misc]
    for place, worker in enumerate(workers):
        assert worker.entered.wait(SECONDS)
        assert order == ["a", "b", "c"][: place + 1]
        worker.leave.set()
        worker.join(SECONDS)
    assert waiting(turns) == 0


def test_who_finds_the_queue_full_is_sent_away_at_once() -> None:
    turns = Turns(1)
    with turns.turn("a"), pytest.raises(Busy), turns.turn("b"):
        pass


def test_a_client_has_one_place_so_that_another_finds_one_too() -> None:
    turns, order = Turns(2), list[str]()
    with turns.turn("flood"):
        for _ in range(100):
            with pytest.raises(Busy), turns.turn("flood"):
                pass
        other = Worker(turns, "other", order)
        until(lambda: waiting(turns) == 2)
    assert other.entered.wait(SECONDS)
    other.leave.set()
    other.join(SECONDS)


def test_a_turn_that_ends_by_an_exception_is_given_on() -> None:
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.turn("a"):
        _ = 1 / 0
    with turns.turn("a"):
        pass
