"""Rights, copies, Argo: each answer with what is missing and what to do."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubevigil.doctor import copies, rights, workflows
from kubevigil.doctor.answer import Answer, Status, any_failed, fail, ok, some, warn
from kubevigil.doctor.copies import Pod
from kubevigil.doctor.rights import Right
from kubevigil.doctor.workflows import Made, Scene

from .cluster import pod

ROOT = Path(__file__).parents[3]


def pods(*items: dict[str, Any]) -> list[Pod]:
    return msgspec.convert(list(items), list[Pod])


def judged(*items: dict[str, Any], twice: float | None = None) -> dict[str, Answer]:
    return {one.check: one for one in copies.judge(pods(*items), "kubevigil", twice)}


def test_one_that_is_ready_is_fine() -> None:
    assert {one.status for one in judged(pod()).values()} == {Status.OK}


def test_none_that_runs_is_told_with_how_to_install_it() -> None:
    for there in (
        [],
        [pod(phase="Failed")],
        [pod() | {"metadata": {**pod()["metadata"], "deletionTimestamp": "2026"}}],
    ):
        found = judged(*there)
        assert found.keys() == {"exporter"}
        assert found["exporter"].status is Status.FAIL
        assert "helm install" in found["exporter"].fix


def test_one_that_is_not_ready_is_told_with_the_kubelets_reason() -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    found = judged(pod(ready="False", phase="Pending", state=waiting))["exporter"]
    assert found.status is Status.FAIL
    assert "not ready (kubevigil: ImagePullBackOff)" in found.detail
    assert "no node gets the image acme/kubevigil:0.1.0: the chart's image.registry" in found.fix


def test_one_that_no_node_has_room_for_is_told_to_be_described_and_one_that_runs_has_a_log() -> None:
    waits = judged(pod(ready="False", phase="Pending", state={}))["exporter"]
    runs = judged(pod(ready="False", phase="Running", state={"running": {}}))["exporter"]
    assert "describe pod" in waits.fix
    assert "logs" in runs.fix


def test_two_of_one_release_are_told() -> None:
    found = judged(pod(), pod("kubevigil-5f7d-p8qfz"))["copies"]
    assert found.status is Status.WARN
    assert "2 pods of the release monitoring/kubevigil run at once" in found.detail
    assert "-n monitoring scale deployment --replicas=1 -l app.kubernetes.io/instance=kubevigil" in found.fix


@pytest.mark.parametrize(
    ("twice", "status", "words"),
    [
        (0.0, Status.OK, "no container is told of by two"),
        (41.0, Status.WARN, "41 containers are told of by two"),
        (None, Status.WARN, "is not known"),
    ],
)
def test_two_releases_are_fine_if_no_container_is_told_of_by_both(
    twice: float | None, status: Status, words: str
) -> None:
    other = pod("other", labels={"app.kubernetes.io/instance": "other"})
    found = judged(pod(), other, twice=twice)["copies"]
    assert found.status is status
    assert words in found.detail


def test_the_rights_are_those_that_the_setting_asks_for() -> None:
    least = {str(one) for one in rights.needed((), capture=False, healthchecks=False)}
    assert least == {"list pods in all namespaces", "watch pods in all namespaces"}
    there = {str(one) for one in rights.needed(("shop", "pay"), capture=True, healthchecks=False)}
    assert {"get pods/log in shop", "get pods/log in pay", "list events in shop"} <= there


def test_the_rights_are_those_that_the_chart_grants() -> None:
    text = (ROOT / "charts/kubevigil/templates/_rules.tpl").read_text(encoding="utf-8")
    rule = r'apiGroups: \["?(.*?)"?\]\n +resources: \[(.*?)\]\n +verbs: \[(.*?)\]'
    granted = {
        (verb, resource, group)
        for group, resources, verbs in re.findall(rule, text)
        for resource in resources.split(", ")
        for verb in verbs.split(", ")
    }
    asked = {(one.verb, one.resource, one.group) for one in rights.needed((), capture=True, healthchecks=True)}
    assert asked == granted


def test_a_review_is_of_the_exporters_account_or_of_who_asks() -> None:
    right = Right("get", "pods/log", "", namespace="shop")
    attributes = {"verb": "get", "group": "", "resource": "pods", "subresource": "log", "namespace": "shop"}
    theirs = rights.review(right, "monitoring/kubevigil")
    assert theirs["kind"] == "SubjectAccessReview"
    assert theirs["spec"] == {
        "resourceAttributes": attributes,
        "user": "system:serviceaccount:monitoring:kubevigil",
        "groups": ["system:serviceaccounts", "system:serviceaccounts:monitoring", "system:authenticated"],
    }
    assert rights.review_path("a/b").endswith("/subjectaccessreviews")
    own = rights.review(right, "")
    assert (own["kind"], own["spec"]) == ("SelfSubjectAccessReview", {"resourceAttributes": attributes})
    assert rights.review_path("").endswith("/selfsubjectaccessreviews")


def test_a_right_that_is_missing_is_told_with_what_is_lost_for_it() -> None:
    asked = {one: one.resource != "pods/log" for one in rights.needed((), capture=True, healthchecks=False)}
    found = rights.judge("the account", asked)
    assert found.status is Status.FAIL
    assert found.detail == "the account may not get pods/log in all namespaces, so crashes have no log"
    assert rights.judge("x", dict.fromkeys(asked, True)).status is Status.OK


@pytest.mark.parametrize(
    ("scene", "status", "words"),
    [
        (Scene(None, workflows=(), controllers=None, leader=None), Status.SKIPPED, "knows no HealthChecks"),
        (Scene(0, workflows=(), controllers=None, leader=None), Status.SKIPPED, "there is no HealthCheck"),
        (Scene(1, workflows=None, controllers=0, leader="x"), Status.FAIL, "knows no workflows"),
        (Scene(1, workflows=(), controllers=1, leader=""), Status.FAIL, "no exporter looks after them"),
        (Scene(2, workflows=(), controllers=0, leader="x"), Status.WARN, "no workflow-controller"),
        (Scene(2, (Made("a/b", 3601, taken=True),), controllers=0, leader="x"), Status.WARN, "no workflow-controller"),
        (Scene(2, (Made("a/b", 3599, taken=True),), controllers=0, leader="x"), Status.OK, "2 HealthChecks"),
        (
            Scene(2, (Made("a/b", 31, taken=False), Made("a/c", 40, taken=False)), controllers=1, leader="x"),
            Status.FAIL,
            "nobody has taken the workflow a/c for 40 s",
        ),
        (Scene(2, (Made("a/b", 30, taken=False),), controllers=1, leader="x"), Status.OK, "2 HealthChecks"),
        (Scene(2, workflows=(), controllers=1, leader="x"), Status.OK, "2 HealthChecks, looked after by x"),
        (Scene(2, workflows=(), controllers=None, leader=None), Status.OK, "may not be seen"),
    ],
    ids=[
        "no-crd",
        "no-check",
        "no-argo",
        "no-leader",
        "no-controller",
        "long-ago",
        "outside",
        "left",
        "new",
        "well",
        "unseen",
    ],
)
def test_argo_is_asked_for_only_where_there_are_checks(scene: Scene, status: Status, words: str) -> None:
    found = workflows.judge(scene)
    assert (found.status, words in found.detail) == (status, True)
    assert bool(found.fix) is (status in {Status.FAIL, Status.WARN})


def test_only_what_is_broken_makes_the_command_fail() -> None:
    assert not any_failed([ok("a", ""), warn("b", "", "c")])
    assert any_failed([ok("a", ""), fail("b", "", "c")])


def test_long_lists_are_cut() -> None:
    assert some("abcdefgh") == "a, b, c, d, e and 3 more"
    assert some("ab") == "a, b"
    assert some([]) == ""
