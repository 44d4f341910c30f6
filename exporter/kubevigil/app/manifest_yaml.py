"""Reads YAML manifests as Kubernetes' own programs do, within bounds.

Those follow YAML 1.1 but for dates and for a plain `=`, which are texts to them. Names that refer to other values are
followed; what grows beyond measure by that is for the reader of the values to refuse, who walks them.
"""

from collections.abc import Iterator
from typing import Any, Final

import yaml

MOST_BYTES: Final = 4 << 20
"""Of a file. An object of Kubernetes has at most a mebibyte and a half, a file may hold several."""

_DATES: Final = "tag:yaml.org,2002:timestamp"
_EQUALS: Final = "tag:yaml.org,2002:value"


class _Loader(yaml.SafeLoader):
    """Knows neither dates nor the plain `=`."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in {_DATES, _EQUALS}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text: bytes | str) -> Iterator[Any]:
    """The documents of a stream, empty ones left out. Raises ValueError with a text for people, on one line."""
    if len(text) > MOST_BYTES:
        raise ValueError(f"has {len(text):,} bytes; {MOST_BYTES:,} are the most")
    try:
        for document in yaml.load_all(text, Loader=_Loader):
            if document is not None:
                yield document
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(_told(error)) from error


def document(text: bytes | str) -> Any:
    """The first document of a stream, None where there is none. Raises ValueError as `documents`."""
    return next(documents(text), None)


def _told(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem or 'cannot be read'}, line {error.problem_mark.line + 1}"
    return " ".join(str(error).split())[:200] or type(error).__name__
