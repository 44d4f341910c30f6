"""The HealthCheck CRD: group, names, columns and fields are active-monitor's, so that its objects stay as they are."""

from typing import Any, Final

from charts.generate.crd_fragments import Schema, mapping, moment, number, text
from charts.generate.crd_spec import spec

from kubevigil.app.rendering import header, yaml_of

FILE: Final = "files/crd-healthchecks.yaml"
GROUP: Final = "activemonitor.keikoproj.io"

_COLUMNS: Final = (
    ("LATEST STATUS", "string", ".status.status"),
    ("SUCCESS CNT  ", "string", ".status.successCount"),
    ("FAIL CNT", "string", ".status.failedCount"),
    ("REMEDY SUCCESS CNT  ", "string", ".status.remedySuccessCount"),
    ("REMEDY FAIL CNT", "string", ".status.remedyFailedCount"),
    ("Age", "date", ".metadata.creationTimestamp"),
)
"""Name, type and path; two of the names end in blanks."""


def files() -> dict[str, str]:
    """The file's text by its name."""
    return {FILE: header("python -m charts.generate") + yaml_of([definition()])}


def definition() -> dict[str, Any]:
    """The CustomResourceDefinition."""
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [{"name": name, "type": kind, "jsonPath": path} for name, kind, path in _COLUMNS],
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": _root()},
    }
    names = {
        "kind": "HealthCheck",
        "listKind": "HealthCheckList",
        "plural": "healthchecks",
        "singular": "healthcheck",
        "shortNames": ["hc", "hcs"],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"healthchecks.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }


def _root() -> Schema:
    properties = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        "spec": spec(),
        "status": _status(),
    }
    return mapping("A check that runs as an Argo workflow when it is due.", properties, ["spec"])


def _status() -> Schema:
    """No rules here: a check's controller must always be able to say what it found."""
    return mapping(
        "How the runs ended. The controller writes it.",
        {
            "status": text("Succeeded, Failed, or Stopped where there is no schedule."),
            "errorMessage": text("What was wrong with the last run; gone when one succeeds."),
            "startedAt": moment("When the last run began; written before its workflow is created."),
            "finishedAt": moment("When the last run ended."),
            "lastFailedAt": moment("When a run failed last."),
            "lastFailedWorkflow": text("The workflow of the last run that failed."),
            "lastSuccessfulWorkflow": text("The workflow of the last run that succeeded."),
            "successCount": number("Runs that succeeded."),
            "failedCount": number("Runs that failed."),
            "totalHealthCheckRuns": number("Runs that succeeded or failed."),
            "remedyStatus": text("How the last remedy ended, or why its counts began anew."),
            "remedyErrorMessage": text("What was wrong with the last remedy."),
            "remedyTriggeredAt": moment("When the last remedy began."),
            "remedyFinishedAt": moment("When the last remedy ended."),
            "remedyLastFailedAt": moment("When a remedy failed last."),
            "remedySuccessCount": number("Remedies that succeeded since their counts began."),
            "remedyFailedCount": number("Remedies that failed since their counts began."),
            "remedyTotalRuns": number("Remedies that began since their counts began."),
        },
    )
