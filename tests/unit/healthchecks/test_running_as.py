"""As whom a check's workflow runs, as the controller has it: seen to before it is created, judged after."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kubevigil.healthchecks.controller import Controller, Options
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import BadTemplate
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.reconcile import Check, Decision
from kubevigil.healthchecks.resources import HealthCheckObject, Meta, WorkflowObject
from kubevigil.healthchecks.results import Outcome
from kubevigil.healthchecks.spec import WorkflowSpec
from kubevigil.healthchecks.templates import Templates
from kubevigil.kube.errors import ServerError

from .making import CREATED, AsTheyAre, meta, raw_spec

CREATED_AT = "2023-11-14T22:13:20Z"


class Cluster(AsTheyAre):
    """The writes of a controller on one check, and whoever sees to its account."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.item = HealthCheckObject(meta(creation_timestamp=CREATED_AT, generation=1), self._spec())
        self.trouble = trouble
        self.prepared: list[str] = []
        self.created: list[dict[str, Any]] = []

    @staticmethod
    def _spec() -> Any:
        text = json.dumps({"kind": "Workflow", "spec": {"entrypoint": "main"}})
        part = raw_spec()["workflow"]
        return raw_spec(workflow={**part, "resource": {**part["resource"], "source": {"inline": text}}})

    def status(self, _meta: Meta, changes: dict[str, Any]) -> HealthCheckObject:
        version = str(int(self.item.metadata.resource_version) + 1)
        known = meta(creation_timestamp=CREATED_AT, generation=1, resource_version=version)
        self.item = HealthCheckObject(known, self.item.spec, {**(self.item.status or {}), **changes})
        return self.item

    def workflows(self, *_: object) -> list[WorkflowObject]:
        return []

    def create(self, _namespace: str, workflow: dict[str, Any]) -> None:
        self.created.append(workflow)

    def prepare(self, _check: Check, part: WorkflowSpec, kind: str) -> None:
        self.prepared.append(f"{kind} as {part.service_account}")
        if self.trouble:
            raise self.trouble

    def explained(self, _check: Check, outcome: Outcome, kind: str) -> Outcome:
        return replace(outcome, message=f"{outcome.message} (as {kind})")

    def done(self, _check: Check, _decision: Decision) -> None:
        pass


def looked(cluster: Cluster, **options: Any) -> float | None:
    picture = Picture(lambda _: None)
    picture.put_check(cluster.item)
    made: Any = cluster
    wall = lambda: CREATED + 61.0  # noqa: E731  a clock that stands
    parse = lambda text: json.loads(text)  # noqa: E731, PLW0108  JSON is YAML enough
    controller = Controller(picture, made, Templates(parse), made, made, wall=wall, options=Options(**options))
    return controller.look(cluster.item.metadata.uid)


def test_an_account_is_seen_to_before_its_workflow_is_created() -> None:
    cluster = Cluster()
    looked(cluster)
    assert cluster.prepared == ["healthCheck as checker"]
    assert [workflow["spec"]["serviceAccountName"] for workflow in cluster.created] == ["checker"]


def test_what_an_account_can_never_be_given_ends_the_run_with_the_words_and_what_to_do() -> None:
    cluster = Cluster(BadTemplate(Finding("spec.workflow.rbacRules", "ask for too much")))
    looked(cluster)
    assert cluster.created == []
    assert cluster.item.status["errorMessage"] == "spec.workflow.rbacRules ask for too much (as healthCheck)"


def test_an_api_server_in_trouble_ends_no_run_and_is_asked_again() -> None:
    cluster = Cluster(ServerError(503))
    again = looked(cluster)
    assert again is not None
    assert again > CREATED
    assert cluster.created == []
    assert "finishedAt" not in cluster.item.status


@pytest.mark.parametrize(("patterns", "number"), [((), 1), (("health/checker",), 1), (("health/probe-*",), 0)])
def test_an_account_is_seen_to_and_a_workflow_created_only_where_the_list_names_it(
    patterns: tuple[str, ...], number: int
) -> None:
    cluster = Cluster()
    looked(cluster, service_accounts=patterns)
    assert (len(cluster.prepared), len(cluster.created)) == (number, number)
    assert ("errorMessage" in cluster.item.status) is not bool(number)
