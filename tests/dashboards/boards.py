"""The dashboards as Grafana reads them, straight from the jsonnet of this checkout, and what is in them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from kubevigil.bundle.documents import render

Config = Mapping[str, Any]

NAMES: Final = (
    "alerts",
    "cpu",
    "crashes",
    "custom-metrics",
    "exporter",
    "health-checks",
    "installed",
    "kubelet",
    "network",
    "node-memory",
    "pod",
    "statefulset",
)
"""What follows `kubevigil-` in each uid. Links of alerts, and those that people keep, lead to these: never renamed."""

LINKED: Final[Config] = {"runbookUrl": "https://runbooks.example", "logsUrl": "https://logs.example"}
"""So that every link that there can be is there."""


@dataclass(frozen=True)
class Target:
    """One query of a panel."""

    expr: str
    legend: str
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class Panel:
    """A panel, or a row."""

    raw: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.raw["type"])

    @property
    def title(self) -> str:
        return str(self.raw["title"])

    @property
    def targets(self) -> list[Target]:
        return [Target(each["expr"], each["legendFormat"], each) for each in self.raw.get("targets", ())]

    @property
    def columns(self) -> Mapping[str, str]:
        """Of a table: what each column that is shown is called, by the label or value that it comes from."""
        by_id = {each["id"]: each["options"] for each in self.raw["transformations"]}
        shown: list[str] = by_id["filterFieldsByName"]["include"]["names"]
        return {name: by_id["organize"]["renameByName"].get(name, name) for name in shown}

    @property
    def overrides(self) -> list[tuple[str, Mapping[str, Any]]]:
        """By what they are about: a column's name, or an expression on the legend."""
        overrides = self.raw.get("fieldConfig", {}).get("overrides", ())
        return [(each["matcher"]["options"], {p["id"]: p["value"] for p in each["properties"]}) for each in overrides]


@dataclass(frozen=True)
class Board:
    """A dashboard."""

    raw: Mapping[str, Any]

    @property
    def uid(self) -> str:
        return str(self.raw["uid"])

    @property
    def panels(self) -> list[Panel]:
        """All, in their order."""
        return [Panel(each) for each in self.raw["panels"]]

    @property
    def variables(self) -> Mapping[str, Mapping[str, Any]]:
        """By name."""
        return {each["name"]: each for each in self.raw["templating"]["list"]}

    def queries(self) -> Iterator[tuple[str, str]]:
        """Everything that is asked of Prometheus, with where it stands: panels, annotations, variables."""
        for panel in self.panels:
            yield from ((f"{panel.title}: {each.raw['refId']}", each.expr) for each in panel.targets)
        yield from ((f"annotation {each['name']}", each["expr"]) for each in self.raw["annotations"]["list"])
        for name, variable in self.variables.items():
            if variable["type"] == "query":
                yield f"variable {name}", label_values(variable["query"])[0]

    def links(self) -> Iterator[str]:
        """Every address that somebody can be led to."""
        yield from (each["url"] for each in self.raw["links"] if each["type"] == "link")
        for panel in self.panels:
            for _, properties in panel.overrides:
                yield from (each["url"] for each in properties.get("links", ()))


def label_values(query: str) -> tuple[str, str]:
    """The selector and the label of Grafana's `label_values(selector, label)`; of anything else all of it, and ''."""
    inside = query.removeprefix("label_values(").removesuffix(")")
    selector, comma, label = inside.rpartition(", ")
    whole = bool(comma) and len(inside) == len(query) - len("label_values()")
    return (selector, label) if whole else (query, "")


@cache
def _rendered(config: str) -> Mapping[str, str]:
    return {each.name: each.text for each in render("dashboards", "json", json.loads(config)).documents}


def texts(config: Config = LINKED) -> Mapping[str, str]:
    """The files by name."""
    return _rendered(json.dumps(config, sort_keys=True))


def boards(config: Config = LINKED) -> Mapping[str, Board]:
    """The dashboards by uid."""
    return {each.uid: each for each in (Board(json.loads(text)) for text in texts(config).values())}


def board(name: str) -> Board:
    """One of NAMES."""
    return boards()[f"kubevigil-{name}"]
