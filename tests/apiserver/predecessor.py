"""active-monitor's own CRD, as its users have it installed: the same names and types, and no rules."""

from typing import Any

from .checks import GROUP, STATUS, Object

TEXT, NUMBER, MOMENT = {"type": "string"}, {"type": "integer"}, {"type": "string", "format": "date-time"}


def definition() -> Object:
    """The CustomResourceDefinition."""
    schema = _map({"metadata": {"type": "object"}, "spec": _spec(), "status": _map(dict(map(_field, STATUS.items())))})
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": schema},
    }
    names = {"kind": "HealthCheck", "plural": "healthchecks", "shortNames": ["hc", "hcs"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"healthchecks.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }


def _field(named: tuple[str, Any]) -> tuple[str, Object]:
    name, value = named
    return name, NUMBER if isinstance(value, int) else MOMENT if name.endswith("At") else TEXT


def _spec() -> Object:
    numbers = ("repeatAfterSec", "backoffMax", "backoffMin", "remedyRunsLimit", "remedyResetInterval")
    spec = dict.fromkeys(numbers, NUMBER) | dict.fromkeys(("description", "level", "backoffFactor"), TEXT)
    spec |= {"schedule": _map({"cron": TEXT}), "workflow": _workflow(), "remedyworkflow": _workflow()}
    return {**_map(spec), "required": ["workflow"]}


def _workflow() -> Object:
    source = _map(
        {
            "inline": TEXT,
            "url": _map({"path": TEXT, "verifyCert": {"type": "boolean"}}),
            "file": _map({"path": TEXT}),
        }
    )
    resource = _map({"namespace": TEXT, "serviceAccount": TEXT, "source": source})
    resource["required"] = ["namespace", "source"]
    return _map({"generateName": TEXT, "workflowtimeout": NUMBER, "resource": resource})


def _map(properties: Object) -> Object:
    return {"type": "object", "properties": properties}
