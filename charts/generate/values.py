"""Reads values.yaml: each value's default, and the comment above its key."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

CHART: Final = Path(__file__).parents[1] / "kubevigil"


class Value(NamedTuple):
    """One key of values.yaml. `comment` is on one line, empty where there is none."""

    default: Any
    comment: str


def read(leaves: Mapping[str, object]) -> Mapping[str, Value]:
    """The values by path, down to the `leaves`; below them a map is one value."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode), "values.yaml is a map"
    return dict(_walk(root, yaml.safe_load(text), text.splitlines(), leaves, ""))


def _walk(
    node: yaml.MappingNode, data: Mapping[str, Any], lines: list[str], leaves: Mapping[str, object], prefix: str
) -> Iterator[tuple[str, Value]]:
    for key, below in node.value:
        path, default = prefix + key.value, data[key.value]
        if isinstance(below, yaml.MappingNode) and path not in leaves:
            yield from _walk(below, default, lines, leaves, f"{path}.")
        else:
            yield path, Value(default, _comment_above(lines, key.start_mark.line))


def _comment_above(lines: list[str], number: int) -> str:
    first = number
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return " ".join(line.strip().removeprefix("#").strip() for line in lines[first:number])
