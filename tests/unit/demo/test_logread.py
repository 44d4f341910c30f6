"""Which instance's log is served, as on a real kubelet."""

import pytest

from kubevigil.demo.container import NotPossible
from kubevigil.demo.logread import NoLog
from kubevigil.demo.logs import LogLine, log_text
from kubevigil.demo.plan import PodRef
from kubevigil.demo.world import World


@pytest.fixture
def world() -> World:
    return World(seed=1, wall=lambda: 1_800_000_000.25)


def texts(world: World, ref: PodRef, *, previous: bool) -> list[str] | str:
    found = world.read_log(ref, "app", previous=previous)
    return found if isinstance(found, str) else [line.text for line in found]


def test_an_instance_that_has_just_ended_is_the_current_one(world: World) -> None:
    ref = world.create_pod("a")
    world.crash(ref, "app", log=["first"])
    assert texts(world, ref, previous=False) == ["first"]
    with pytest.raises(NoLog, match='previous terminated container "app" in pod "a" not found'):
        world.read_log(ref, "app", previous=True)


def test_in_crash_loop_back_off_both_questions_mean_the_dead_instance(world: World) -> None:
    ref = world.create_pod("a")
    world.crash(ref, "app", log=["first"])
    world.back_off(ref, "app")
    assert texts(world, ref, previous=False) == texts(world, ref, previous=True) == ["first"]


def test_after_the_restart_the_dead_one_is_the_previous_one(world: World) -> None:
    ref = world.create_pod("a")
    world.crash(ref, "app", log=["first"])
    world.run(ref, "app")
    world.log(ref, "app", "second")
    assert texts(world, ref, previous=True) == ["first"]
    assert texts(world, ref, previous=False) == ["second"]


def test_a_log_is_gone_when_the_next_instance_dies_and_a_sentence_stands_in_for_it(world: World) -> None:
    ref = world.create_pod("a")
    first = world.crash(ref, "app", log=["first"])
    world.run(ref, "app")
    world.crash(ref, "app", log=["second"])
    assert texts(world, ref, previous=True) == f"unable to retrieve container logs for {first}"
    assert texts(world, ref, previous=False) == ["second"]


def test_a_container_that_waits_for_its_first_start_has_no_log(world: World) -> None:
    ref = world.create_pod("a", started=False)
    with pytest.raises(NoLog, match='container "app" in pod "a" is waiting to start: ContainerCreating'):
        world.read_log(ref, "app", previous=False)
    world.wait(ref, "app", "ImagePullBackOff")
    with pytest.raises(NoLog, match="trying and failing to pull image"):
        world.read_log(ref, "app", previous=False)


def test_a_lost_container_has_no_log(world: World) -> None:
    ref = world.create_pod("a")
    world.lose(ref, "app")
    with pytest.raises(NoLog, match="is terminated"):
        world.read_log(ref, "app", previous=False)
    with pytest.raises(NoLog, match=r"previous terminated container .* not found"):
        world.read_log(ref, "app", previous=True)
    with pytest.raises(NotPossible, match="no container"):
        world.read_log(ref, "other", previous=False)


LINES = [LogLine(1_800_000_000.25, "one"), LogLine(1_800_000_001.5, "two"), LogLine(1_800_000_002.0, "three")]


def test_the_tail_is_taken_first_and_the_brake_cuts_its_end() -> None:
    assert log_text(LINES, tail=2, limit_bytes=None, timestamps=False) == b"two\nthree\n"
    assert log_text(LINES, tail=2, limit_bytes=5, timestamps=False) == b"two\nt"
    assert log_text(LINES, tail=0, limit_bytes=None, timestamps=False) == b""
    assert log_text(LINES, tail=None, limit_bytes=None, timestamps=False) == b"one\ntwo\nthree\n"


def test_timestamps_have_nine_decimals() -> None:
    assert log_text(LINES[:1], tail=None, limit_bytes=None, timestamps=True) == b"2027-01-15T08:00:00.250000000Z one\n"
