"""Alertmanager's matchers: read from the forms that a configuration has, and compared with labels. Pure.

Source: Alertmanager's documentation, "Configuration", sections matcher and route; `match` and `match_re` are its older
forms. Patterns are RE2; those that Python's `re` does not know are refused, never guessed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

_MATCHER: Final = re.compile(
    r"""\s*(?P<name>"(?:[^"\\]|\\.)*"|[^\s"'{}!=~,\\`]+)\s*(?P<op>=~|!~|!=|=)\s*"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|[^",{}]*)\s*(?:,|$)"""
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_LONGEST_PATTERN: Final = 10_000


class BadMatcher(ValueError):
    """It cannot be read; the message says what."""


class Matcher(Struct, frozen=True):
    """`name op value`; `op` is =, !=, =~ or !~."""

    name: str
    op: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels are so; an absent one is ''. Raises BadMatcher."""
        there = labels.get(self.name, "")
        found = there == self.value if self.op in {"=", "!="} else _pattern(self.value).fullmatch(there) is not None
        return found is not self.op.startswith("!")

    def __str__(self) -> str:
        return f'{self.name}{self.op}"{self.value}"'


def parsed(texts: Iterable[str]) -> Iterator[Matcher]:
    """Those of a list of `matchers`, each of which may hold several. Raises BadMatcher."""
    for text in texts:
        yield from _parsed(text)


def _parsed(text: str) -> Iterator[Matcher]:
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1].strip()
    at = 0
    while at < len(inner):
        found = _MATCHER.match(inner, at)
        if found is None:
            raise BadMatcher(f"{text!a} is no matcher")
        yield Matcher(_unquoted(found["name"]), found["op"], _unquoted(found["value"].strip()))
        at = found.end()


def older(match: Mapping[str, str], match_re: Mapping[str, str]) -> Iterator[Matcher]:
    """Those of `match` and `match_re`."""
    for name, value in match.items():
        yield Matcher(name, "=", value)
    for name, value in match_re.items():
        yield Matcher(name, "=~", value)


def all_match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether each of them does. Raises BadMatcher."""
    return all(matcher.matches(labels) for matcher in matchers)


def shown(matchers: Iterable[Matcher]) -> str:
    """For people."""
    return ", ".join(map(str, matchers)) or "everything"


def _unquoted(text: str) -> str:
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text[1:-1])
    return text


def _pattern(text: str) -> re.Pattern[str]:
    if len(text) > _LONGEST_PATTERN:
        raise BadMatcher(f"a pattern of {len(text):,} characters")
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadMatcher(f"the pattern {text[:100]!a} is not understood here: {error}") from error
