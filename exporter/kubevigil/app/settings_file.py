"""Reads a settings file: YAML in, texts with their line numbers out. With `web_file` the only importer of yaml.

Only the syntax tree is used, never YAML's types: no object is built, and `no`, `0123` or `1:30` stay what is written.
Bounded by the size that is read; an alias, which could grow without end, is refused. Messages hold no value of the
file, which may be a secret.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from kubevigil.app.errors import Fault
from kubevigil.app.kinds import Raw

_MOST_BYTES: Final = 1 << 20
_NULL: Final = "tag:yaml.org,2002:null"
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")


class Entry(NamedTuple):
    """One key of the file; nested maps are joined by dots. `source` is `file PATH:LINE`."""

    key: str
    source: str
    raw: Raw


def read(path: Path) -> tuple[list[Entry], list[Fault]]:
    """What the file says, and what of it cannot be read. A key without a value is left to its default."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return [], [Fault("config", f"file {path}", None, f"cannot be read ({why}); name a readable YAML file")]
    if len(data) > _MOST_BYTES:
        return [], [Fault("config", f"file {path}", None, f"larger than {_MOST_BYTES} bytes; is it the right file?")]
    return _parsed(path, data)


def _parsed(path: Path, data: bytes) -> tuple[list[Entry], list[Fault]]:
    try:
        root = yaml.compose(data, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        problem = _QUOTED.sub("'...'", error.problem or "a mistake")
        return [], [Fault("config", f"file {path}{line}", None, f"not YAML: {problem}")]
    except (yaml.YAMLError, RecursionError):
        return [], [Fault("config", f"file {path}", None, "not YAML: not text, or nested too deeply")]
    walk = _Walk(path)
    entries = list(walk.entries(root)) if root is not None else []
    return entries, walk.faults


class _Walk:
    """One pass over the tree. Each collection is visited once, so an alias cannot make it endless."""

    def __init__(self, path: Path) -> None:
        self.faults: list[Fault] = []
        self._path = path
        self._visited: set[int] = set()

    def entries(self, node: yaml.Node, prefix: str = "") -> Iterator[Entry]:
        if self._is_alias(node, prefix):
            return
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                yield from self._entry(name, value, prefix)
        elif isinstance(node, yaml.SequenceNode):
            yield from self._list(node, prefix)
        elif node.tag != _NULL:
            yield Entry(prefix, self._at(node), node.value)

    def _entry(self, name: yaml.Node, value: yaml.Node, prefix: str) -> Iterator[Entry]:
        if not isinstance(name, yaml.ScalarNode):
            self._fault(prefix, name, "the name of a key must be plain text")
            return
        key = f"{prefix}.{name.value}" if prefix else name.value
        yield from self.entries(value, key)

    def _list(self, node: yaml.SequenceNode, key: str) -> Iterator[Entry]:
        if not all(isinstance(item, yaml.ScalarNode) for item in node.value):
            self._fault(key, node, "a list may hold plain values only")
            return
        yield Entry(key, self._at(node), tuple(item.value for item in node.value))

    def _is_alias(self, node: yaml.Node, key: str) -> bool:
        seen = not isinstance(node, yaml.ScalarNode) and id(node) in self._visited
        self._visited.add(id(node))
        if seen:
            self._fault(key, node, "an alias is not allowed here; write the values out")
        return seen

    def _fault(self, key: str, node: yaml.Node, advice: str) -> None:
        self.faults.append(Fault(key or "config", self._at(node), None, advice))

    def _at(self, node: yaml.Node) -> str:
        return f"file {self._path}:{node.start_mark.line + 1}"
