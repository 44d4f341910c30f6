"""The rights that the chart renders, with a real authorizer: all works with them; without any one, something breaks."""

import json
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubevigil.model.record import CaptureResult, Record

from .cluster import CRASHER, Kubectl, wait_for
from .exporter import Exporter
from .installing import CHART
from .test_exporter import reader_config

pytestmark = pytest.mark.real

Right = tuple[str, str]
"""A verb and a resource."""

ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: kubevigil}"


def rendered(namespace: str) -> list[dict[str, Any]]:
    """The chart's Role and RoleBinding for one namespace, bound to the account `kubevigil` there."""
    values = {"namespaces": [namespace], "serviceAccount": {"name": "kubevigil"}}
    command = ["helm4", "template", "rights", str(CHART), f"--namespace={namespace}", "--values=-"]
    text = subprocess.run(
        [*command, "--show-only=templates/rbac.yaml"],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [document for document in yaml.safe_load_all(text) if document]


def rights_of(role: dict[str, Any]) -> list[Right]:
    return [(verb, resource) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]]


def without(role: dict[str, Any], right: Right) -> dict[str, Any]:
    """The role but for this right; each other one in a rule of its own."""
    less = deepcopy(role)
    less["rules"] = [
        {"apiGroups": rule["apiGroups"], "resources": [resource], "verbs": [verb]}
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if (verb, resource) != right
    ]
    return less


Breaks = Callable[[Exporter, Kubectl], object]


def says(words: str) -> Breaks:
    return lambda exporter, _: words in str(exporter.ready())


def crashes(exporter: Exporter, namespace: Kubectl) -> list[Record]:
    """Those whose logs are settled, of a pod that crashes."""
    namespace.apply(CRASHER)
    return [record for record in exporter.crashes(namespace.namespace) if record.log]


def no_log(exporter: Exporter, namespace: Kubectl) -> bool:
    logs = [record.log for record in crashes(exporter, namespace)]
    return bool(logs) and all(log and log.result is CaptureResult.FORBIDDEN and not log.text for log in logs)


def no_events(exporter: Exporter, namespace: Kubectl) -> bool:
    """Two crashes without any; with the right each has some, since the pod was scheduled and started before."""
    records = crashes(exporter, namespace)
    return len(records) > 1 and not any(record.events for record in records)


BREAKS: dict[Right, Breaks] = {
    ("list", "pods"): says("may not list pods"),
    ("watch", "pods"): says("may not watch pods"),
    ("get", "pods"): no_log,
    ("get", "pods/log"): no_log,
    ("list", "events"): no_events,
}
"""What shows that a right is missing. A right of the chart that is not here fails the test below."""


@pytest.fixture
def run(namespace: Kubectl, kubeconfig: Path, tmp_path: Path) -> Iterator[Callable[[Right | None], Exporter]]:
    """Applies the rendered rights but for one, and starts an exporter with them alone."""
    started: list[Exporter] = []

    def begin(missing: Right | None) -> Exporter:
        role, binding = rendered(namespace.namespace)
        namespace.apply(ACCOUNT)
        for document in (without(role, missing) if missing else role, binding):
            namespace.apply(yaml.safe_dump(document))
        own = reader_config(namespace, kubeconfig, tmp_path)
        exporter = Exporter(tmp_path / "data", own, "--namespaces", namespace.namespace)
        exporter.start()
        started.append(exporter)
        return exporter

    yield begin
    for exporter in started:
        exporter.__exit__()


def test_all_works_with_the_rendered_rights(run: Callable[[Right | None], Exporter], namespace: Kubectl) -> None:
    exporter = run(None)
    exporter.until_ready()
    namespace.apply(CRASHER)
    wait_for("a death is counted", lambda: exporter.terminations(namespace.namespace), 60)
    records = exporter.settled(namespace.namespace, 2)
    assert {record.log.text for record in records if record.log} == {"the last words\n"}
    assert all(record.events for record in records)
    assert "may not" not in str(exporter.log())


@pytest.mark.parametrize("right", BREAKS, ids=" ".join)
def test_without_any_one_right_something_breaks(
    right: Right, run: Callable[[Right | None], Exporter], namespace: Kubectl
) -> None:
    exporter = run(right)
    wait_for(f"without {' '.join(right)} something breaks", lambda: BREAKS[right](exporter, namespace), 60)


def test_every_right_of_the_chart_is_one_that_is_proven_to_be_needed() -> None:
    assert set(rights_of(rendered("any")[0])) == set(BREAKS)
