"""Reads a web configuration file: YAML in, one entry a key out, with its line.

As in `settings_file` only YAML's syntax tree is used: values are texts, and messages hold none. Maps are read where the
caller expects them and nowhere else, so an alias cannot make the reading endless. A key without a value is an entry
too: a user without a hash must not pass for no user.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from kubevigil.app.errors import Fault

NAME: Final = "web.config_file"
"""The key that faults of the file as a whole have: the setting that names it."""

_NULL: Final = "tag:yaml.org,2002:null"

Value = str | tuple[str, ...] | None
Keys = tuple[str, ...]
"""The names from the file's top to a value."""


class Entry(NamedTuple):
    """One key of the file. `source` is `file PATH:LINE`."""

    keys: Keys
    source: str
    value: Value


def entries_in(path: Path, data: bytes, maps: Collection[Keys]) -> tuple[list[Entry], list[Fault]]:
    """What `data`, the content of the file `path`, says, and what of it cannot be read. Maps may be at `maps` only."""
    try:
        root = yaml.compose(data, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        return [], [Fault(NAME, f"file {path}{line}", None, "not YAML; check quotes, colons and indentation there")]
    except (yaml.YAMLError, RecursionError):
        return [], [Fault(NAME, f"file {path}", None, "not YAML: not text, or nested too deeply")]
    walk = _Walk(path, maps)
    return list(walk.entries(root, ())) if root is not None else [], walk.faults


class _Walk:
    """One pass over the tree."""

    def __init__(self, path: Path, maps: Collection[Keys]) -> None:
        self.faults: list[Fault] = []
        self._path, self._maps = path, maps
        self._first: dict[Keys, yaml.Node] = {}

    def entries(self, node: yaml.Node, keys: Keys) -> Iterator[Entry]:
        if isinstance(node, yaml.MappingNode) and keys in self._maps:
            for name, value in node.value:
                yield from self._entry(name, value, keys)
        elif isinstance(node, yaml.ScalarNode) and (keys not in self._maps or node.tag == _NULL):
            yield Entry(keys, self._at(node), None if node.tag == _NULL else node.value)
        elif isinstance(node, yaml.SequenceNode) and keys not in self._maps and _is_plain(node):
            yield Entry(keys, self._at(node), tuple(item.value for item in node.value))
        else:
            expected = "a map, names with values," if keys in self._maps else "a value, or a list of values,"
            self._fault(keys, node, f"{expected} is expected here")

    def _entry(self, name: yaml.Node, value: yaml.Node, keys: Keys) -> Iterator[Entry]:
        if not isinstance(name, yaml.ScalarNode):
            self._fault(keys, name, "the name of a key must be plain text")
            return
        inner = (*keys, name.value)
        first = self._first.setdefault(inner, name)
        if first is not name:
            self._fault(inner, name, f"given twice, first by {self._at(first)}")
        else:
            yield from self.entries(value, inner)

    def _fault(self, keys: Keys, node: yaml.Node, advice: str) -> None:
        self.faults.append(Fault(".".join(keys) or NAME, self._at(node), None, advice))

    def _at(self, node: yaml.Node) -> str:
        return f"file {self._path}:{node.start_mark.line + 1}"


def _is_plain(node: yaml.SequenceNode) -> bool:
    return all(isinstance(item, yaml.ScalarNode) for item in node.value)
