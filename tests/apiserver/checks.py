"""HealthChecks for tests: what the predecessor's users have, and what cannot work."""

from copy import deepcopy
from typing import Any

Object = dict[str, Any]

GROUP = "activemonitor.keikoproj.io"
INLINE = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  labels: {workflows.argoproj.io/controller-instanceid: activemonitor-workflows}
spec:
  entrypoint: main
  templates:
    - name: main
      container: {image: busybox, command: [sh, -c], args: ["exit 0"]}
"""


def workflow(**changes: Any) -> Object:
    """One with an inline source."""
    resource = {"namespace": "health", "serviceAccount": "checker", "source": {"inline": INLINE}}
    return {"generateName": "hello-", "resource": resource, **changes}


def from_source(**source: Any) -> Object:
    """A workflow of that source."""
    made = workflow()
    made["resource"]["source"] = source
    return made


def in_resource(**changes: Any) -> Object:
    """A workflow whose resource is another."""
    made = workflow()
    made["resource"] |= changes
    return made


def check(spec: Any, name: str = "tried", namespace: str = "default", **more: Any) -> Object:
    """A HealthCheck of that spec."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": f"{GROUP}/v1alpha1", "kind": "HealthCheck", "metadata": metadata, "spec": spec, **more}


def without(thing: Object, key: str) -> Object:
    """A copy without a key."""
    copied = deepcopy(thing)
    del copied[key]
    return copied


PERIODIC: Object = {"repeatAfterSec": 60, "level": "cluster", "workflow": workflow()}

TAKEN: dict[str, Object] = {
    "hello, by a descriptor": {"schedule": {"cron": "@every 1m"}, "level": "cluster", "workflow": workflow()},
    "failing, with a period": {**PERIODIC, "description": "it fails"},
    "memory with a remedy": {**PERIODIC, "remedyworkflow": workflow(generateName="remedy-")},
    "a remedy with a limit": {
        **PERIODIC,
        "remedyRunsLimit": 2,
        "remedyResetInterval": 300,
        "remedyworkflow": workflow(generateName="remedy-", workflowtimeout=30),
    },
    "cron": {"schedule": {"cron": "*/5 0-6 * JAN,feb mon-FRI"}, "level": "namespace", "workflow": workflow()},
    "cron with a zone": {"schedule": {"cron": "CRON_TZ=Asia/Tokyo 30 4 ? * 7"}, "workflow": workflow()},
    "cron on a line of its own": {"schedule": {"cron": " @hourly\n"}, "workflow": workflow()},
    "an odd duration": {"schedule": {"cron": "@every 1h30m.5s"}, "workflow": workflow()},
    "url, without a level": {
        "repeatAfterSec": 60,
        "workflow": from_source(url={"path": "https://example.com/hello.yaml", "verifyCert": True}),
    },
    "url in capitals": {"repeatAfterSec": 60, "workflow": from_source(url={"path": "HTTP://example.com/"})},
    "inline beside a url that is none": {
        "repeatAfterSec": 60,
        "workflow": from_source(inline=INLINE, url={"path": "later"}),
    },
    "a mounted file": {"repeatAfterSec": 60, "workflow": from_source(file={"path": "/checks/hello.yaml"})},
    "paused by a zero": {"repeatAfterSec": 0, "level": "cluster", "workflow": workflow()},
    "paused by less": {"repeatAfterSec": -1, "level": "cluster", "schedule": {}, "workflow": workflow()},
    "neither period nor schedule": {"level": "cluster", "workflow": workflow()},
    "a backoff": {**PERIODIC, "backoffFactor": "0.1", "backoffMin": 1, "backoffMax": 2},
    "a backoff that is none": {**PERIODIC, "backoffFactor": "2", "backoffMin": 9, "backoffMax": -1},
    "what the predecessor writes for nothing": {
        **PERIODIC,
        "schedule": {},
        "remedyworkflow": {},
        "workflow": workflow(workflowtimeout=0),
    },
    "a cron that nobody reads": {**PERIODIC, "schedule": {"cron": "x"}},
    "rights": {
        **PERIODIC,
        "workflow": workflow(rbacRules=[{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]),
    },
    "no service account": {
        "repeatAfterSec": 5,
        "workflow": {**workflow(), "resource": without(in_resource()["resource"], "serviceAccount")},
    },
    "a name with a dot": {"repeatAfterSec": 5, "workflow": workflow(generateName="a.b-")},
}
"""By what they are; all of these run, or are paused, with the predecessor (but for the file and what has no level)."""

REFUSED: dict[str, tuple[Any, str]] = {
    "no spec": (None, "spec: Required value"),
    "no workflow": ({"repeatAfterSec": 60}, "spec.workflow: Required value"),
    "no generateName": (
        {"workflow": without(workflow(), "generateName")},
        "spec.workflow.generateName: Required value",
    ),
    "an empty generateName": ({"workflow": workflow(generateName="")}, "generateName must be what a name can begin"),
    "a bad generateName": ({"workflow": workflow(generateName="Hello_")}, "generateName must be what a name can begin"),
    "no resource": ({"workflow": without(workflow(), "resource")}, "spec.workflow.resource: Required value"),
    "no source": (
        {"workflow": {**workflow(), "resource": {"namespace": "x"}}},
        "spec.workflow.resource.source: Required value",
    ),
    "no namespace": (
        {"workflow": {**workflow(), "resource": {"source": {"inline": "x"}}}},
        "resource.namespace: Required value",
    ),
    "an empty namespace": ({"workflow": in_resource(namespace="")}, "namespace must be a name of Kubernetes"),
    "a bad namespace": ({"workflow": in_resource(namespace="a.b")}, "namespace must be a name of Kubernetes"),
    "a bad account": ({"workflow": in_resource(serviceAccount="A B")}, "serviceAccount must be a name of Kubernetes"),
    "an empty source": ({"workflow": from_source()}, "spec.workflow.resource.source: Invalid value"),
    "an empty inline": ({"workflow": from_source(inline="")}, "source has no workflow"),
    "an empty url": ({"workflow": from_source(url={})}, "source has no workflow"),
    "an empty path": ({"workflow": from_source(file={"path": ""})}, "source has no workflow"),
    "a url that is none": (
        {"workflow": from_source(url={"path": "example.com"})},
        "source.url.path must begin with https",
    ),
    "a bad level": ({**PERIODIC, "level": "Cluster"}, "spec.level: Invalid value"),
    "a period in quotes": ({**PERIODIC, "repeatAfterSec": "60"}, "spec.repeatAfterSec: Invalid value"),
    "a negative timeout": ({"workflow": workflow(workflowtimeout=-1)}, "spec.workflow.workflowtimeout: Invalid value"),
    "a word for a cron": ({"schedule": {"cron": "x"}, "workflow": workflow()}, "schedule.cron must be five fields"),
    "six fields": ({"schedule": {"cron": "0 * * * * *"}, "workflow": workflow()}, "schedule.cron must be five fields"),
    "a strange descriptor": ({"schedule": {"cron": "@often"}, "workflow": workflow()}, "schedule.cron must be five"),
    "a period without a unit": ({"schedule": {"cron": "@every 5"}, "workflow": workflow()}, "or '@every 5m'"),
    "a period in days": ({"schedule": {"cron": "@every 1d"}, "workflow": workflow()}, "or '@every 5m'"),
    "a remedy without a workflow": (
        {**PERIODIC, "remedyworkflow": {"generateName": "r-"}},
        "remedyworkflow.resource is",
    ),
    "a remedy with a bad name": (
        {**PERIODIC, "remedyworkflow": workflow(generateName="R_")},
        "spec.remedyworkflow.gener",
    ),
    "a remedy without a name": (
        {**PERIODIC, "remedyworkflow": without(workflow(), "generateName")},
        "remedyworkflow.generateName is missing",
    ),
    "a remedy without a source": (
        {**PERIODIC, "remedyworkflow": from_source()},
        "spec.remedyworkflow.resource.source: Invalid value",
    ),
    "rights without verbs": (
        {"workflow": workflow(rbacRules=[{"resources": ["pods"]}])},
        "rbacRules[0].verbs: Required",
    ),
}
"""Specs that cannot work, and a part of what the server says."""

NEGATIVE_LIMITS: Object = {
    **PERIODIC,
    "remedyRunsLimit": -1,
    "remedyResetInterval": -5,
    "remedyworkflow": workflow(),
}
"""The predecessor runs such a check."""

STATUS: Object = {
    "status": "Failed",
    "errorMessage": "main: Error (exit code 7)",
    "startedAt": "2026-11-21T10:00:00Z",
    "finishedAt": "2026-11-21T10:00:07Z",
    "lastFailedAt": "2026-11-21T10:00:07Z",
    "lastFailedWorkflow": "hello-b",
    "lastSuccessfulWorkflow": "hello-a",
    "successCount": 41,
    "failedCount": 1,
    "totalHealthCheckRuns": 42,
    "remedyStatus": "Succeeded",
    "remedyErrorMessage": "none",
    "remedyTriggeredAt": "2026-11-21T10:00:08Z",
    "remedyFinishedAt": "2026-11-21T10:00:09Z",
    "remedyLastFailedAt": "2026-11-20T10:00:09Z",
    "remedySuccessCount": 3,
    "remedyFailedCount": 2,
    "remedyTotalRuns": 5,
}
"""Every field of the predecessor's."""
