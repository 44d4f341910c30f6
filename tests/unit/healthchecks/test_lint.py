"""Manifests judged without a cluster: works, works differently than before, cannot work."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.lint import Lint, lint

from .making import HELLO, raw_spec


def parse(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error).splitlines()[0]) from error


def document(spec: object = None, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "activemonitor.keikoproj.io/v1alpha1",
        "kind": "HealthCheck",
        "metadata": {"name": "hello", "namespace": "health", **metadata},
        "spec": raw_spec(level="namespace") if spec is None else spec,
    }


def verdict(item: object) -> Lint:
    (found,) = lint([("a.yaml", item)], parse)
    return found


def source(**of: Any) -> dict[str, Any]:
    workflow = raw_spec()["workflow"]
    resource = {**workflow["resource"], "source": of}
    return document(raw_spec(level="namespace", workflow={**workflow, "resource": resource}))


def test_a_check_that_works_as_before_is_accepted() -> None:
    assert verdict(document()) == Lint(file="a.yaml", name="hello", verdict="accepted", findings=[])


WITH_RULES = {**raw_spec()["workflow"], "rbacRules": [{"verbs": ["get"], "resources": ["pods"]}]}
REMEDY = {**raw_spec()["workflow"], "generateName": "mend-"}


@pytest.mark.parametrize(
    ("item", "path", "words"),
    [
        (document(raw_spec(backoffMin=5)), "spec.backoffMin", "has no effect"),
        (document(raw_spec(repeatAfterSeconds=5)), "spec.repeatAfterSeconds", "there is no such field"),
        (document(raw_spec(repeatAfterSec=0)), "spec", "the check is stopped"),
        (document(raw_spec(level=None)), "spec.level", "did not run"),
        (document(raw_spec(repeatAfterSec=0, schedule={"cron": "@daily"})), "spec.schedule.cron", "over and over"),
        (document(namespace="elsewhere"), "spec.workflow.resource.namespace", "checks.workflow_namespaces"),
        (document(raw_spec()), "spec.level", "with checks.rbac=cluster only"),
        (document(raw_spec(remedyworkflow=REMEDY)), "spec.remedyworkflow", "stops after one that failed"),
        (
            document(raw_spec(remedyworkflow={**REMEDY, "workflowtimeout": 21})),
            "spec.remedyworkflow.workflowtimeout",
            "before, it was the check's",
        ),
        (document(raw_spec(remedyworkflow=REMEDY, remedyRunsLimit=2)), "spec.remedyRunsLimit", "works alone now"),
        (
            document(raw_spec(remedyworkflow=REMEDY, remedyResetInterval=5)),
            "spec.remedyResetInterval",
            "works alone now",
        ),
        (document(raw_spec(workflow=WITH_RULES)), "spec.workflow.rbacRules[0]", "must have apiGroups and resources"),
        (document(raw_spec(workflow=WITH_RULES)), "spec.workflow.rbacRules", "with checks.rbac=cluster only"),
        (source(url={"path": "https://x/y"}), "spec.workflow.resource.source.url.verifyCert", "are verified"),
        (
            source(url={"path": "https://x/y", "verifyCert": True}),
            "spec.workflow.resource.source.url",
            "switched off",
        ),
        (source(file={"path": "hello.yaml"}), "spec.workflow.resource.source.file", "never worked"),
    ],
)
def test_what_works_differently_than_before_is_changed_and_says_how(item: object, path: str, words: str) -> None:
    found = verdict(item)
    assert found["verdict"] == "changed"
    assert [finding for finding in found["findings"] if finding["path"] == path and words in finding["message"]]


def test_of_any_remedy_is_told_that_a_failed_one_stops_it_and_that_nobody_makes_its_account_unasked() -> None:
    spec = raw_spec(level="namespace", remedyworkflow=REMEDY, remedyRunsLimit=2, remedyResetInterval=300)
    told = {finding["path"]: finding["message"] for finding in verdict(document(spec))["findings"]}
    assert "stops after one that failed" in told.pop("spec.remedyworkflow")
    assert "unless checks.rbac has it made" in told.pop("spec.remedyworkflow.resource.serviceAccount")
    assert told == {}


def test_verified_certificates_and_a_namespace_that_is_not_told_are_no_findings() -> None:
    verified = verdict(source(url={"path": "https://x/y", "verifyCert": False}))
    assert [finding["path"] for finding in verified["findings"]] == ["spec.workflow.resource.source.url"]
    assert verdict(document(namespace=None))["verdict"] == "accepted"


@pytest.mark.parametrize(
    ("item", "path", "words"),
    [
        (document([]), "spec", "must be a map"),
        (document({}), "spec.workflow", "is missing"),
        (document(raw_spec(repeatAfterSec=0, schedule={"cron": "x"})), "spec.schedule.cron", "has 1 fields"),
        (document(name=None), "metadata.name", "is missing"),
        ({**document(), "metadata": "x"}, "metadata.name", "is missing"),
        ({**document(), "apiVersion": "activemonitor.keikoproj.io/v1"}, "apiVersion", "v1alpha1 is the one"),
        (source(inline="a: [b"), "spec.workflow.resource.source.inline", "is no YAML"),
        (source(inline="text"), "spec.workflow.resource.source.inline", "workflow is no map"),
        (source(inline="kind: Workflow"), "spec.workflow.resource.source.inline", "workflow.spec is missing"),
        (
            source(inline=HELLO + "metadata: {labels: {port: 80}}"),
            "spec.workflow.resource.source.inline",
            "workflow.metadata.labels must be a map of texts; quote",
        ),
        (
            document(raw_spec(remedyworkflow={**REMEDY, "resource": {"namespace": "x", "source": {"inline": "1"}}})),
            "spec.remedyworkflow.resource.source.inline",
            "workflow is no map",
        ),
    ],
)
def test_what_cannot_work_is_refused_by_its_field(item: object, path: str, words: str) -> None:
    found = verdict(item)
    assert found["verdict"] == "refused"
    assert [finding for finding in found["findings"] if finding["path"] == path and words in finding["message"]]


def test_checks_are_found_in_lists_and_other_objects_passed_by() -> None:
    documents = [
        (
            "a.yaml",
            {"kind": "List", "items": [document(name="one"), {"kind": "List", "items": [document(name="two")]}]},
        ),
        ("a.yaml", {"kind": "Deployment", "apiVersion": "apps/v1"}),
        ("b.yaml", {**document(), "apiVersion": "other.io/v1"}),
        ("c.yaml", None),
        ("c.yaml", "text"),
        ("d.yaml", document(name="three")),
    ]
    found = [(item["file"], item["name"]) for item in lint(documents, parse)]
    assert found == [("a.yaml", "one"), ("a.yaml", "two"), ("d.yaml", "three")]


def test_a_list_that_holds_itself_comes_to_an_end() -> None:
    loop: dict[str, Any] = {"kind": "List"}
    loop["items"] = [loop, document()]
    assert {item["name"] for item in lint([("a.yaml", loop)], parse)} == {"hello"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(ANYTHING, ANYTHING, ANYTHING, st.text())
def test_any_document_is_judged(spec: object, metadata: object, other: object, inline: str) -> None:
    broken = {**document(spec), "metadata": metadata}
    documents = [("a", broken), ("b", other), ("c", source(inline=inline)), ("d", document(raw_spec(level=spec)))]
    for found in lint(documents, parse):
        assert found["verdict"] in {"accepted", "changed", "refused"}
        assert (found["verdict"] == "accepted") is not bool(found["findings"])
