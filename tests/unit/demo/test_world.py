"""What the simulated cluster shows when something happens, checked against what a real kubelet showed."""

import json
from typing import Any

import pytest

from kubevigil.demo.container import NotPossible
from kubevigil.demo.plan import ContainerPlan, PodRef, Role
from kubevigil.demo.truth import TrueEnd, Truth
from kubevigil.demo.world import World

NOON = 1_800_000_000.5


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    return World(seed=1, wall=clock)


def shown(world: World, ref: PodRef) -> Any:
    body = world.history.find(ref)
    assert body is not None
    return json.loads(body)


def changes(world: World, after: int = 0) -> list[tuple[str, Any]]:
    return [(c.type, json.loads(c.body)) for c in world.history.wait(after, world.history.bookmarks, 0).changes]


def app_status(document: Any, place: int = 0) -> Any:
    return document["status"]["containerStatuses"][place]


def only(world: World) -> TrueEnd:
    (end,) = world.truth()
    return end


def test_a_crash_is_first_shown_in_state_then_in_last_state_and_counted_at_the_next_instance(world: World) -> None:
    ref = world.create_pod("a")
    dead = world.crash(ref, "app", 3)
    ended = app_status(shown(world, ref))
    assert ended["state"]["terminated"]["containerID"] == ended["containerID"] == dead
    assert (ended["restartCount"], ended["lastState"], ended["state"]["terminated"]["exitCode"]) == (0, {}, 3)

    world.back_off(ref, "app")
    waiting = app_status(shown(world, ref))
    assert waiting["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert waiting["lastState"]["terminated"]["containerID"] == waiting["containerID"] == dead
    assert waiting["restartCount"] == 0

    alive = world.run(ref, "app")
    running = app_status(shown(world, ref))
    assert running["containerID"] == alive != dead
    assert (running["restartCount"], running["lastState"]["terminated"]["containerID"]) == (1, dead)


def test_every_version_is_a_higher_number_than_the_one_before(world: World) -> None:
    ref = world.create_pod("a", containers=("app", "b"))
    world.crash(ref, "app")
    world.back_off(ref, "app")
    world.delete(ref)
    versions = [int(document["metadata"]["resourceVersion"]) for _, document in changes(world)]
    assert versions == sorted(set(versions))
    assert len(versions) >= 7


@pytest.mark.parametrize(
    ("exit_code", "reason", "policy", "class_"),
    [
        (137, "OOMKilled", "Always", "oom"),
        (1, "", "Always", "error"),
        (0, "", "Always", "exited"),
        (0, "", "OnFailure", "completed"),
        (0, "", "Never", "completed"),
        (2, "", "Never", "error"),
    ],
)
def test_the_truth_names_an_end_as_a_person_would(
    world: World, exit_code: int, reason: str, policy: str, class_: str
) -> None:
    ref = world.create_pod("a", restart_policy=policy)
    dead = world.crash(ref, "app", exit_code, reason)
    end = only(world)
    assert (end.class_, end.exit_code, end.container_id, end.shown, end.detailed) == (
        class_,
        exit_code,
        dead,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("policy", "exit_code", "phase"),
    [
        ("Never", 1, "Failed"),
        ("Never", 0, "Succeeded"),
        ("OnFailure", 0, "Succeeded"),
        ("OnFailure", 1, "Running"),
        ("Always", 0, "Running"),
    ],
)
def test_the_phase_follows_the_restart_policy(world: World, policy: str, exit_code: int, phase: str) -> None:
    ref = world.create_pod("a", restart_policy=policy)
    world.crash(ref, "app", exit_code)
    assert shown(world, ref)["status"]["phase"] == phase


def test_a_start_error_has_a_container_id_a_start_in_1970_and_stands_in_last_state(world: World) -> None:
    ref = world.create_pod("a", started=False)
    first = world.fail_start(ref, "app", "exec: not found")
    status = app_status(shown(world, ref))
    end = status["lastState"]["terminated"]
    assert status["state"]["waiting"]["reason"] == "RunContainerError"
    assert (end["reason"], end["exitCode"], end["startedAt"]) == ("StartError", 128, "1970-01-01T00:00:00Z")
    assert (end["containerID"], status["containerID"], status["restartCount"]) == (first, first, 0)

    world.fail_start(ref, "app", "exec: not found")
    assert app_status(shown(world, ref))["restartCount"] == 1
    assert [e.class_ for e in world.truth()] == ["start_error", "start_error"]


def test_a_container_that_never_ran_ends_as_unknown_at_deletion_and_is_no_end_in_the_truth(world: World) -> None:
    ref = world.create_pod("a", started=False)
    world.wait(ref, "app", "CreateContainerConfigError", 'secret "s" not found')
    world.ask_delete(ref)
    world.stop(ref)
    status = app_status(shown(world, ref))
    end = status["state"]["terminated"]
    assert (end["reason"], end["exitCode"], end["startedAt"], end["finishedAt"]) == (
        "ContainerStatusUnknown",
        137,
        None,
        None,
    )
    assert "containerID" not in end
    assert "containerID" not in status
    assert (status["restartCount"], shown(world, ref)["status"]["phase"]) == (0, "Failed")
    assert world.truth() == []


def test_a_lost_container_raises_the_count_at_once_and_its_successor_does_not_again(world: World) -> None:
    ref = world.create_pod("a")
    world.lose(ref, "app")
    status = app_status(shown(world, ref))
    assert status["restartCount"] == 1
    assert status["lastState"]["terminated"]["reason"] == "ContainerStatusUnknown"
    assert "containerID" not in status
    world.run(ref, "app")
    assert app_status(shown(world, ref))["restartCount"] == 1
    end = only(world)
    assert (end.class_, end.shown, end.detailed, end.restart_count) == ("lost", True, False, 0)


def test_a_container_lost_after_a_crash_leaves_the_older_end_in_last_state(world: World) -> None:
    ref = world.create_pod("a")
    first = world.crash(ref, "app")
    world.run(ref, "app")
    world.lose(ref, "app")
    status = app_status(shown(world, ref))
    assert (status["restartCount"], status["lastState"]["terminated"]["containerID"]) == (2, first)


def test_a_lost_container_that_is_never_restarted_is_unknown_in_both_states(world: World) -> None:
    ref = world.create_pod("a", restart_policy="Never")
    world.lose(ref, "app")
    status = app_status(shown(world, ref))
    assert status["state"]["terminated"]["reason"] == status["lastState"]["terminated"]["reason"]
    assert (status["restartCount"], shown(world, ref)["status"]["phase"]) == (1, "Failed")


def test_an_evicted_pod_is_failed_with_the_disruption_condition_and_stays(world: World) -> None:
    ref = world.create_pod("a")
    world.evict(ref)
    status = shown(world, ref)["status"]
    condition = next(c for c in status["conditions"] if c["type"] == "DisruptionTarget")
    assert (status["phase"], status["reason"], condition["reason"]) == ("Failed", "Evicted", "TerminationByKubelet")
    assert [(e.container, e.class_, e.shown) for e in world.truth()] == [
        ("", "evicted", True),
        ("app", "evicted", True),
    ]


def test_a_graceful_deletion_shows_its_timestamp_then_the_end_then_deleted(world: World) -> None:
    ref = world.create_pod("a")
    after = world.history.version
    world.delete(ref, exit_code=143, grace=30)
    asked, stopped, gone = changes(world, after)
    assert [asked[0], stopped[0], gone[0]] == ["MODIFIED", "MODIFIED", "DELETED"]
    assert asked[1]["metadata"]["deletionTimestamp"] == "2027-01-15T08:00:30Z"
    assert "running" in app_status(asked[1])["state"]
    assert app_status(stopped[1])["state"]["terminated"]["exitCode"] == 143
    assert gone[1]["status"]["phase"] == "Failed"
    assert (only(world).class_, only(world).shown) == ("graceful", True)


@pytest.mark.parametrize(
    ("disruption", "class_"), [("PreemptionByScheduler", "preempted"), ("EvictionByEvictionAPI", "evicted")]
)
def test_a_deletion_by_disruption_is_named_for_it(world: World, disruption: str, class_: str) -> None:
    world.delete(world.create_pod("a"), exit_code=143, disruption=disruption)
    assert only(world).class_ == class_


def test_a_force_deleted_pod_goes_while_running_and_its_end_is_never_shown(world: World) -> None:
    ref = world.create_pod("a")
    world.force_delete(ref)
    type_, document = changes(world)[-1]
    assert type_ == "DELETED"
    assert "running" in app_status(document)["state"]
    assert (only(world).shown, only(world).detailed) == (False, False)
    assert world.history.find(ref) is None


def test_ends_behind_a_silent_kubelet_are_counted_but_only_the_last_two_have_details(world: World) -> None:
    ref = world.create_pod("a")
    before = world.history.version
    world.silence(ref)
    for _ in range(3):
        world.crash(ref, "app")
        world.run(ref, "app")
    assert world.history.version == before
    assert [e.shown for e in world.truth()] == [False, False, False]
    world.report(ref)
    assert [(e.shown, e.detailed) for e in world.truth()] == [(True, False), (True, False), (True, True)]
    assert app_status(shown(world, ref))["restartCount"] == 3


def test_a_pod_that_is_deleted_behind_a_silent_kubelet_takes_its_ends_with_it(world: World) -> None:
    ref = world.create_pod("a")
    world.silence(ref)
    world.crash(ref, "app")
    world.delete(ref)
    assert only(world).shown is False


def test_init_containers_succeed_before_the_others_run(world: World) -> None:
    plans = (ContainerPlan("prepare", role=Role.INIT), ContainerPlan("proxy", role=Role.SIDECAR), ContainerPlan("app"))
    ref = world.create_pod("a", containers=plans)
    document = shown(world, ref)
    prepare, proxy = document["status"]["initContainerStatuses"]
    assert prepare["state"]["terminated"]["exitCode"] == 0
    assert "running" in proxy["state"]
    assert document["spec"]["initContainers"][1]["restartPolicy"] == "Always"
    assert document["status"]["phase"] == "Running"
    assert only(world).class_ == "completed"


def test_a_failing_init_container_keeps_the_pod_pending(world: World) -> None:
    ref = world.create_pod(
        "a", containers=(ContainerPlan("prepare", role=Role.INIT), ContainerPlan("app")), started=False
    )
    world.run(ref, "prepare")
    world.crash(ref, "prepare", 1)
    assert shown(world, ref)["status"]["phase"] == "Pending"
    assert only(world).class_ == "error"


def test_a_pod_deleted_in_crash_loop_back_off_shows_the_dead_instance_in_state_again(world: World) -> None:
    ref = world.create_pod("a")
    dead = world.crash(ref, "app")
    world.back_off(ref, "app")
    world.ask_delete(ref)
    world.stop(ref)
    status = app_status(shown(world, ref))
    assert status["state"]["terminated"]["containerID"] == dead
    assert len(world.truth()) == 1


def test_moments_are_cut_to_seconds(world: World, clock: Clock) -> None:
    ref = world.create_pod("a")
    clock.now += 1.9
    world.crash(ref, "app")
    end = app_status(shown(world, ref))["state"]["terminated"]
    assert (end["startedAt"], end["finishedAt"]) == ("2027-01-15T08:00:00Z", "2027-01-15T08:00:02Z")


def test_conditions_keep_the_moment_of_their_last_change(world: World, clock: Clock) -> None:
    ref = world.create_pod("a")
    clock.now += 60
    world.touch(ref)
    since = {c["type"]: c["lastTransitionTime"] for c in shown(world, ref)["status"]["conditions"]}
    assert since["Ready"] == "2027-01-15T08:00:00Z"


def test_what_cannot_happen_is_refused_with_the_reason(world: World) -> None:
    ref = world.create_pod("a")
    with pytest.raises(NotPossible, match="runs already"):
        world.run(ref, "app")
    with pytest.raises(NotPossible, match="no container 'b', it has app"):
        world.crash(ref, "b")
    world.crash(ref, "app")
    with pytest.raises(NotPossible, match="does not run"):
        world.crash(ref, "app")
    with pytest.raises(NotPossible, match="exists already"):
        world.create_pod("a")
    with pytest.raises(NotPossible, match="there is no pod default/b"):
        world.delete(PodRef("default", "b"))
    assert len(world.truth()) == 1


def test_the_api_server_itself_shows_a_deletion_that_a_silent_kubelet_knows_nothing_of(world: World) -> None:
    ref = world.create_pod("a")
    world.silence(ref)
    world.ask_delete(ref)
    document = shown(world, ref)
    assert "deletionTimestamp" in document["metadata"]
    assert "running" in app_status(document)["state"]


def test_nothing_of_a_pod_that_is_gone_can_be_shown_any_more() -> None:
    book = Truth()
    for container in ("a", "b"):
        book.add(TrueEnd("shop", "web", "u", container, f"id-{container}", 0, 1, "Error", "error", NOON))
        book.show("u", {"id-a", "id-b"} if container == "a" else set())
    book.close("u")
    book.show("u", {"id-b"})
    assert [(end.shown, end.detailed) for end in book.ends()] == [(True, True), (True, False)]
