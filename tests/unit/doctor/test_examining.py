"""The whole examination of a cluster in memory: all is well, and each part that is taken away is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kubevigil.app.doctor_cluster import Cluster
from kubevigil.app.doctor_examining import Asked, examine
from kubevigil.app.settings import Settings
from kubevigil.doctor.answer import Answer, Status
from kubevigil.healthchecks.manifest import CHECK_LABEL
from kubevigil.healthchecks.writing import WORKFLOWS
from kubevigil.kube.errors import KubeError, NotFound, Unreachable
from kubevigil.model import clock

from .cluster import LABELS, OPERATOR, FakeApi, Programs, forbidden, named, pod, prometheus

REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
LABELS_OF_ALERT = {"alertname": "KubevigilCrashLooping", "namespace": "shop", "severity": "warning"}


class Scene:
    """A cluster in which all is well."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.programs = Programs()
        self.settings = Settings()
        self.namespace = ""
        self.with_addresses = True

    def answers(self) -> dict[str, Answer]:
        peer = self.programs if self.with_addresses else None
        asked = Asked(LABELS_OF_ALERT, self.namespace, peer, peer, lambda: {"Pods": "label_replace(...)"})
        found = list(examine(Cluster(self.api, "kubevigil"), self.settings, asked, clock.wall))
        for one in found:
            assert bool(one.fix) or one.status in {Status.OK, Status.SKIPPED}, one
            assert "\n" not in one.fix + one.detail
        return {one.check: one for one in found}


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_where_all_is_there_nothing_is_amiss(scene: Scene) -> None:
    answers = scene.answers()
    assert {one.check: one.status for one in answers.values() if one.status is not Status.OK} == {
        "alertmanager-config": Status.SKIPPED,
        "elasticsearch": Status.SKIPPED,
        "argo": Status.SKIPPED,
    }
    assert list(answers) == [
        "cluster",
        "exporter",
        "copies",
        "rights",
        "service-monitor",
        "rules",
        "alertmanager-config",
        "prometheus",
        "scrape",
        "rules-loaded",
        "alertmanagers",
        "notifications",
        "own-alerts",
        "series",
        "alertmanager",
        "alert-route",
        "elasticsearch",
        "argo",
    ]


def remove(path: str) -> Callable[[Scene], None]:
    return lambda scene: scene.api.objects.update({path: []})


def _no_right(scene: Scene) -> None:
    scene.api.denied.add(("get", "pods/log"))


def _wrong_label(scene: Scene) -> None:
    scene.api.objects[f"{OPERATOR}/prometheuses"] = [prometheus(ruleSelector={"matchLabels": {"role": "x"}})]


def _no_target(scene: Scene) -> None:
    scene.programs.samples["up{"] = []


def _no_rules(scene: Scene) -> None:
    scene.programs.groups = []


def _no_alertmanager(scene: Scene) -> None:
    scene.programs.alertmanagers = []


def _no_series(scene: Scene) -> None:
    lack = {"series": "cluster:kubevigil_pods:count", "from": "rules", "advice": "load them"}
    scene.programs.samples["label_replace"] = [(lack, 0.0)]


def _no_checks_run(scene: Scene) -> None:
    checks = "/apis/activemonitor.keikoproj.io/v1alpha1/healthchecks"
    scene.api.objects[checks] = [named("dns")]
    scene.api.objects[f"{WORKFLOWS}/workflows"] = []


def _no_argo(scene: Scene) -> None:
    _no_checks_run(scene)
    scene.api.lead()
    del scene.api.objects[f"{WORKFLOWS}/workflows"]


def _nobody_takes_workflows(scene: Scene) -> None:
    _no_checks_run(scene)
    scene.api.lead()
    waiting = named("dns-1", "health", {CHECK_LABEL: "uid-dns"})
    waiting["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z"
    scene.api.objects[f"{WORKFLOWS}/workflows"] = [waiting]


def _no_elasticsearch(scene: Scene) -> None:
    scene.settings = replace(scene.settings, elasticsearch_hosts=("http://127.0.0.1:1",))


@pytest.mark.parametrize(
    ("take", "check"),
    [
        (remove("/api/v1/pods"), "exporter"),
        (_no_right, "rights"),
        (remove(f"{OPERATOR}/servicemonitors"), "service-monitor"),
        (remove(f"{OPERATOR}/prometheusrules"), "rules"),
        (_wrong_label, "rules"),
        (_no_target, "scrape"),
        (_no_rules, "rules-loaded"),
        (_no_alertmanager, "alertmanagers"),
        (_no_series, "series"),
        (_no_elasticsearch, "elasticsearch"),
        (_no_checks_run, "argo"),
        (_no_argo, "argo"),
        (_nobody_takes_workflows, "argo"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_part_that_is_taken_away_is_named(scene: Scene, take: Callable[[Scene], None], check: str) -> None:
    take(scene)
    assert [name for name, one in scene.answers().items() if one.status is Status.FAIL] == [check]


@pytest.mark.parametrize(("flag", "program"), [("prometheus", "Prometheus"), ("alertmanager", "Alertmanager")])
def test_a_program_that_does_not_answer_is_named_and_nothing_more_is_asked_of_it(
    scene: Scene, flag: str, program: str
) -> None:
    scene.programs.broken["/-/ready"] = "connection refused"
    found = scene.answers()[flag]
    assert found.status is Status.FAIL
    assert found.detail == f"{program} does not answer: connection refused"
    assert f"--{flag} http://127.0.0.1" in found.fix
    assert "scrape" not in scene.answers()
    assert scene.programs.asked.count("/api/v1/rules") == 0


def test_without_an_address_they_are_asked_behind_the_api_server(scene: Scene) -> None:
    scene.with_addresses = False
    services = "/api/v1/namespaces/monitoring/services"
    scene.api.proxied[f"{services}/http:prometheus-operated:web/proxy"] = scene.programs
    scene.api.proxied[f"{services}/http:alertmanager-operated:web/proxy"] = scene.programs
    answers = scene.answers()
    assert (answers["scrape"].status, answers["alert-route"].status) == (Status.OK, Status.OK)


def test_who_may_not_use_the_proxy_is_told_of_the_flag(scene: Scene) -> None:
    scene.with_addresses = False
    path = "/api/v1/namespaces/monitoring/services/http:prometheus-operated:web/proxy/-/ready"
    scene.api.away[path] = forbidden("get", "services/proxy")
    found = scene.answers()["prometheus"]
    assert found.status is Status.SKIPPED
    assert found.detail == "you may not get services/proxy; --prometheus does without"
    assert "port-forward svc/prometheus-operated" in found.fix


def test_without_operator_and_addresses_that_is_said_and_nothing_fails(scene: Scene) -> None:
    scene.with_addresses = False
    for path in list(scene.api.objects):
        if "monitoring.coreos.com" in path:
            del scene.api.objects[path]
    answers = scene.answers()
    assert [one.check for one in answers.values() if one.status is Status.FAIL] == []
    for check in ("service-monitor", "rules", "alertmanager-config", "prometheus", "alertmanager"):
        assert answers[check].status is Status.SKIPPED
    scene.api.of_a_pod = True
    assert scene.answers()["prometheus"].fix == "--prometheus http://prometheus-operated.NAMESPACE.svc:9090"


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("/api/v1/pods", "exporter"),
        (f"{OPERATOR}/prometheuses", "service-monitor"),
        (f"{OPERATOR}/prometheusrules", "rules"),
    ],
)
def test_what_may_not_be_read_is_skipped_with_the_right_that_is_missing(scene: Scene, path: str, check: str) -> None:
    scene.api.away[path] = forbidden("list", path.rpartition("/")[2])
    found = scene.answers()[check]
    assert (found.status, "you may not list" in found.detail) == (Status.SKIPPED, True)
    assert found.fix.startswith("ask as one who may list")


def test_who_may_not_ask_for_others_is_told_to_ask_in_the_pod(scene: Scene) -> None:
    scene.api.away[REVIEWS] = forbidden("create", "subjectaccessreviews.authorization.k8s.io")
    found = scene.answers()["rights"]
    assert found.status is Status.SKIPPED
    assert "kubectl -n monitoring exec kubevigil-5f7d-x2x9k -- kubevigil doctor" in found.fix


def test_in_the_exporters_pod_its_own_rights_are_asked(scene: Scene) -> None:
    scene.api.of_a_pod = True
    scene.namespace = "shop"
    assert scene.answers()["rights"].status is Status.OK
    assert {one["kind"] for one in scene.api.reviews} == {"SelfSubjectAccessReview"}
    assert {one["spec"]["resourceAttributes"]["namespace"] for one in scene.api.reviews} == {"shop"}


def test_what_breaks_in_one_question_leaves_the_others(scene: Scene) -> None:
    scene.programs.broken["/api/v1/rules"] = "cut off"
    answers = scene.answers()
    assert answers["rules-loaded"].detail == "could not be asked: cut off"
    assert answers["series"].status is Status.OK


def test_an_api_server_that_is_away_ends_it(scene: Scene) -> None:
    scene.api.away["/version"] = Unreachable("10.0.0.1 cannot be reached")
    with pytest.raises(KubeError):
        scene.answers()


def test_a_sidecar_whose_settings_are_elsewhere_is_where_to_ask(scene: Scene) -> None:
    scene.api.objects["/api/v1/pods"] = [pod(containers=["kubevigil", "ship"])]
    found = scene.answers()["elasticsearch"]
    assert found.status is Status.SKIPPED
    assert "exec kubevigil-5f7d-x2x9k -c ship -- kubevigil doctor" in found.fix


def test_an_alertmanager_config_of_ours_that_nobody_selects_is_named(scene: Scene) -> None:
    routes = "/apis/monitoring.coreos.com/v1alpha1/alertmanagerconfigs"
    scene.api.objects[routes] = [named("kubevigil", labels=LABELS)]
    assert scene.answers()["alertmanager-config"].status is Status.OK
    scene.api.objects[f"{OPERATOR}/alertmanagers"] = [named("main", spec={})]
    found = scene.answers()["alertmanager-config"]
    assert found.status is Status.FAIL
    assert "alertmanagerConfigSelector" in found.detail


def test_namespaces_are_read_only_for_their_labels(scene: Scene) -> None:
    selector = {"matchLabels": {"watched": "yes"}}
    scene.api.objects[f"{OPERATOR}/prometheuses"] = [prometheus(ruleNamespaceSelector=selector)]
    scene.api.single["/api/v1/namespaces/monitoring"] = named("monitoring", "", {"watched": "yes"})
    assert scene.answers()["rules"].status is Status.OK
    scene.api.away["/api/v1/namespaces/monitoring"] = forbidden("get", "namespaces")
    assert scene.answers()["rules"].status is Status.WARN


def test_a_resource_that_goes_meanwhile_is_no_crash_of_ours(scene: Scene) -> None:
    errors: dict[str, Any] = {REVIEWS: NotFound(REVIEWS, "")}
    scene.api.away.update(errors)
    assert scene.answers()["rights"].status is Status.FAIL


def test_a_leader_that_may_not_be_seen_is_not_taken_for_none(scene: Scene) -> None:
    _no_argo(scene)
    scene.api.objects[f"{WORKFLOWS}/workflows"] = []
    leases = "/apis/coordination.k8s.io/v1/leases"
    scene.api.objects["/api/v1/pods"].append(named("argo", labels={"app": "workflow-controller"}))
    assert scene.answers()["argo"].detail == "1 HealthCheck, looked after by kubevigil-0; Argo is there"
    scene.api.away[leases] = forbidden("list", "leases.coordination.k8s.io")
    found = scene.answers()["argo"]
    assert (found.status, "somebody who may not be seen" in found.detail) == (Status.OK, True)
