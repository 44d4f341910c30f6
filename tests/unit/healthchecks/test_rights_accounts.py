"""A list of accounts is a wall: no place in a workflow names another, and none can be hidden."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.manifest import BadTemplate
from kubevigil.healthchecks.rights_accounts import check_accounts, is_named

ONLY = ("health/checker", "*/probe-*")
GOOD = {"serviceAccountName": "checker", "entrypoint": "main"}


def test_without_a_list_every_account_of_the_namespace_may_be_used() -> None:
    check_accounts((), "health", {"serviceAccountName": "anything", "podSpecPatch": "x"})


def test_what_the_list_names_may_be_used() -> None:
    check_accounts(ONLY, "health", GOOD)
    check_accounts(ONLY, "shop", {"serviceAccountName": "probe-dns", "templates": [{"serviceAccountName": "probe-2"}]})


def test_an_account_of_the_same_name_elsewhere_is_another() -> None:
    with pytest.raises(BadTemplate, match=r"is 'shop/checker', which checks\.service_accounts does not name"):
        check_accounts(ONLY, "shop", GOOD)


def test_a_workflow_that_names_none_runs_as_default_which_must_be_named_too() -> None:
    with pytest.raises(BadTemplate, match="is 'health/default'"):
        check_accounts(ONLY, "health", {"entrypoint": "main"})
    check_accounts(("health/default",), "health", {"entrypoint": "main"})


@pytest.mark.parametrize(
    "more",
    [
        {"templates": [{"serviceAccountName": "admin"}]},
        {"templateDefaults": {"serviceAccountName": "admin"}},
        {"executor": {"serviceAccountName": "admin"}},
        {"artifactGC": {"serviceAccountName": "admin"}},
        {"templates": [{"steps": [[{"inline": {"serviceAccountName": "admin"}}]]}]},
        {"templates": [{"ServiceAccountName": "admin"}]},
        {"templates": [{"\u017ferviceAccountName": "admin"}]},
        {"templates": [{"serviceAccountName": "{{workflow.parameters.who}}"}]},
        {"templates": [{"serviceAccountName": ["checker"]}]},
        {"podSpecPatch": "serviceAccountName: admin"},
        {"templates": [{"podSpecPatch": "{{inputs.parameters.patch}}"}]},
        {"workflowTemplateRef": {"name": "theirs"}},
        {"templates": [{"dag": {"tasks": [{"templateRef": {"name": "theirs", "template": "t"}}]}}]},
        {"hooks": {"exit": {"templateRef": {"name": "theirs", "template": "t"}}}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_no_place_of_a_workflow_names_an_account_that_is_not_listed(more: dict[str, Any]) -> None:
    with pytest.raises(BadTemplate, match=r"checks\.service_accounts"):
        check_accounts(ONLY, "health", {**GOOD, **more})


@pytest.mark.parametrize("pattern", ["health/*", "*/*"])
def test_what_argo_would_put_something_else_in_for_is_never_named(pattern: str) -> None:
    assert is_named((pattern,), "health", "checker")
    assert not is_named((pattern,), "health", "{{workflow.parameters.who}}")


inner = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


@given(inner, st.lists(st.integers(0, 2), max_size=6))
def test_an_account_is_found_however_deep_it_lies(beside: Any, path: list[int]) -> None:
    planted: Any = {"serviceAccountName": "admin"}
    for step in path:
        planted = [planted, [beside, planted], {"beside": beside, "deeper": planted}][step]
    with pytest.raises(BadTemplate):
        check_accounts(ONLY, "health", {**GOOD, "planted": planted})
