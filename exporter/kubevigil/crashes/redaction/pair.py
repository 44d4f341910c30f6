r"""Finds names that end like a secret's, with what assigns and the value: `a=b`, `a: b`, `--a b`, XML and more. Pure.

A pattern finds the last word of the name and what assigns; then the name is read backwards, the value forwards.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from kubevigil.crashes.redaction.detector import Page, Span
from kubevigil.crashes.redaction.pair_values import Value, element_at, value_at
from kubevigil.crashes.redaction.scanning import end_of_line, proposed, start_of_line

_SUFFIX = r"(?:[_-]?(?:value|text|plain|data|b64|base64|hash|string|\d{1,2}))?+"
_QUOTES = r"(?:\\{0,15}[\"'`]|&quot;|&\#3[49];|%2[27]|\\u002[27]|[\])]){0,4}+"
_ASSIGNS = (
    r"(?=[\s=:&\\%>,.])(?:"
    r"[ \t]{0,32}+(?P<assign>={1,3}>?|=&gt;|:=|:(?![:=])|\.{3,60}+(?=[\"'])|\\u003[ad])"
    r"(?P<gap>[ \t]*+(?:[|>][-+]?[ \t]*+\n[ \t]{1,40}+)?)"
    r"|(?P<encoded>%3[ad])(?:%20|\+){0,4}+"
    r"|(?P<element>>)"
    r"|(?P<named>[\s,]{1,60}+[\"'\\]{0,16}+value[\"'\\]{0,16}+[ \t]{0,4}+[:=][ \t]*+)"
    r"|(?P<argument>,[ \t]{0,4}+(?=\\{0,15}[\"']))"
    r"|(?P<sentence> is:? (?!generated)|(?: is generated)? for [^\s:]{1,64}+(?: [^\s:]{1,64}+)?: )"
    r"|(?P<blank>[ \t]++|[ \t]*+\n[ \t]{0,40}+-[ \t]++)"
    r")"
)
_NAME = "abcdefghijklmnopqrstuvwxyz0123456789_.-"
_LONGEST_NAME: Final = 64
_MOST_REFUSED: Final = 64 * 1024
"""Characters of refused values beyond a text's own length; then the line is given up. No believable text comes near."""
_START: Final = re.compile(r"[\s\-\"'{\[,?&]*+(?:export |set |env |declare -x )?[\"']?")


class Pair(NamedTuple):
    """A name and its value as they stand in the text. `before` is the name up to the word that was found, small."""

    text: str
    word: str
    before: str
    name_start: int
    match: re.Match[str]
    value: Value

    @property
    def content(self) -> str:
        """The value itself."""
        return self.text[self.value.start : self.value.end]

    @property
    def name(self) -> str:
        """The name up to what assigns, small, without what it belongs to."""
        return self.before.rpartition(".")[2] + re.split(r"[^a-z_-]", self.match[0], maxsplit=1)[0]

    @property
    def is_option(self) -> bool:
        """Whether the name is an option of a command line."""
        return self.before.startswith("-")

    @property
    def in_sentence(self) -> bool:
        """Whether it may be a part of a sentence: `name: value`, bare, and not at the start of its line."""
        if self.value.quoted or self.match["encoded"] or self.match["named"]:
            return False
        if self.match["sentence"]:
            return True
        if self.match["assign"] != ":" or not self.match["gap"]:
            return False
        start = self.name_start
        line = self.text[start_of_line(self.text, start, max(0, start - _LONGEST_NAME)) : start]
        return not _START.fullmatch(line)


Accept = Callable[[Pair], bool]


def pairs(word: str, pattern: str, accept: Accept) -> Callable[[Page], Iterator[Span]]:
    """A search for the values of names that end with `pattern`, as far as they are accepted.

    `word` is what the pattern begins with, a clue.
    """
    compiled = re.compile(pattern + _SUFFIX + _QUOTES + _ASSIGNS)

    def find(page: Page) -> Iterator[Span]:
        if not page.may_hold(word):
            return iter(())
        return proposed(compiled, page.lowered, _Judge(page.text, word, accept).judge)

    return find


class _Judge:
    """Judges the pairs of one text. Refused values may lie within one another, so what is read of them is bounded."""

    def __init__(self, text: str, word: str, accept: Accept) -> None:
        self._text = text
        self._word = word
        self._accept = accept
        self._refused = 0

    def judge(self, match: re.Match[str]) -> tuple[Span, ...]:
        pair = _pair(self._text, self._word, match)
        if pair is None:
            return ()
        if self._accept(pair):
            return (Span(pair.value.start, pair.value.end),)
        self._refused += pair.value.end - pair.value.start
        if self._refused > _MOST_REFUSED + len(self._text):
            return (Span(match.start(), end_of_line(self._text, match.start())),)
        return ()


def _pair(text: str, word: str, match: re.Match[str]) -> Pair | None:
    start = match.start()
    chunk = match.string[max(0, start - _LONGEST_NAME) : start]
    before = chunk[len(chunk.rstrip(_NAME)) :]
    if match["element"]:
        value = element_at(text, match.end())
    else:
        value = value_at(text, match.end(), encoded=match["encoded"] is not None)
    return Pair(text, word, before, start - len(before), match, value) if value else None
