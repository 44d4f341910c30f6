"""The one way in which detectors go over a text: a pattern proposes places, a function judges each. Pure.

A line that is full of proposals is given up: what is left of it is taken for one secret. That bounds the work which a
hostile line can ask for, and no reader misses a line with thousands of passwords.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final

from kubevigil.crashes.redaction.detector import Span

CROWD: Final = 400
"""Proposals of one pattern on one line. Dumped environments of whole nodes have some hundreds."""

Judge = Callable[[re.Match[str]], Iterable[Span]]
"""The secret places, if any, where the pattern matched."""


def proposed(pattern: re.Pattern[str], text: str, judge: Judge) -> Iterator[Span]:
    """What the judge makes of each match; from the one after CROWD matches on a line, all that is left of that line.

    A match that begins within what has been found is not judged.
    """
    matches = pattern.finditer(text)
    line_end, count, done = -1, 0, 0
    while match := next(matches, None):
        if match.start() > line_end:
            line_end, count = end_of_line(text, match.start()), 0
        count += 1
        if count > CROWD:
            yield Span(match.start(), line_end)
            matches = pattern.finditer(text, line_end)
        elif match.start() >= done:
            for span in judge(match):
                done = max(done, span.end)
                yield span


def whole(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """The matches of a pattern that needs no judge; of those with a group `secret`, that group."""
    group = "secret" if "secret" in pattern.groupindex else 0
    return proposed(pattern, text, lambda match: (Span(*match.span(group)),))


def any_of(*found: Iterable[Span]) -> Iterator[Span]:
    """What each of several searches finds."""
    return chain.from_iterable(found)


def end_of_line(text: str, at: int, most: int | None = None) -> int:
    """Where the line ends in which `at` is; at `most` if that comes first."""
    end = text.find("\n", at, most)
    return min(len(text), most or len(text)) if end < 0 else end


def start_of_line(text: str, at: int, least: int = 0) -> int:
    """Where the line begins in which `at` is; at `least` if that comes first on the way back."""
    return max(text.rfind("\n", least, at) + 1, least)
