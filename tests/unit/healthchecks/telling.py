"""What workflows tell as metrics, for tests."""

import json
from typing import Any

from kubevigil.healthchecks.custom_parse import Told, told_by


def parameter(*metrics: Any, name: str = "metrics") -> dict[str, Any]:
    return {"name": name, "value": json.dumps({"metrics": metrics})}


def outputs(*metrics: Any) -> dict[str, Any]:
    return {"parameters": [parameter(*metrics)]}


def metric(name: str = "orders", value: Any = 1, kind: str = "gauge", help_: str = "Orders.", **more: Any) -> Any:
    return {"name": name, "value": value, "metrictype": kind, "help": help_, **more}


def told(*metrics: Any) -> Told:
    return told_by(outputs(*metrics), None)
