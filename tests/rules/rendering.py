"""The mixin as Prometheus reads it, straight from the jsonnet of this checkout."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import _jsonnet

ROOT: Final = Path(__file__).parents[2]
MIXIN: Final = ROOT / "mixin.libsonnet"
TESTS: Final = ROOT / "rules" / "tests"
SOURCES: Final = ("exporter", "kube-state-metrics", "both")

Config = Mapping[str, Any]
Rule = dict[str, Any]
Group = dict[str, Any]

LINKED: Final[Config] = {
    "runbookUrl": "https://runbooks.example",
    "grafanaUrl": "https://grafana.example",
    "logsUrl": "https://logs.example",
}
"""So that promtool's tests see every annotation."""


def groups(config: Config) -> list[Group]:
    """All rule groups, recording rules first. Raises RuntimeError with jsonnet's own words."""
    text = _jsonnet.evaluate_snippet(
        "rendering",
        f"local mixin = (import {json.dumps(str(MIXIN))}) + {{ _config+:: {json.dumps(config)} }};"
        "mixin.prometheusRules.groups + mixin.prometheusAlerts.groups",
    )
    found: list[Group] = json.loads(text)
    return found


def rules(config: Config) -> list[Rule]:
    """All rules of all groups."""
    return [rule for group in groups(config) for rule in group["rules"]]


def write(folder: Path, config: Config = LINKED) -> Path:
    """A rules file for each source, named after it (JSON is YAML); returns the folder."""
    for source in SOURCES:
        (folder / f"{source}.yaml").write_text(json.dumps({"groups": groups({**config, "source": source})}, indent=1))
    return folder
