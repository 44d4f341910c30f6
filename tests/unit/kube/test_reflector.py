"""What to ask next, decided without I/O."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.kube.errors import (
    BadConfig,
    Forbidden,
    Gone,
    KubeError,
    NotFound,
    Refused,
    ServerError,
    Stalled,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Undecodable,
    Unreachable,
)
from kubevigil.kube.reflector import ListPage, Phase, Reflector, Wait, Watch, newer


class Machine:
    """A reflector with a clock to turn by hand."""

    def __init__(self, seed: int = 1, *, first_delay: float = 0.0) -> None:
        self.now = 1000.0
        self.reflector = Reflector(lambda: self.now, Random(seed), first_delay=first_delay)

    def listed(self, *uids: str, version: str = "10") -> "Machine":
        self.due()
        assert self.reflector.page_listed(uids, "")
        self.reflector.list_finished(version)
        return self

    def due(self) -> ListPage | Watch:
        """Waits as asked, and returns what is due then."""
        while isinstance(step := self.reflector.next_step(), Wait):
            self.now += step.seconds
        return step

    def watched(self, seconds: float) -> "Machine":
        assert isinstance(self.due(), Watch)
        self.reflector.watch_opened()
        self.now += seconds
        return self

    def waits_after(self, errors: Iterable[KubeError]) -> list[float]:
        waits = []
        for error in errors:
            self.due()
            self.reflector.failed(error)
            step = self.reflector.next_step()
            assert isinstance(step, Wait)
            waits.append(step.seconds)
        return waits


def test_a_list_is_a_consistent_read_in_pages_of_500() -> None:
    machine = Machine()
    assert machine.due() == ListPage({"limit": "500"}, first=True)
    assert not machine.reflector.page_listed(["a"], "token")
    assert machine.due() == ListPage({"limit": "500", "continue": "token"}, first=False)


def test_w1_a_watch_asks_for_bookmarks_and_an_end_after_a_random_5_to_10_minutes() -> None:
    ends = set()
    for seed in range(200):
        step = Machine(seed).listed().due()
        assert isinstance(step, Watch)
        assert (step.query["resourceVersion"], step.query["allowWatchBookmarks"]) == ("10", "true")
        ends.add(int(step.query["timeoutSeconds"]))
    assert min(ends) >= 300
    assert max(ends) <= 600
    assert len(ends) > 100


def test_a_page_that_fails_is_asked_for_again_with_its_token() -> None:
    machine = Machine()
    machine.due()
    machine.reflector.page_listed(["a"], "token")
    machine.waits_after([ServerError(500), Unreachable("x"), TooManyRequests(1)])
    assert machine.due() == ListPage({"limit": "500", "continue": "token"}, first=False)


@pytest.mark.parametrize("error", [Gone(), Refused(400, "continue token"), NotFound("/x", "")])
def test_w9_a_token_that_has_expired_starts_the_list_anew(error: KubeError) -> None:
    machine = Machine()
    machine.due()
    machine.reflector.page_listed(["a"], "token")
    machine.waits_after([error])
    assert machine.due() == ListPage({"limit": "500"}, first=True)
    assert machine.listed("b").reflector.vanished() == {"b"}


def test_w9_pages_too_large_to_hold_are_halved() -> None:
    machine = Machine()
    machine.waits_after([TooLarge(1), TooLarge(1)])
    assert machine.due() == ListPage({"limit": "125"}, first=True)
    machine.waits_after([TooLarge(1)] * 20)
    assert machine.due() == ListPage({"limit": "1"}, first=True)


@pytest.mark.parametrize("error", [Gone(), Refused(400, ""), NotFound("/x", "")])
def test_w2_a_version_that_the_server_no_longer_has_starts_a_list(error: KubeError) -> None:
    machine = Machine().listed()
    machine.waits_after([error])
    assert isinstance(machine.due(), ListPage)


@pytest.mark.parametrize(
    "error", [Unreachable("x"), TooManyRequests(0), Unauthorized("h"), Forbidden("watch", "pods", ""), BadConfig("x")]
)
def test_w4_what_says_nothing_about_the_version_never_relists(error: KubeError) -> None:
    machine = Machine().listed()
    machine.waits_after([error] * 50)
    assert isinstance(machine.due(), Watch)


@pytest.mark.parametrize(("error", "times"), [(Undecodable("x"), 2), (Stalled("x"), 3), (ServerError(504), 5)])
def test_w5_watches_that_bring_nothing_again_and_again_give_way_to_a_list(error: KubeError, times: int) -> None:
    machine = Machine().listed()
    machine.waits_after([error] * (times - 1))
    assert isinstance(machine.due(), Watch)
    machine.waits_after([error])
    assert isinstance(machine.due(), ListPage)


def test_a_watch_that_brought_something_starts_the_count_again() -> None:
    machine = Machine().listed()
    for version in range(11, 40):
        machine.waits_after([Undecodable("x")])
        machine.reflector.advance(str(version))
    assert machine.reflector.phase is Phase.WATCHING


def test_w2_1000_times_410_in_a_row_are_at_most_one_list_in_4_seconds() -> None:
    machine, started = Machine(), 1000.0
    machine.waits_after([Gone()] * 1000)
    assert 1000 / (machine.now - started) <= 0.25


@given(st.integers())
def test_w3_an_api_server_down_for_10_minutes_sees_at_most_40_attempts(seed: int) -> None:
    machine, attempts = Machine(seed), 0
    while machine.now < 1000.0 + 600.0:
        machine.due()
        attempts += 1
        machine.reflector.failed(Unreachable("refused"))
    assert attempts <= 40


def test_w4_500_random_waits_are_never_cut_short() -> None:
    random, machine = Random(3), Machine().listed()
    for _ in range(500):
        asked = random.uniform(0, 90)
        error = random.choice([TooManyRequests(asked), ServerError(503, "", asked)])
        assert machine.waits_after([error])[0] >= asked - 1e-6


def test_w12_without_rights_it_tries_every_5_to_30_seconds() -> None:
    waits = Machine().waits_after([Forbidden("list", "pods", "")] * 30)
    assert all(5.0 <= wait <= 30.0 for wait in waits)


def test_w3_the_backoff_forgets_after_two_minutes_of_health_and_not_before() -> None:
    machine = Machine().listed()
    machine.waits_after([Unreachable("x")] * 10)
    assert machine.watched(119.0).waits_after([Unreachable("x")])[0] > 20.0
    assert machine.watched(120.0).waits_after([Unreachable("x")])[0] < 1.0


def test_a_watch_that_the_server_ends_in_good_order_is_opened_again_at_once() -> None:
    machine = Machine().listed().watched(400.0)
    machine.reflector.watch_ended()
    assert isinstance(machine.reflector.next_step(), Watch)


def test_w3_a_server_that_ends_every_watch_at_once_is_not_stormed() -> None:
    machine = Machine().listed()
    for _ in range(100):
        machine.watched(0.0).reflector.watch_ended()
    assert 100 / (machine.now - 1000.0) <= 0.25


def test_the_first_request_waits_for_the_delay() -> None:
    assert Machine(first_delay=3.5).reflector.next_step() == Wait(3.5)


def test_w8_what_is_missing_from_a_new_list_has_vanished() -> None:
    machine = Machine().listed("a", "b")
    machine.reflector.present("c", "11")
    machine.reflector.present("e", "11")
    machine.reflector.absent("a", "12")
    machine.reflector.start_anew()
    machine.due()
    machine.reflector.page_listed(["c"], "token")
    machine.reflector.page_listed(["d"], "")
    assert machine.reflector.vanished() == {"b", "e"}


@given(st.lists(st.integers(0, 10**18)))
def test_w14_the_version_never_goes_back(versions: list[int]) -> None:
    reflector = Machine().listed(version="0").reflector
    for version in versions:
        reflector.advance(str(version))
    assert int(reflector.resource_version) == max([0, *versions])


@pytest.mark.parametrize(
    ("known", "seen", "later"),
    [("9", "10", "10"), ("10", "9", "10"), ("5", "", "5"), ("", "5", "5"), ("5", "x", "x"), ("x", "5", "5")],
)
def test_versions_are_compared_as_numbers_where_they_are_numbers(known: str, seen: str, later: str) -> None:
    assert newer(known, seen) == later


def test_w15_a_clock_is_the_only_time_there_is_and_it_is_monotonic() -> None:
    machine = Machine().listed()
    assert machine.waits_after([Unreachable("x")])[0] < 1.0
    machine.now += 86_400.0
    assert isinstance(machine.reflector.next_step(), Watch)
