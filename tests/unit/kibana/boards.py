"""The boards that `kubevigil render kibana` writes, read as Kibana reads them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from kubevigil.bundle.documents import defaults, render

FORMATS: Final = ("ecs", "legacy")
"""Named as the documents' formats are."""


@dataclass(frozen=True)
class Saved:
    """A saved object, its nested texts decoded."""

    raw: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.raw["type"])

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def attributes(self) -> Mapping[str, Any]:
        attributes: Mapping[str, Any] = self.raw["attributes"]
        return attributes

    @property
    def references(self) -> Mapping[str, tuple[str, str]]:
        """Type and id by name."""
        return {each["name"]: (each["type"], each["id"]) for each in self.raw["references"]}

    @property
    def source(self) -> dict[str, Any]:
        """What is searched for."""
        source: dict[str, Any] = json.loads(self.attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
        return source

    @property
    def state(self) -> dict[str, Any]:
        """Of a visualization: its type, params and aggregations."""
        state: dict[str, Any] = json.loads(self.attributes["visState"])
        return state

    @property
    def aggs(self) -> list[dict[str, Any]]:
        """Of a visualization; none for other types."""
        return list(self.state["aggs"]) if self.type == "visualization" else []

    @property
    def panels(self) -> list[dict[str, Any]]:
        """Of a dashboard."""
        panels: list[dict[str, Any]] = json.loads(self.attributes["panelsJSON"])
        return panels


@cache
def text(format_: str, **config: str) -> str:
    """The file of that board, with these values of `_config.kibana`."""
    (document,) = render("kibana", format_, {"kibana": config} if config else {}).documents
    return document.text


def board(format_: str, **config: str) -> dict[str, Saved]:
    """The objects of that board by id, in the file's order."""
    objects = [Saved(json.loads(line)) for line in text(format_, **config).splitlines()]
    return {each.id: each for each in objects}


def index_pattern(objects: Mapping[str, Saved]) -> Saved:
    """The board's only one."""
    (found,) = (each for each in objects.values() if each.type == "index-pattern")
    return found


def fields_used(objects: Mapping[str, Saved]) -> Iterator[tuple[str, str]]:
    """(how, field): how is the aggregation's type, or time, column, sort, search."""
    for each in objects.values():
        if each.type == "index-pattern":
            yield "time", each.attributes["timeFieldName"]
        if each.type == "search":
            yield from (("column", field) for field in each.attributes["columns"])
            yield from (("sort", field) for field, _ in each.attributes["sort"])
        for agg in each.aggs:
            if "field" in agg["params"]:
                yield agg["type"], agg["params"]["field"]
            for found in agg["params"].get("filters", ()):
                yield "search", found["input"]["query"].partition(":")[0]


def fields_of_link() -> list[str]:
    """By which the link to Kibana that alerts have searches: the namespace's, then the container's."""
    return re.findall(r"([a-z.]+):%22", defaults()["logsPath"])
