"""Which metrics a PromQL expression reads. Pure; no parser of PromQL, but what the rules and runbooks are made of."""

import re
from typing import Final

_AWAY: Final = re.compile(
    r"""
    "(?:[^"\\]|\\.)*"                                               # strings
    | \{[^{}]*\}                                                    # matchers
    | \[[^\]]*\]                                                    # ranges
    | \b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)  # lists of labels
    """,
    re.VERBOSE,
)
_NAME: Final = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])")
_WORDS: Final = frozenset(
    {"and", "or", "unless", "offset", "bool", "by", "without", "on", "ignoring", "group_left", "group_right", "inf"}
)


def metrics(expression: str) -> set[str]:
    """The names of the series that are read."""
    bare = expression
    for _ in range(2):  # matchers hold strings, and a string may hold braces
        bare = _AWAY.sub(lambda m: " " if m[0].startswith("{") else " () " if m[0][0] not in '"[' else "", bare)
    return {name for name in _NAME.findall(bare) if name.lower() not in _WORDS}
