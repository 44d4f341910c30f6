"""The Workflow object of a run: what is taken of the template, what is ours, what is forced."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import json

from kubevigil.healthchecks.manifest import (
    CHECK_LABEL,
    INSTANCE_LABEL,
    PART_LABEL,
    REMEDY,
    RUN_LABEL,
    BadTemplate,
    run_name,
    workflow_of,
)

from .making import CREATED, UID, meta, raw_spec, spec_of

TEMPLATE = {"spec": {"entrypoint": "hello", "templates": [{"name": "hello"}]}}


def made(template: object = TEMPLATE, *, namespace: str = "health", instance: str | None = None) -> dict[str, Any]:
    part = spec_of().workflow
    extra = {} if instance is None else {"instance": instance}
    return workflow_of(
        meta(namespace=namespace), part, template, name="hello-1", started_at=CREATED, timeout=20, **extra
    )


def test_the_object_is_what_the_predecessor_makes_of_a_template_with_a_name_and_labels_of_the_run() -> None:
    assert made() == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": "hello-1",
            "namespace": "health",
            "labels": {
                INSTANCE_LABEL: "activemonitor-workflows",
                CHECK_LABEL: UID,
                RUN_LABEL: str(CREATED),
                PART_LABEL: "healthCheck",
            },
            "ownerReferences": [
                {
                    "apiVersion": "activemonitor.keikoproj.io/v1alpha1",
                    "kind": "HealthCheck",
                    "name": "hello",
                    "uid": UID,
                    "controller": True,
                }
            ],
        },
        "spec": {
            **TEMPLATE["spec"],
            "podGC": {"strategy": "OnPodCompletion"},
            "activeDeadlineSeconds": 20,
            "serviceAccountName": "checker",
        },
    }


def test_what_the_template_says_is_not_touched() -> None:
    spec = {"entrypoint": "x", "podGC": {"strategy": "OnWorkflowSuccess"}, "activeDeadlineSeconds": 5}
    workflow = made({"metadata": {"name": "other", "annotations": {"a": "b"}, "labels": {"team": "x"}}, "spec": spec})
    assert workflow["spec"] == {**spec, "serviceAccountName": "checker"}
    assert workflow["metadata"]["labels"] == {
        "team": "x",
        CHECK_LABEL: UID,
        RUN_LABEL: str(CREATED),
        PART_LABEL: "healthCheck",
    }
    assert workflow["metadata"]["name"] == "hello-1"
    assert "annotations" not in workflow["metadata"]
    assert "serviceAccountName" not in spec


@pytest.mark.parametrize("metadata", [None, {}, {"labels": None}, {"labels": {}}])
def test_only_a_template_without_labels_gets_the_instance_of_the_controller(metadata: object) -> None:
    assert made({**TEMPLATE, "metadata": metadata}, instance="own")["metadata"]["labels"][INSTANCE_LABEL] == "own"
    assert INSTANCE_LABEL not in made({**TEMPLATE, "metadata": metadata}, instance="")["metadata"]["labels"]


def test_labels_of_one_check_do_not_leak_into_another() -> None:
    labels = {"team": "x"}
    first = made({**TEMPLATE, "metadata": {"labels": labels}})
    assert "team" not in made()["metadata"]["labels"]
    first["metadata"]["labels"]["more"] = "y"
    assert labels == {"team": "x"}


def test_a_template_cannot_pretend_to_be_another_run() -> None:
    forged = {CHECK_LABEL: "another", RUN_LABEL: "1", PART_LABEL: REMEDY}
    labels = made({**TEMPLATE, "metadata": {"labels": forged}})["metadata"]["labels"]
    assert labels == {CHECK_LABEL: UID, RUN_LABEL: str(CREATED), PART_LABEL: "healthCheck"}


def test_a_workflow_in_another_namespace_has_no_owner_since_kubernetes_would_delete_it() -> None:
    assert "ownerReferences" not in made(namespace="elsewhere")["metadata"]


@pytest.mark.parametrize(
    ("template", "path"),
    [
        (None, "workflow"),
        ("text", "workflow"),
        ([TEMPLATE], "workflow"),
        ({}, "workflow.spec"),
        ({"spec": {}}, "workflow.spec"),
        ({"spec": "x"}, "workflow.spec"),
        ({**TEMPLATE, "metadata": "x"}, "workflow.metadata"),
        ({**TEMPLATE, "metadata": {"labels": ["x"]}}, "workflow.metadata.labels"),
        ({**TEMPLATE, "metadata": {"labels": {"a": 1}}}, "workflow.metadata.labels"),
        ({**TEMPLATE, "metadata": {"labels": {1: "a"}}}, "workflow.metadata.labels"),
    ],
)
def test_what_is_no_workflow_is_told_by_its_place(template: object, path: str) -> None:
    with pytest.raises(BadTemplate) as caught:
        made(template)
    assert caught.value.finding.path == path
    assert str(caught.value).startswith(path)


def test_empty_fields_of_the_template_get_the_defaults() -> None:
    workflow = made({"spec": {"entrypoint": "x", "podGC": None, "activeDeadlineSeconds": None}})
    assert workflow["spec"]["podGC"] == {"strategy": "OnPodCompletion"}
    assert workflow["spec"]["activeDeadlineSeconds"] == 20


@example("a" * 200, 5)
@given(st.from_regex(r"[a-z0-9][-a-z0-9]{0,230}", fullmatch=True), st.integers(0, 2**40))
def test_names_begin_as_wished_fit_argo_and_are_the_runs_own(prefix: str, started_at: int) -> None:
    part = spec_of(workflow={**raw_spec()["workflow"], "generateName": prefix}).workflow
    name = run_name(part, UID, started_at)
    assert name.startswith(prefix[:53])
    assert len(name) <= 63
    assert name == run_name(part, UID, started_at)
    others = {
        run_name(part, UID, started_at + 1),
        run_name(part, UID + "0", started_at),
        run_name(part, UID, started_at, REMEDY),
    }
    assert name not in others
    assert len(others) == 3


BEYOND_JSON: dict[str, tuple[object, str]] = {
    "not a number": (float("nan"), ""),
    "infinity": (float("-inf"), ""),
    "65 bits": (2**64, ""),
    "5000 digits": (10**5000, ""),
    "bytes": (b"bytes", ""),
    "a set": ({"x", "y"}, ""),
    "half a character": ("\ud800", ""),
    "half a character in lists": ([1, ["\udfff"]], "[1][0]"),
    "a flag as a key": ({True: 1}, ""),
    "null as a key": ({"a": {None: 1}}, ".a"),
    "a list as a key": ({(1, 2): 1}, ""),
    "half a character as a key": ({"\ud800": 1}, ""),
    "5000 digits as a key": ({10**5000: 1}, ""),
}


@pytest.mark.parametrize("what", BEYOND_JSON)
def test_what_json_cannot_say_is_refused_by_its_place(what: str) -> None:
    value, path = BEYOND_JSON[what]
    with pytest.raises(BadTemplate) as caught:
        made({"spec": {"arguments": value}})
    assert caught.value.finding.path == "workflow.spec.arguments" + path


def test_dates_and_numbers_as_keys_become_texts() -> None:
    when = date(2024, 5, 6)
    spec = made({"spec": {"arguments": {"day": when, 5: (1, 2.5, None, True)}}})["spec"]
    assert spec["arguments"] == {"day": "2024-05-06", "5": [1, 2.5, None, True]}


def test_a_template_that_holds_itself_or_unfolds_without_end_is_refused() -> None:
    loop: dict[str, Any] = {"entrypoint": "x"}
    loop["again"] = loop
    bomb: list[Any] = ["x"]
    for _ in range(60):
        bomb = [bomb, bomb]
    long = ["x" * 1_000_000] * 4
    for value in (loop, bomb, long, {"a" * 2_000_000: 1, "b": "a" * 2_000_000}):
        with pytest.raises(BadTemplate, match="is too much"):
            made({"spec": {"arguments": value}})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None, categories=None)),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.none(), inner),
        max_leaves=10,
    )
)
def test_any_template_is_sent_as_json_or_refused(value: object) -> None:
    with suppress(BadTemplate):
        json.encode(made({"spec": {"arguments": value}}))
