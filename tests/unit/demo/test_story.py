"""The story: the same by the same seed, believable, and bounded."""

import stat
import threading
from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.kubeconfig import write_kubeconfig
from kubevigil.demo.kubelet import back_off_seconds
from kubevigil.demo.story import SCRIPT_SECONDS, SCRIPT_SPEED, Story
from kubevigil.demo.timeline import Timeline
from kubevigil.demo.truth import TrueEnd

AT_ONCE = 1e9


def told(seed: int) -> list[TrueEnd]:
    cluster = SimulatedCluster(seed=seed, speed=AT_ONCE, wall=lambda: 1_800_000_000.0)
    story = Story()
    story.run(cluster, threading.Event())
    assert story.done.is_set()
    return cluster.truth()


def test_the_same_seed_tells_the_same_story_and_another_one_does_not() -> None:
    assert told(3) == told(3)
    assert told(3) != told(4)


@pytest.mark.parametrize("seed", [1, 2, 3, 42])
def test_the_story_has_every_kind_of_end_and_one_that_nobody_can_see(seed: int) -> None:
    ends = told(seed)
    classes = Counter(end.class_ for end in ends)
    assert set(classes) == {"error", "oom", "start_error", "exited", "completed", "graceful", "evicted"}
    assert [end.pod for end in ends if not end.shown] == ["debug-shell"]
    assert {end.namespace for end in ends} == {"shop", "payments", "data", "platform"}
    assert 35 <= len(ends) <= 60


@pytest.mark.parametrize("seed", [1, 2, 3, 42])
def test_each_containers_instances_end_in_their_order_and_once(seed: int) -> None:
    ends = told(seed)
    assert len({(end.uid, end.container, end.container_id) for end in ends}) == len(ends)
    counts: dict[tuple[str, str], list[int]] = {}
    for end in ends:
        counts.setdefault((end.uid, end.container), []).append(end.restart_count)
    assert all(seen == list(range(len(seen))) for seen in counts.values())


def test_the_scripted_story_is_over_within_twenty_seconds() -> None:
    assert SCRIPT_SECONDS / SCRIPT_SPEED < 20


def test_no_printing_container_dies_twice_within_a_second_of_the_script() -> None:
    now = [0.0]
    cluster = SimulatedCluster(seed=5, speed=AT_ONCE, wall=lambda: now[0])
    play_by_story_time(cluster, now)
    moments: dict[tuple[str, str], list[float]] = {}
    for end in cluster.truth():
        if end.class_ != "start_error":
            moments.setdefault((end.uid, end.container), []).append(end.at)
    gaps = [b - a for times in moments.values() for a, b in pairwise(times)]
    assert min(gaps) / SCRIPT_SPEED > 1.0


def play_by_story_time(cluster: SimulatedCluster, now: list[float]) -> None:
    """Run the story with the wall clock showing the story's own time."""

    class Waits(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            now[0] += timeout or 0.0
            return False

    cluster.speed = 1.0
    cluster.monotonic = lambda: now[0]
    Story().run(cluster, Waits())


def test_an_endless_story_goes_on_with_a_bounded_number_of_pods() -> None:
    now = [0.0]
    cluster = SimulatedCluster(seed=1, wall=lambda: now[0], monotonic=lambda: now[0])
    seen: list[int] = []

    class UntilSixHours(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            now[0] += timeout or 0.0
            seen.append(len(cluster.world.pods()))
            return now[0] > 6 * 3600

    Story(endless=True).run(cluster, UntilSixHours())
    last = cluster.truth()[-1].at
    assert last > 5.9 * 3600
    assert max(seen) < 40


def test_a_story_ends_when_it_is_told_to() -> None:
    cluster, stop = SimulatedCluster(seed=1, speed=0.001), threading.Event()
    story = Story(endless=True)
    player = threading.Thread(target=story.run, args=(cluster, stop))
    player.start()
    stop.set()
    player.join(10)
    assert not player.is_alive()
    assert story.done.is_set()


def test_the_back_off_doubles_from_ten_seconds_to_five_minutes() -> None:
    assert [back_off_seconds(n) for n in range(1, 9)] == [0, 10, 20, 40, 80, 160, 300, 300]
    assert back_off_seconds(10_000) == 300


def test_a_timeline_runs_what_is_due_in_order_and_no_more() -> None:
    timeline, ran = Timeline(), list[str]()
    timeline.after(2, lambda: ran.append("second"))

    def first() -> None:
        ran.append("first")
        timeline.after(0.5, lambda: ran.append("between"))

    timeline.after(1, first)
    timeline.after(9, lambda: ran.append("too late"))
    timeline.run(until=5, speed=AT_ONCE, monotonic=lambda: 0.0, stop=threading.Event())
    assert ran == ["first", "between", "second"]
    assert timeline.now == 5


def test_a_kubeconfig_points_to_the_cluster_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = write_kubeconfig(tmp_path, "http://127.0.0.1:1", token="t")
    config = msgspec.yaml.decode(path.read_bytes())
    assert config["clusters"][0]["cluster"]["server"] == "http://127.0.0.1:1"
    assert config["users"][0]["user"] == {"token": "t"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
