"""Whether a server already has what it is to have. Pure."""

from collections.abc import Mapping
from typing import Any


def has_all(theirs: Any, ours: Any) -> bool:
    """Whether all that we say is there. More may be: servers add what they take for granted, people what they like.

    Servers give numbers and booleans back as text, so values are compared as text.
    """
    if isinstance(ours, Mapping):
        return isinstance(theirs, Mapping) and all(
            name in theirs and has_all(theirs[name], value) for name, value in ours.items()
        )
    if isinstance(ours, list):
        return (
            isinstance(theirs, list)
            and len(theirs) == len(ours)
            and all(has_all(there, here) for there, here in zip(theirs, ours, strict=True))
        )
    return _text(theirs) == _text(ours)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
