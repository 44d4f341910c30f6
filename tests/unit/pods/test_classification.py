import pytest

from kubevigil.model.pod import Container, ContainerType, Pod, PodCondition, Terminated
from kubevigil.model.record import TerminationClass as Is
from kubevigil.pods.classification import cause_of, code_label, is_lost, pod_end_cause, signal_name

from .statuses import UNKNOWN_END, container_id, ended, pod, running, stamp, terminated

DRAINED = PodCondition("DisruptionTarget", "True", "EvictionByEvictionAPI", stamp(100))
PREEMPTED = PodCondition("DisruptionTarget", "True", "PreemptionByScheduler", stamp(100))


def class_of(the_pod: Pod, end: Terminated, kind: ContainerType = ContainerType.APP) -> Is:
    return cause_of(the_pod, kind, "app", end).class_


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (ended(0, exit_code=1), Is.ERROR),
        (ended(0, exit_code=137), Is.ERROR),
        (ended(0, exit_code=137, reason="OOMKilled"), Is.OOM),
        (ended(0, exit_code=0, reason="OOMKilled"), Is.OOM),
        (ended(0, exit_code=128, reason="StartError"), Is.START_ERROR),
        (ended(0, exit_code=0, reason="Completed"), Is.EXITED),
        (ended(0, exit_code=137, reason="ContainerStatusUnknown"), Is.LOST),
    ],
)
def test_a_container_that_should_run_for_ever_crashes_however_it_ends(end: Terminated, expected: Is) -> None:
    assert class_of(pod(running(0)), end) is expected


@pytest.mark.parametrize("policy", ["Never", "OnFailure"])
def test_a_job_that_exits_with_zero_has_completed_and_with_one_has_failed(policy: str) -> None:
    job = pod(running(0), spec={"restart_policy": policy})
    assert class_of(job, ended(0, exit_code=0)) is Is.COMPLETED
    assert class_of(job, ended(0, exit_code=1)) is Is.ERROR


def test_a_containers_own_restart_policy_overrides_the_pods() -> None:
    own = pod(running(0), spec={"containers": (Container("app", "Never"),)})
    assert class_of(own, ended(0, exit_code=0)) is Is.COMPLETED


def test_an_init_container_completes_and_a_sidecar_must_not() -> None:
    assert class_of(pod(running(0)), ended(0, exit_code=0), ContainerType.INIT) is Is.COMPLETED
    assert class_of(pod(running(0)), ended(0, exit_code=0), ContainerType.SIDECAR) is Is.EXITED
    assert class_of(pod(running(0)), ended(0, exit_code=0), ContainerType.EPHEMERAL) is Is.COMPLETED


def test_a_sidecar_stopped_after_its_jobs_containers_ended_did_not_crash() -> None:
    job = pod(terminated(0), spec={"restart_policy": "Never"})
    assert class_of(job, ended(1, exit_code=143, at=6), ContainerType.SIDECAR) is Is.GRACEFUL
    assert class_of(job, ended(1, exit_code=143, at=2), ContainerType.SIDECAR) is Is.ERROR


@pytest.mark.parametrize("code", [0, 1, 137, 143])
def test_whatever_ends_after_the_deletion_was_asked_for_is_graceful(code: int) -> None:
    deleted = pod(running(0), meta={"deletion_timestamp": stamp(130), "deletion_grace_period_seconds": 30})
    assert class_of(deleted, ended(0, exit_code=code, at=101)) is Is.GRACEFUL


def test_a_crash_before_the_deletion_stays_a_crash_and_an_oom_kill_always_is_one() -> None:
    deleted = pod(running(0), meta={"deletion_timestamp": stamp(130), "deletion_grace_period_seconds": 30})
    assert class_of(deleted, ended(0, at=98)) is Is.ERROR
    assert class_of(deleted, ended(0, exit_code=137, reason="OOMKilled", at=101)) is Is.OOM


@pytest.mark.parametrize(("at", "expected"), [(99, Is.ERROR), (100, Is.GRACEFUL)])
def test_a_crash_in_the_second_of_the_deletion_counts_as_stopped_as_asked_for(at: int, expected: Is) -> None:
    deleted = pod(running(0), meta={"deletion_timestamp": stamp(130), "deletion_grace_period_seconds": 30})
    assert class_of(deleted, ended(0, at=at)) is expected


def test_a_drained_or_preempted_pods_containers_did_not_crash_unless_they_did_so_before() -> None:
    assert class_of(pod(running(0), status={"conditions": (DRAINED,)}), ended(0, at=101)) is Is.EVICTED
    assert class_of(pod(running(0), status={"conditions": (PREEMPTED,)}), ended(0, at=101)) is Is.PREEMPTED
    assert class_of(pod(running(0), status={"conditions": (DRAINED,)}), ended(0, at=90)) is Is.ERROR


def test_an_evicted_pod_ends_as_a_whole_once_and_so_do_its_containers() -> None:
    evicted = pod(running(0), status={"phase": "Failed", "reason": "Evicted", "message": "low on memory"})
    cause = pod_end_cause(evicted)
    assert cause is not None
    assert (cause.class_, cause.reason) == (Is.EVICTED, "Evicted")
    assert class_of(evicted, ended(0, exit_code=137)) is Is.EVICTED


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"phase": "Running", "reason": "Evicted"}, None),
        ({"phase": "Failed"}, None),
        ({"phase": "Failed", "reason": "NodeLost"}, Is.LOST),
        ({"phase": "Failed", "reason": "Terminated"}, Is.GRACEFUL),
        ({"phase": "Failed", "reason": "OutOfcpu"}, Is.UNKNOWN),
    ],
)
def test_only_a_failed_pod_with_a_reason_ended_as_a_whole(status: dict[str, object], expected: Is | None) -> None:
    cause = pod_end_cause(pod(running(0), status=status))
    assert (cause and cause.class_) is expected


@pytest.mark.parametrize(
    ("code", "number", "name"),
    [
        (137, None, "SIGKILL"),
        (143, None, "SIGTERM"),
        (139, None, "SIGSEGV"),
        (128, None, ""),
        (0, 9, "SIGKILL"),
        (255, None, ""),
        (1, None, ""),
    ],
)
def test_the_signal_is_named_by_the_exit_code_or_by_the_runtime(code: int, number: int | None, name: str) -> None:
    assert signal_name(Terminated(exit_code=code, signal=number)) == name


@pytest.mark.parametrize(
    ("code", "label"), [(0, "0"), (143, "143"), (255, "255"), (3, "other"), (-1, "other"), (None, "other")]
)
def test_exit_codes_are_labelled_from_a_closed_list(code: int | None, label: str) -> None:
    assert code_label(code) == label


def test_only_an_end_that_the_kubelet_made_up_is_lost() -> None:
    assert is_lost(UNKNOWN_END)
    assert not is_lost(None)
    assert not is_lost(Terminated(exit_code=137, reason="ContainerStatusUnknown", container_id=container_id(1)))
