"""Compares values that a user gives with the mixin's own `_config`: which are unknown, which are of another type. Pure.

The defaults are the list of what there is: a map that has keys is closed, an empty one takes any, and a default of null
takes everything. Null takes an alert out; elsewhere it is a key whose value was forgotten.
"""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

Path = tuple[str, ...]
"""The keys from the top to a value."""


_REMOVABLE: Final = ("alerts",)
"""The map whose entries can be null."""


class Mistake(NamedTuple):
    """One value that cannot be used. `advice` says what is expected."""

    path: Path
    advice: str


def mistakes(given: Mapping[str, Any], defaults: Mapping[str, Any], above: Path = ()) -> Iterator[Mistake]:
    """All that is wrong with `given`, in its order."""
    for key, value in given.items():
        path = (*above, key)
        if key not in defaults:
            yield Mistake(path, _unknown(key, defaults, above))
            continue
        default = defaults[key]
        if default is None or (value is None and above == _REMOVABLE):
            continue
        if _kind(value) != _kind(default):
            yield Mistake(path, f"{_kind(value)}, where {_kind(default)} is expected{_example(value, default)}")
        elif isinstance(default, Mapping) and default:
            yield from mistakes(value, default, path)


def _unknown(key: str, defaults: Mapping[str, Any], above: Path) -> str:
    nearest = get_close_matches(key, defaults, n=1)
    if nearest:
        return f"unknown; did you mean {'.'.join((*above, nearest[0]))}?"
    return f"unknown; there are: {', '.join(sorted(defaults))}"


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "a number"
    return "a map" if isinstance(value, Mapping) else "a list"


def _example(value: Any, default: Any) -> str:
    if isinstance(default, str) and isinstance(value, int | float):
        return "; put it in quotes"
    if isinstance(default, bool | int | float):
        return f", such as {json.dumps(default)}"
    return "; leave the key out for the default" if value is None else ""
