"""A crash on purpose: what is made, what is waited for, and that it goes, whatever happens."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from kubevigil.app.doctor_cluster import Cluster
from kubevigil.app.doctor_crash import NoImage, Waiting, follow, plan
from kubevigil.app.doctor_examining import Asked
from kubevigil.app.settings import Settings
from kubevigil.doctor import crash
from kubevigil.doctor.answer import Answer, Status
from kubevigil.doctor.crash import Plan
from kubevigil.kube.errors import Unreachable

from .cluster import FakeApi, Programs, forbidden

PODS = "/api/v1/namespaces/shop/pods"
NAME = "kubevigil-doctor-1a2b3c"
PLAN = Plan(NAME, "shop", "acme/kubevigil:0.1.0", own_image=True)
SENT = """# TYPE alertmanager_notifications_total counter
alertmanager_notifications_total{integration="slack"} %d
alertmanager_notifications_failed_total{integration="slack",reason="clientError"} 1
"""


class Scene:
    """The pod has crashed at the second look, the alert fires at the third; time passes in pauses alone."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.programs = Programs()
        self.programs.page = SENT % 4
        self.now = 100.0
        self.looks = 0

    def monotonic(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.looks += 1
        if self.looks == 1:
            status = {"containerStatuses": [{"name": NAME, "restartCount": 1}]}
            self.api.single[f"{PODS}/{NAME}"] |= {"status": status}
            self.programs.samples["last_termination"] = [({}, 1772366400.0)]
        if self.looks == 2:
            labels = {"alertname": "KubevigilContainerRestarted", "alertstate": "firing"}
            self.programs.samples["ALERTS{"] = [(labels, 1.0)]
            self.programs.alerts = [
                {"labels": labels, "receivers": [{"name": "slack-all"}], "status": {"state": "active"}}
            ]
            self.programs.page = SENT % 5

    def follow(self, seconds: float = 60, *, peers: bool = True) -> Iterator[Answer]:
        peer = self.programs if peers else None
        waiting = Waiting(seconds, self.monotonic, self.pause)
        return follow(Cluster(self.api, "kubevigil"), Settings(), Asked({}, "shop", peer, peer), PLAN, waiting)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_each_station_is_told_with_its_time(scene: Scene) -> None:
    answers = {one.check: one for one in scene.follow()}
    assert {name: (one.status.value, one.detail) for name, one in answers.items()} == {
        "crash-pod": ("ok", f"made shop/{NAME} of acme/kubevigil:0.1.0"),
        "crash-document": ("skipped", "elasticsearch.hosts names no server"),
        "crash-seen": ("ok", "after 2.0 s: the container has ended"),
        "crash-metric": ("ok", "after 2.0 s: Prometheus has its death"),
        "crash-alert": ("ok", "after 4.0 s: KubevigilContainerRestarted is pending or fires"),
        "crash-firing": ("ok", "after 4.0 s: KubevigilContainerRestarted fires"),
        "crash-alertmanager": ("ok", "after 4.0 s: KubevigilContainerRestarted for slack-all"),
        "crash-message": ("ok", "after 4.0 s: Alertmanager has sent notifications since, by slack"),
        "crash-removed": ("ok", "the pod is gone; its alert ends when its window has gone by"),
    }
    assert scene.api.deleted == [(f"{PODS}/{NAME}", {"preconditions": {"uid": "uid-of-the-crash"}})]


def test_what_does_not_come_in_time_is_told_with_what_to_do(scene: Scene) -> None:
    answers = {one.check: one for one in scene.follow(2)}
    assert answers["crash-metric"].status is Status.OK
    late = answers["crash-firing"]
    assert (late.status, late.detail) == (Status.FAIL, "not within 2 s")
    assert late.fix
    assert answers["crash-removed"].status is Status.OK


def test_a_pod_that_does_not_start_is_told_with_the_kubelets_reason(scene: Scene) -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff"}}}
    status = {"containerStatuses": [{"name": NAME, **waiting}]}
    answers = scene.follow(0)
    assert next(answers).check == "crash-pod"
    scene.api.single[f"{PODS}/{NAME}"] |= {"status": status}
    seen = {one.check: one for one in answers}["crash-seen"]
    assert seen.status is Status.FAIL
    assert f"{NAME}: ImagePullBackOff" in seen.detail


def test_what_nobody_can_be_asked_for_is_skipped(scene: Scene) -> None:
    scene.api.objects = {"/api/v1/pods": []}
    answers = {one.check: one for one in scene.follow(peers=False)}
    for check in ("crash-metric", "crash-alert", "crash-firing", "crash-alertmanager", "crash-message"):
        assert answers[check].status is Status.SKIPPED
    assert answers["crash-seen"].status is Status.OK


def test_the_pod_goes_when_the_person_gives_up(scene: Scene) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    waiting = Waiting(60, scene.monotonic, interrupted)
    asked = Asked({}, "shop", scene.programs, scene.programs)
    with pytest.raises(KeyboardInterrupt):
        list(follow(Cluster(scene.api, "kubevigil"), Settings(), asked, PLAN, waiting))
    assert len(scene.api.deleted) == 1


def test_the_pod_goes_when_nobody_listens_any_more(scene: Scene) -> None:
    answers: Any = scene.follow()
    with closing(answers):
        next(answers)
    assert len(scene.api.deleted) == 1


def test_a_pod_that_cannot_be_deleted_is_told_with_the_command(scene: Scene) -> None:
    scene.api.away[f"{PODS}/{NAME}"] = Unreachable("gone away")
    found = {one.check: one for one in scene.follow(2)}["crash-removed"]
    assert (found.status, found.fix) == (Status.FAIL, f"kubectl -n shop delete pod {NAME}")


def test_who_may_not_make_pods_is_told_and_nothing_is_deleted(scene: Scene) -> None:
    scene.api.away[PODS] = forbidden("create", "pods")
    (found,) = scene.follow()
    assert (found.status, found.check) == (Status.FAIL, "crash-pod")
    assert scene.api.deleted == []


def test_the_image_is_the_exporters_own_or_the_one_that_is_named(scene: Scene) -> None:
    cluster = Cluster(scene.api, "kubevigil")
    own = plan(cluster, NAME, "monitoring", "")
    assert (own.image, own.own_image, own.pull_secrets) == ("acme/kubevigil:0.1.0", True, [{"name": "pull"}])
    assert plan(cluster, NAME, "shop", "").pull_secrets == []
    assert plan(cluster, NAME, "shop", "busybox:1").own_image is False
    scene.api.objects["/api/v1/pods"] = []
    with pytest.raises(NoImage, match="--image"):
        plan(Cluster(scene.api, "kubevigil"), NAME, "shop", "")


def test_the_pod_fits_the_restricted_level_and_ends_by_itself() -> None:
    spec = PLAN.manifest()["spec"]
    (container,) = spec["containers"]
    assert spec["activeDeadlineSeconds"] <= 1800
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["command"][0] == "kubevigil"
    other = Plan(NAME, "shop", "busybox:1", own_image=False).manifest()["spec"]["containers"][0]
    assert other["command"][:2] == ["sh", "-c"]


def test_notifications_that_failed_do_not_count() -> None:
    assert crash.sent(SENT % 5) == {"slack": 4.0}
    assert crash.more_sent({"slack": 4.0}, {"slack": 4.0, "email": 1.0}) == ["email"]
    assert crash.sent("nothing of it") == {}
