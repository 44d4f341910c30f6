"""Of a workflow's nodes each value is read once, whichever of them repeat it."""

from typing import Any

import pytest

from kubevigil.healthchecks.custom_documents import documents
from kubevigil.healthchecks.custom_parse import told_by

from .telling import metric, outputs


def node(type_: str, told: str = "", *, at: str = "2026-01-01T00:00:00Z", **more: Any) -> dict[str, Any]:
    says = {"outputs": outputs(metric(told))} if told else {}
    return {"type": type_, "finishedAt": at, **says, **more}


def names(nodes: Any, own: Any = None) -> list[str]:
    return [m.name for m in told_by(own, nodes).metrics]


def test_what_the_workflow_itself_tells_is_read_and_its_nodes_then_are_not() -> None:
    nodes = {"p": node("Pod", "of_node")}
    assert names(nodes, outputs(metric("of_workflow"))) == ["of_workflow"]
    assert names(nodes, {"parameters": [{"name": "result", "value": "ok"}]}) == ["of_node"]


def test_nodes_are_read_in_the_order_in_which_they_ended() -> None:
    nodes = {
        "a": node("Pod", "second", at="2026-01-01T00:00:09Z"),
        "b": node("Pod", "first", at="2026-01-01T00:00:01Z"),
        "c": node("HTTP", "third", at="2026-01-01T00:00:10Z"),
    }
    assert names(nodes) == ["first", "second", "third"]


@pytest.mark.parametrize("group", ["Steps", "StepGroup", "DAG", "TaskGroup", "Retry"])
def test_a_node_that_groups_others_repeats_them_and_is_not_read(group: str) -> None:
    assert names({"g": node(group, "orders", children=["p"]), "p": node("Pod", "orders")}) == ["orders"]


def test_of_a_step_that_was_tried_again_the_last_attempt_is_read_and_a_hook_is_none() -> None:
    nodes = {
        "r": node("Retry", "third", children=["1", "2", "3", "hook"]),
        "1": node("Pod", "first"),
        "2": node("Pod", "second"),
        "3": node("Pod", "third"),
        "hook": node("Pod", "of_hook", nodeFlag={"hooked": True}),
    }
    assert names(nodes) == ["third", "of_hook"]


@pytest.mark.parametrize(
    "junk",
    [None, 7, "x", [], {"a": None}, {"a": {"outputs": 7}}, {"a": {"outputs": {"parameters": [None, {"value": 7}]}}}],
    ids=str,
)
def test_what_is_not_of_argos_form_is_passed_by(junk: Any) -> None:
    assert documents(junk, junk) == []
    retry = {"r": {"type": "Retry", "children": junk}, "p": {"type": ["x"], "finishedAt": junk}}
    assert documents(junk, retry) == []
