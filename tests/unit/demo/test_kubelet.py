"""The kubelet that works by itself, along a timeline that nobody waits for."""

import random
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from kubevigil.demo.kubelet import Kubelet, Place
from kubevigil.demo.plan import ContainerPlan, PodRef, Role
from kubevigil.demo.timeline import Timeline
from kubevigil.demo.world import World


class Node:
    """A world, a kubelet and a timeline; time passes only by `until`."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.world = World(seed=1, wall=lambda: self.timeline.now)
        self.kubelet = Kubelet(self.world, self.timeline, random.Random(1))

    def until(self, seconds: float) -> None:
        self.timeline.run(until=seconds, speed=1e9, monotonic=lambda: 0.0, stop=threading.Event())

    def crashing(self, exit_code: int, after: float = 5.0) -> Callable[[Place], None]:
        def life(place: Place) -> None:
            self.kubelet.after(place, after, lambda: self.kubelet.end(place, exit_code))

        return life

    def ends(self) -> list[float]:
        return [end.at for end in self.world.truth()]


@pytest.fixture
def node() -> Node:
    return Node()


def test_a_crashing_container_comes_again_at_once_then_after_ten_seconds_then_after_twenty(node: Node) -> None:
    ref = node.world.create_pod("a")
    node.kubelet.keep(ref, "app", node.crashing(1))
    node.until(60)
    first, second, third, fourth = node.ends()
    assert first == 5
    assert 5.6 <= second - first <= 6.5
    assert 15.8 <= third - second <= 16.6
    assert 25.8 <= fourth - third <= 26.6


def test_ten_minutes_of_life_are_forgiven(node: Node) -> None:
    ref = node.world.create_pod("a")
    node.kubelet.keep(ref, "app", node.crashing(1, after=601))
    node.until(601 * 4 + 20)
    gaps = [b - a for a, b in pairwise(node.ends())]
    assert len(gaps) == 3
    assert max(gaps) < 603


@pytest.mark.parametrize(
    ("policy", "exit_code", "deaths"), [("Never", 1, 1), ("OnFailure", 0, 1), ("OnFailure", 1, 2), ("Always", 0, 2)]
)
def test_only_what_the_policy_says_comes_again(node: Node, policy: str, exit_code: int, deaths: int) -> None:
    ref = node.world.create_pod("a", restart_policy=policy)
    node.kubelet.keep(ref, "app", node.crashing(exit_code))
    node.until(14)
    assert len(node.ends()) == deaths


def test_a_sidecar_comes_again_even_in_a_pod_that_is_never_restarted(node: Node) -> None:
    plans = (ContainerPlan("proxy", role=Role.SIDECAR), ContainerPlan("app"))
    ref = node.world.create_pod("a", restart_policy="Never", containers=plans)
    node.kubelet.keep(ref, "proxy", node.crashing(0))
    node.until(14)
    assert [end.class_ for end in node.world.truth()] == ["exited", "exited"]


def test_what_cannot_start_is_tried_again_with_the_same_back_off(node: Node) -> None:
    ref = node.world.create_pod("a", started=False)
    node.kubelet.keep(ref, "app", node.crashing(1), cannot_start="exec: not found")
    node.until(20)
    assert [end.class_ for end in node.world.truth()] == ["start_error"] * 3
    state = node.world.inspect(ref).container("app").state
    assert "CrashLoopBackOff" in str(state)


def test_nothing_happens_to_a_pod_that_is_gone_or_to_its_namesake(node: Node) -> None:
    ref = node.world.create_pod("a")
    node.kubelet.keep(ref, "app", node.crashing(1))
    node.world.force_delete(ref)
    again = node.world.create_pod("a")
    assert again == ref == PodRef("default", "a")
    node.until(60)
    assert [end.shown for end in node.world.truth()] == [False]
