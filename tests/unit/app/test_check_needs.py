"""What a check needs of the exporter's settings, part by part."""

from typing import Any

import pytest

from kubevigil.app.check_needs import needs_of
from tests.unit.healthchecks.making import mended, raw_spec, spec_of

RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
PLAIN = raw_spec()["workflow"]
"""Of the account `checker`, in the namespace `health`."""


def needs(**spec: Any) -> dict[str, str]:
    """Those of a check in `health`, by their paths."""
    found = list(needs_of(spec_of(**{"level": "namespace", **spec}), "health"))
    assert len({one.path for one in found}) == len(found)
    return {one.path: one.message for one in found}


def part(**source: Any) -> dict[str, Any]:
    return {**PLAIN, "resource": {**PLAIN["resource"], "source": source}}


def test_a_plain_check_needs_nothing() -> None:
    assert needs() == {}


@pytest.mark.parametrize("key", ["workflow", "remedyworkflow"])
def test_both_parts_need_their_namespace_and_their_source_allowed(key: str) -> None:
    made = part(url={"path": "https://checks.example/a.yaml"})
    made["resource"]["namespace"] = "other"
    found = needs(**{key: made})
    assert "to name other" in found[f"spec.{key}.resource.namespace"]
    assert "checks.url_hosts to name checks.example" in found[f"spec.{key}.resource.source.url"]
    assert "checks.templates_dir" in needs(**{key: part(file={"path": "a"})})[f"spec.{key}.resource.source.file"]


@pytest.mark.parametrize("level", ["namespace", "cluster"])
def test_who_asks_for_rights_needs_the_level_or_an_account_that_has_them(level: str) -> None:
    found = needs(level=level, workflow={**PLAIN, "rbacRules": RULES})
    words = f"need the exporter's checks.rbac to be {level}, or service account checker to have its rights already"
    assert found == {"spec.workflow.rbacRules": words}


def test_a_level_alone_asks_for_rights_too() -> None:
    assert "checks.rbac to be cluster" in needs(level="cluster")["spec.level"]


def test_a_remedy_with_an_account_needs_it_or_the_switch_and_one_without_nothing() -> None:
    remedy = mended()["remedyworkflow"]
    assert "checks.rbac to be namespace, or service account checker" in needs(**mended())["spec.remedyworkflow"]
    ruled = needs(remedyworkflow={**remedy, "rbacRules": RULES})
    assert list(ruled) == ["spec.remedyworkflow.rbacRules"]
    resource = {key: value for key, value in remedy["resource"].items() if key != "serviceAccount"}
    assert needs(remedyworkflow={**remedy, "resource": resource}) == {}
