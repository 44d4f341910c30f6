"""How items wait for the bookkeeper, and how many it is given at once."""

from threading import Thread

from kubevigil.pods.observation import Backlog, Gone

LONG = 60.0


def _gone(number: int) -> Gone:
    return Gone(f"uid-{number}", "shop", vanished=False)


def _ended(thread: Thread) -> bool:
    thread.join(30)
    return not thread.is_alive()


def test_gathering_ends_when_as_many_wait_as_can_be_taken_at_once() -> None:
    backlog = Backlog()
    thread = Thread(target=backlog.gather, args=(3, LONG), daemon=True)
    thread.start()
    for number in range(3):
        assert thread.is_alive()
        backlog.put(_gone(number))
    assert _ended(thread)
    assert len(backlog.take(10, LONG)) == 3


def test_gathering_ends_when_the_backlog_is_closed() -> None:
    backlog = Backlog()
    thread = Thread(target=backlog.gather, args=(3, LONG), daemon=True)
    thread.start()
    backlog.close()
    assert _ended(thread)
    backlog.gather(3, LONG)  # and does not begin any more


def test_gathering_ends_with_its_time_and_what_came_can_be_taken() -> None:
    backlog = Backlog()
    backlog.put(_gone(0))
    backlog.gather(3, 0.0)
    assert backlog.take(10, LONG) == [_gone(0)]


def test_who_waits_for_a_first_item_is_woken_by_it_also_after_gathering() -> None:
    backlog = Backlog()
    backlog.gather(3, 0.0)
    taken: list[object] = []
    thread = Thread(target=lambda: taken.extend(backlog.take(10, LONG)), daemon=True)
    thread.start()
    backlog.put(_gone(0))
    assert _ended(thread)
    assert taken == [_gone(0)]
