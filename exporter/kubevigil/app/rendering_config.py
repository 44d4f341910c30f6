"""Reads the values for the mixin: YAML or JSON in, plain values with their line numbers out.

Only YAML's syntax tree is used: a value is text, a number, true or false, or a list or map of these; anything else that
YAML knows stays the text that is written. An alias, which could grow without end, is refused.
"""

import re
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from kubevigil.app.errors import Fault

_MOST_BYTES: Final = 1 << 20
_NAME: Final = "config"
_TAG: Final = "tag:yaml.org,2002:"
_NULL: Final = _TAG + "null"
_TYPED: Final = frozenset({_TAG + "bool", _TAG + "int", _TAG + "float"})
_EXPONENT: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?[eE][-+]?[0-9]+")
"""A number in JSON and YAML 1.2; in YAML 1.1, where it needs both a point and a sign, most are texts."""

Keys = tuple[str, ...]
"""The names from the file's top to a value; an entry of a list is `[0]`."""


class Given(NamedTuple):
    """The file's values, where each stands (`file PATH:LINE`), and what of it cannot be used."""

    values: Mapping[str, Any]
    sources: Mapping[Keys, str]
    faults: list[Fault]


def read(path: Path) -> Given:
    """What the file says; a key without a value is None."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return _unusable(f"file {path}", f"cannot be read ({why}); name a readable YAML or JSON file")
    if len(data) > _MOST_BYTES:
        return _unusable(f"file {path}", f"larger than {_MOST_BYTES} bytes; is it the right file?")
    try:
        root = yaml.compose(data, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        return _unusable(f"file {path}{line}", "not YAML; check quotes, colons and indentation there")
    except (yaml.YAMLError, RecursionError):
        return _unusable(f"file {path}", "not YAML: not text, or nested too deeply")
    return _Walk(path).given(root)


def _unusable(source: str, advice: str) -> Given:
    return Given({}, {}, [Fault(_NAME, source, None, advice)])


class _Walk:
    """One pass over the tree. Each collection is visited once, so an alias cannot make it endless."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._visited: set[int] = set()
        self._sources: dict[Keys, str] = {}
        self._faults: list[Fault] = []

    def given(self, root: yaml.Node | None) -> Given:
        if root is None or root.tag == _NULL:
            return Given({}, {}, [])
        if not isinstance(root, yaml.MappingNode):
            self._fault((), root, "a map, names with values, is expected here")
            return Given({}, {}, self._faults)
        return Given(self._value(root, ()), self._sources, self._faults)

    def _value(self, node: yaml.Node, keys: Keys) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, keys)
        if id(node) in self._visited:
            self._fault(keys, node, "an alias is not allowed here; write the values out")
            return None
        self._visited.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._map(node, keys)
        return [self._value(item, (*keys, f"[{index}]")) for index, item in enumerate(node.value)]

    def _map(self, node: yaml.MappingNode, keys: Keys) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, below in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self._fault(keys, name, "the name of a key must be plain text")
                continue
            key = self._text(name, keys)
            inner = (*keys, key)
            if inner in self._sources:
                self._fault(inner, name, f"given twice, first by {self._sources[inner]}")
            else:
                self._sources[inner] = self._at(name)
                values[key] = self._value(below, inner)
        return values

    def _scalar(self, node: yaml.ScalarNode, keys: Keys) -> Any:
        if node.tag == _NULL:
            return None
        if node.style is None and _EXPONENT.fullmatch(node.value):
            value: Any = float(node.value)
        elif node.tag in _TYPED:
            value = yaml.SafeLoader("").construct_object(node)
        else:
            return self._text(node, keys)
        if isinstance(value, float) and not isfinite(value):
            self._fault(keys, node, "a number without an end cannot be used")
        return value

    def _text(self, node: yaml.ScalarNode, keys: Keys) -> str:
        """JSON writes a character beyond 16 bits as a pair of surrogates; YAML leaves the two as they are."""
        try:
            return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._fault(keys, node, "holds half of a surrogate pair, which is no character")
            return ""

    def _fault(self, keys: Keys, node: yaml.Node, advice: str) -> None:
        self._faults.append(Fault(shown(keys) or _NAME, self._at(node), None, advice))

    def _at(self, node: yaml.Node) -> str:
        return f"file {self._path}:{node.start_mark.line + 1}"


def shown(keys: Keys) -> str:
    """The path to a value as one writes it: `slack.routes[0].channel`."""
    return ".".join(keys).replace(".[", "[")
