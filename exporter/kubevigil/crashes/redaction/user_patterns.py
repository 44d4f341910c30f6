r"""Detectors of the user's own, from regular expressions in the settings. Pure.

They are in RE2's syntax: what can blow up (back references, look-around) does not exist there, so that one search takes
time in proportion to what it reads. Each line is searched by itself. Going on behind every match could still read a
long line again and again, so what is read for a text is bounded; beyond that the rest of the text is taken for secret.
Source: https://github.com/google/re2/wiki/Syntax
"""

import re
from collections.abc import Iterator
from typing import Final

import re2  # type: ignore[import-untyped]

from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.names import NAMES

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_LARGEST: Final = 500
"""Instructions of a compiled pattern."""

_READ_MOST: Final = 32 * 1024 * 1024
"""Characters read for one text and one pattern, counted as if each search went on to the end of its line."""

_STEPS_MOST: Final = 1 << 28
"""The same times the pattern's instructions. Where RE2 has to follow many ways at once, each takes 4 ns: 1 s."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class BadPattern(ValueError):
    """A pattern or its name cannot be used; the message says why, and what to do."""


def user_detector(name: str, pattern: str) -> Detector:
    """A detector that finds the pattern; where it has a group `(?P<secret>...)`, only what that group matches.

    The name goes into the text and the metric, so it must be short and not taken. Raises BadPattern.
    """
    if not _NAME.fullmatch(name):
        raise BadPattern(f"redaction pattern {name!r}: a name is 1 to 32 small letters, digits and _, a letter first")
    if name in NAMES:
        raise BadPattern(f"redaction pattern {name!r}: a built-in detector has this name; choose another")
    searched = _compiled(name, pattern)
    group = searched.groupindex.get("secret", 0)
    return Detector(name, lambda page: _found(searched, group, page))


def _compiled(name: str, pattern: str) -> "re2._Regexp":
    options = re2.Options()
    options.log_errors = False
    try:
        searched = re2.compile(pattern, options)
    except re2.error as error:
        why = (
            error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else str(error)
        )
        raise BadPattern(
            f"redaction pattern {name!r}: {why}; patterns are in RE2's syntax, without look-around and back references"
        ) from error
    if searched.programsize > _LARGEST:
        raise BadPattern(
            f"redaction pattern {name!r}: compiled it has {searched.programsize} instructions, at most {_LARGEST} are"
            " allowed; make its repeats smaller or open (`{20,}` for `{20,500}`)"
        )
    if searched.fullmatch("") is not None:
        raise BadPattern(f"redaction pattern {name!r}: it matches nothing at all, too; use + where it has *")
    return searched


def _found(searched: "re2._Regexp", group: int, page: Page) -> Iterator[Span]:
    at, read = 0, 0
    read_most = max(min(_READ_MOST, _STEPS_MOST // searched.programsize), 2 * len(page.text))
    for line in _SURROGATES.sub("\ufffd", page.text).split("\n"):
        done = 0
        read += len(line)
        for match in searched.finditer(line):
            start, end = match.span(group)
            yield Span(at + start, at + end)
            done = match.end()
            read += len(line) - done
            if read > read_most:
                yield Span(at + done, len(page.text))
                return
        at += len(line) + 1
