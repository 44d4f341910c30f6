"""The controller, its picture and its witness over a remedy, against the objects of a small API server."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from kubevigil.healthchecks.controller import Controller, Options
from kubevigil.healthchecks.manifest import PART_LABEL
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.reconcile import Check, Decision, Finish, FinishRemedy
from kubevigil.healthchecks.resources import HealthCheckObject, WorkflowObject
from kubevigil.healthchecks.results import Result
from kubevigil.healthchecks.status import stamp
from kubevigil.healthchecks.templates import Templates
from kubevigil.healthchecks.writing import Writer
from kubevigil.kube.errors import AlreadyExists, Conflict, Unreachable

from .making import CREATED, UID, AsTheyAre, mended, raw_spec


class Server:
    """One check, and workflows by their paths. `cut`: the answer to the next creation is lost."""

    def __init__(self, spec: dict[str, Any]) -> None:
        meta = {"name": "hello", "namespace": "health", "uid": UID, "resourceVersion": "1", "generation": 1}
        self.check = {"metadata": {**meta, "creationTimestamp": stamp(CREATED)}, "spec": spec, "status": {}}
        self.workflows: dict[str, dict[str, Any]] = {}
        self.cut = False

    def get_bytes(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        wanted = dict(pair.split("=") for pair in (query or {}).get("labelSelector", "").split(",") if pair)
        items = [item for item in self.workflows.values() if wanted.items() <= item["metadata"]["labels"].items()]
        return json.dumps(self.check if path.endswith("/hello") else {"items": items}).encode()

    def post(self, path: str, body: bytes) -> bytes:
        made = json.loads(body)
        place = f"{path}/{made['metadata']['name']}"
        if place in self.workflows:
            raise AlreadyExists(place)
        made["metadata"]["uid"] = place
        self.workflows[place] = made
        if self.cut:
            self.cut = False
            raise Unreachable("cut")
        return body

    def patch(self, path: str, body: bytes) -> bytes:
        del path
        told, meta = json.loads(body), self.check["metadata"]
        if told["metadata"]["resourceVersion"] != meta["resourceVersion"]:
            raise Conflict("changed")
        meta["resourceVersion"] = str(int(meta["resourceVersion"]) + 1)
        status = {**self.check["status"], **told["status"]}
        self.check["status"] = {key: value for key, value in status.items() if value is not None}
        return json.dumps(self.check).encode()

    def delete(self, path: str, body: bytes) -> bytes:
        del self.workflows[path]
        return body


class Play:
    """A controller, until `crash` replaces it by one that knows nothing."""

    def __init__(self, **spec: Any) -> None:
        self.server = Server(raw_spec(**mended(**spec)))
        self.now = CREATED + 0.5
        self.done_: list[tuple[Check, Decision]] = []
        self.options = Options()
        self.crash()

    def crash(self) -> None:
        self.picture = Picture(lambda _: None)
        self.picture.put_check(msgspec.convert(self.server.check, HealthCheckObject))
        self.controller = Controller(
            self.picture,
            Writer(self.server),
            Templates(lambda _: {"spec": {"entrypoint": "main"}}),
            self,
            AsTheyAre(),
            wall=lambda: self.now,
            options=self.options,
        )
        self._show()

    def ended(self, check: Check, workflow: WorkflowObject) -> None:
        """Not looked at here."""

    def done(self, check: Check, decision: Decision) -> None:
        self.done_.append((check, decision))

    def look(self) -> None:
        self.now += 1
        self.controller.look(UID)

    def end(self, kind: str, phase: str) -> None:
        """Argo ends the workflows of that kind, and the watch shows it."""
        for item in self.of(kind):
            item.setdefault(
                "status", {"phase": phase, "startedAt": stamp(int(self.now)), "finishedAt": stamp(int(self.now) + 1)}
            )
        self.now += 2
        self._show()
        self.look()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [item for item in self.server.workflows.values() if item["metadata"]["labels"][PART_LABEL] == kind]

    @property
    def status(self) -> dict[str, Any]:
        return dict(self.server.check["status"])

    def told(self) -> list[str]:
        return [type(decision).__name__ for _, decision in self.done_]

    def _show(self) -> None:
        for item in self.server.workflows.values():
            self.picture.put_workflow(msgspec.convert(item, WorkflowObject))


@pytest.fixture
def play() -> Play:
    """A check whose first run failed, and whose remedy is running."""
    play = Play(remedyRunsLimit=1)
    play.look()
    play.end("healthCheck", "Failed")
    return play


def test_a_failure_makes_one_remedy_as_the_spec_says(play: Play) -> None:
    (made,) = play.of("remedy")
    assert made["metadata"]["namespace"] == "health"
    assert made["metadata"]["name"].startswith("mend-")
    assert made["metadata"]["ownerReferences"][0]["uid"] == UID
    assert made["spec"]["serviceAccountName"] == "checker"
    assert made["spec"]["activeDeadlineSeconds"] == 15
    assert play.told() == ["Finish", "Create"]
    assert (play.status["status"], play.status["remedyTotalRuns"]) == ("Failed", 1)
    assert made["metadata"]["labels"]["kubevigil.io/healthcheck-started"] == str(
        int(play.picture.checks()[0].status.remedy_triggered_at or 0)
    )


def test_its_end_is_in_the_status_and_told_with_its_time(play: Play) -> None:
    play.end("remedy", "Succeeded")
    _, decision = play.done_[-1]
    assert isinstance(decision, FinishRemedy)
    assert (decision.outcome.result, decision.outcome.runtime) == (Result.SUCCEEDED, 1)
    assert (play.status["remedyStatus"], play.status["remedySuccessCount"]) == ("Succeeded", 1)
    assert play.status["lastFailedWorkflow"].startswith("hello-"), "that of the check"


def test_after_the_limit_failures_are_told_as_not_answered_until_the_check_succeeds(play: Play) -> None:
    play.end("remedy", "Succeeded")
    play.now = CREATED + 60
    play.look()
    play.end("healthCheck", "Failed")
    _, decision = play.done_[-1]
    assert isinstance(decision, Finish)
    assert decision.answer.denied
    for phase in ("Succeeded", "Failed"):
        play.now += 60
        play.look()
        play.end("healthCheck", phase)
    assert len(play.of("remedy")) == 2


def test_who_comes_after_a_crash_adopts_the_remedy_and_makes_no_second() -> None:
    play = Play()
    play.look()
    play.server.cut = True
    play.end("healthCheck", "Failed")
    assert play.status["remedyTriggeredAt"]
    for _ in range(3):
        play.crash()
        play.look()
    assert len(play.of("remedy")) == 1
    play.end("remedy", "Failed")
    assert play.status["remedyFailedCount"] == 1


def test_a_crash_between_the_write_and_the_creation_loses_no_remedy() -> None:
    play = Play()
    play.look()
    post = play.server.post

    def dies(path: str, body: bytes) -> bytes:
        del path, body
        raise KeyboardInterrupt

    play.server.post = dies  # type: ignore[method-assign]  # the process is killed here
    with pytest.raises(KeyboardInterrupt):
        play.end("healthCheck", "Failed")
    play.server.post = post  # type: ignore[method-assign]  # the next process
    assert play.of("remedy") == []
    play.crash()
    play.look()
    assert len(play.of("remedy")) == 1
    assert play.status["remedyTotalRuns"] == 1


def test_a_remedy_that_may_not_run_where_it_wants_is_refused_with_the_field() -> None:
    elsewhere = {**mended()["remedyworkflow"]}
    elsewhere["resource"] = {**elsewhere["resource"], "namespace": "kube-system"}
    play = Play(remedyworkflow=elsewhere)
    play.look()
    play.end("healthCheck", "Failed")
    assert "spec.remedyworkflow.resource.namespace" in play.status["remedyErrorMessage"]
    assert (play.status["remedyStatus"], play.status["remedyFailedCount"]) == ("Failed", 1)
    assert play.of("remedy") == []


def test_a_remedy_may_run_in_a_namespace_of_its_own_that_is_allowed() -> None:
    elsewhere = {**mended()["remedyworkflow"]}
    elsewhere["resource"] = {**elsewhere["resource"], "namespace": "mending", "serviceAccount": "mender"}
    play = Play(remedyworkflow=elsewhere)
    play.options = Options(workflow_namespaces=("mending",))
    play.crash()
    play.look()
    play.end("healthCheck", "Failed")
    (made,) = play.of("remedy")
    assert made["metadata"]["namespace"] == "mending"
    assert made["spec"]["serviceAccountName"] == "mender"
    play.end("remedy", "Succeeded")
    assert play.status["remedyStatus"] == "Succeeded"
