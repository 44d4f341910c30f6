"""HealthChecks made to do harm: what no schema keeps out, and what an API server without ours takes."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from .checks import GROUP, workflow

Object = dict[str, Any]
MEBI = 1 << 20

OPEN: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"healthchecks.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {
            "kind": "HealthCheck",
            "listKind": "HealthCheckList",
            "plural": "healthchecks",
            "singular": "healthcheck",
            "shortNames": ["hc", "hcs"],
        },
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
"""A definition that takes everything, as no version of the predecessor's ever did."""


def _aliases() -> str:
    first = "spec:\n  a0: &a0 [" + ", ".join("x" * 10) + "]\n"
    return first + "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20))


def _merges() -> str:
    levels = (f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 10)}]\n  k{n}: 1\n" for n in range(1, 12))
    return "a0: &a0 {x: 1}\n" + "".join(levels)


TEMPLATES: Mapping[str, tuple[str, str]] = {
    "aliases": (_aliases(), "is too much"),
    "merges": (_merges(), "more than 50,000 values"),
    "lists": ("spec: [" + "a," * (MEBI // 2 - 10) + "]", "more than 50,000 values"),
    "pairs": ("a: b\n" * (MEBI // 5), "more than 50,000 values"),
    "depth": ("[" * MEBI, "nested too deeply"),
    "base-60": ("spec: 1" + ":59" * (MEBI // 3 - 5), "a number of more than"),
    "digits": ("spec: " + "9" * (MEBI - 6), "a number of more than"),
    "itself": ("spec: &a {<<: *a}", "nested too deeply"),
    "code": ("spec: !!python/object/apply:os.system [id]", "no YAML"),
    "too-long": ("#" * (MEBI + 1), "bytes"),
    "nothing": ("#" * MEBI, "must be a map|is no map"),
    "quotes": ("spec: '" + "'" * MEBI, "bytes"),
}
"""Texts of workflows by what they are, and what is said of them."""

WRONG: tuple[Any, ...] = (-1, 1.5, "\u202e\x1b[31m", True, [1], {"a": 1})
"""Values of every type, one of which each field has."""

WHOLE: Object = {
    "repeatAfterSec": 3600,
    "description": "d",
    "level": "namespace",
    "schedule": {"cron": "@every 1h"},
    "backoffFactor": "0.1",
    "backoffMin": 1,
    "backoffMax": 2,
    "remedyRunsLimit": 1,
    "remedyResetInterval": 1,
    "workflow": workflow(workflowtimeout=60, rbacRules=[{"verbs": ["get"], "resources": ["pods"], "apiGroups": [""]}]),
    "remedyworkflow": workflow(workflowtimeout=60),
}
"""A spec with every field."""

STATUSES: Mapping[str, Any] = {
    "text": "Succeeded",
    "list": [1],
    "types": {"startedAt": 5, "finishedAt": {}, "successCount": "many", "failedCount": True, "status": ["x"]},
    "future": {"startedAt": "9999-12-31T23:59:59Z"},
    "past": {"startedAt": "0001-01-01T00:00:00Z", "finishedAt": "-5"},
    "no-time": {"startedAt": "yesterday", "finishedAt": "9" * 5000},
    "full": {"successCount": 2**63 - 1, "failedCount": 2**63 - 1, "totalHealthCheckRuns": -(2**63)},
    "long": {"errorMessage": "x" * (MEBI // 2), "lastFailedWorkflow": "\u202e" * 1000},
}
"""What somebody wrote into a status. The check is good."""

SCHEDULES = (
    "x",
    "* * * *",
    "* * * * * *",
    "61 * * * *",
    "*/0 * * * *",
    "0 0 31 2 *",
    "5-1 * * * *",
    "@every",
    "@every -5s",
    "@every 0.0000001s",
    "@every 9999999999h",
    "@often",
    "CRON_TZ=../../../etc/passwd * * * * *",
    "CRON_TZ=Nowhere/Land * * * * *",
    "CRON_TZ=/etc/passwd * * * * *",
    "\u0665 * * * *",
    "1," * 400 + "1 * * * *",
    "0-" + "9" * 500 + " * * * *",
    "\u202e* * * * *",
)
"""Cron expressions, most of which cannot be read, or never come."""


def specs_with_a_wrong_field() -> Iterator[tuple[str, Object]]:
    """Each field of a spec, however deep, with a value of each type; what it is comes first."""
    for path in _paths(WHOLE):
        for value in WRONG:
            spec = deepcopy(WHOLE)
            place: Any = spec
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
            yield f"{'.'.join(path)} {json.dumps(value)}", spec


def _paths(thing: Object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in thing.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))
