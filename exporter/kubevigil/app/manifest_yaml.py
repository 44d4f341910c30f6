"""Reads YAML manifests as Kubernetes' own programs do, within bounds.

Those follow YAML 1.1 but for dates and for a plain `=`, which are texts to them. What a small text makes grow beyond
measure is refused before it has grown: maps that are merged into each other, numbers of any length. Names that refer
to other values are followed; how much they make is for the reader of the values to judge, who walks them.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import closing
from threading import Lock
from typing import Any, Final

import yaml

MOST_BYTES: Final = 4 << 20
"""Of a file. An object of Kubernetes has at most a mebibyte and a half, a file may hold several."""

MOST_VALUES: Final = 50_000
"""Of one manifest, its keys among them: they take a second or two to read. A file may hold as many as it can."""

_LONGEST_NUMBER: Final = 100
"""Characters. YAML's numbers of base 60 take a time that grows with the square of their length."""

_REMEMBERED: Final = 1000
"""Texts that could not be read, by their digests: some hundred bytes each."""

_DATES: Final = "tag:yaml.org,2002:timestamp"
_EQUALS: Final = "tag:yaml.org,2002:value"
_MERGE: Final = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """Knows neither dates nor the plain `=`, and no more than `most` values."""

    def __init__(self, text: bytes | str, most: int) -> None:
        super().__init__(text)
        self._most = most
        self._values = 0

    def close(self) -> None:
        """Ends it; `closing` wants it under this name."""
        self.dispose()

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """As of its base; called for every value, key and alias."""
        self._count(1, self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """As of its base, which makes a map of all that are merged into it: those are counted first."""
        for key, value in node.value:
            if key.tag != _MERGE:
                continue
            for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(merged, yaml.MappingNode):
                    self.flatten_mapping(merged)
                    self._count(2 * len(merged.value), key.start_mark)
        super().flatten_mapping(node)

    def _count(self, values: int, mark: yaml.Mark) -> None:
        self._values += values
        if self._values > self._most:
            raise yaml.MarkedYAMLError(problem=f"more than {self._most:,} values", problem_mark=mark)


def _short(construct: Callable[[Any, yaml.ScalarNode], float]) -> Callable[[Any, yaml.ScalarNode], float]:
    def constructed(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
        if len(node.value) > _LONGEST_NUMBER:
            problem = f"a number of more than {_LONGEST_NUMBER} characters"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return construct(loader, node)

    return constructed


_Loader.add_constructor("tag:yaml.org,2002:int", _short(yaml.SafeLoader.construct_yaml_int))
_Loader.add_constructor("tag:yaml.org,2002:float", _short(yaml.SafeLoader.construct_yaml_float))
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in {_DATES, _EQUALS}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text: bytes | str, most_values: int = MOST_BYTES) -> Generator[Any, None, None]:
    """The documents of a stream, empty ones left out. Raises ValueError with a text for people, on one line."""
    if len(text) > MOST_BYTES:
        raise ValueError(f"has {len(text):,} bytes; {MOST_BYTES:,} are the most")
    try:
        with closing(_Loader(text, most_values)) as loader:
            while loader.check_data():  # type: ignore[no-untyped-call]
                document = loader.get_data()
                if document is not None:
                    yield document
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(_told(error)) from error


def document(text: bytes | str) -> Any:
    """The first document of a stream, None where there is none; of MOST_VALUES. Raises ValueError as `documents`."""
    with closing(documents(text, MOST_VALUES)) as found:
        return next(found, None)


class Manifests:
    """Reads as `document`, and remembers what could not be read: a bad text is sent again and again. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: OrderedDict[bytes, str] = OrderedDict()

    def __call__(self, text: bytes) -> Any:
        """The first document. Raises ValueError as `documents`."""
        digest = hashlib.sha256(text).digest()
        with self._lock:
            fault = self._faults.get(digest)
        if fault is not None:
            raise ValueError(fault)
        try:
            return document(text)
        except ValueError as error:
            with self._lock:
                self._faults[digest] = str(error)
                if len(self._faults) > _REMEMBERED:
                    self._faults.popitem(last=False)
            raise


def _told(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem or 'cannot be read'}, line {error.problem_mark.line + 1}"
    return " ".join(str(error).split())[:200] or type(error).__name__
