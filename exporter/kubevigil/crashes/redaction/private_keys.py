r"""Private keys in PEM, whole or with one end cut off, on lines of their own or within one (JSON, environments). Pure.

Lines of a key may each carry a prefix (a time, a level), so what goes is not the line but the base64 in it. A key of n
lines is n hits. Sources of the shape: RFC 7468; RFC 9580, 6.2 (PGP); RFC 4716 (SSH2). No part of a text is read for
two keys, so the time is linear.
"""

import base64
import re
from collections.abc import Iterator
from typing import Final

from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.scanning import any_of, end_of_line, proposed, start_of_line

_BLANK = r"(?:[ +_]|%20)"
_KEY: Final = re.compile(rf"PRIVATE{_BLANK}KEY(?:{_BLANK}BLOCK)?{_BLANK}?-{{4,5}}")
_EDGE: Final = re.compile(rf"--{_BLANK}?(?P<edge>BEGIN|END){_BLANK}(?:[A-Z0-9]{{1,12}}{_BLANK}){{0,4}}\Z")
_EDGE_LENGTH: Final = 64

_LONGEST: Final = 400
"""Lines of a key; one of RSA with 16,384 bits has 196."""

_LONGEST_LINE: Final = 32 * 1024
"""Characters of a key that stands in one line; one of RSA with 16,384 bits has 13 KiB."""

_HEADERS: Final = 6
"""Lines between BEGIN and the key itself: `Proc-Type`, `DEK-Info`, a blank one, and those of other threads."""

_LEAST: Final = 24
"""Characters of base64 that a line of a key has at least, but for its last: nothing wraps shorter."""

_BODY: Final = re.compile(rf"[A-Za-z0-9+/]{{{_LEAST},}}+={{0,2}}")
_LAST_BODY: Final = re.compile(r"(?<![^\s\"'|])(?P<secret>=?[A-Za-z0-9+/]{1,76}+={0,2})(?:\\n|[\"',\s+\\}])*+\Z")
_WITHIN: Final = re.compile(r"(?:[A-Za-z0-9+/=\\]|[ ,:-](?![\"'])|%0[AaDd]|%2[BbFf]|%3[Dd])++")
_NOT_WITHIN: Final = re.compile(r"[^A-Za-z0-9+/=\\]")

_IN_BASE64: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,}+={0,2}")
"""`-----BEGIN ` in base64, as a kubeconfig and a Secret hold it."""


def _plain(text: str) -> Iterator[Span]:
    done = 0

    def judge(key: re.Match[str]) -> list[Span]:
        nonlocal done
        before = max(key.start() - _EDGE_LENGTH, done)
        edge = _EDGE.search(text, before, key.start()) if "--" in text[before : key.start()] else None
        if edge is None:
            return []
        if edge["edge"] == "BEGIN":
            spans, done = _after_begin(text, key.end())
        else:
            spans, done = _before_end(text, done, edge.start()), key.end()
        return spans

    return proposed(_KEY, text, judge)


def _after_begin(text: str, at: int) -> tuple[list[Span], int]:
    """What follows the BEGIN that ends at `at`, and where reading goes on."""
    line_end = end_of_line(text, at, at + _LONGEST_LINE)
    dashes = text.find("--", at, line_end)
    if dashes >= 0:
        return [Span(at, dashes)], dashes
    within = _WITHIN.match(text, at, line_end)
    if within and len(within[0]) > _LEAST:
        return [Span(*within.span())], within.end()
    return _lines_after(text, line_end + 1)


def _lines_after(text: str, at: int) -> tuple[list[Span], int]:
    spans: list[Span] = []
    last, skipped = False, 0
    while at < len(text) and len(spans) < _LONGEST and skipped <= _HEADERS and not last:
        end = end_of_line(text, at)
        if text.find("--END", at, end) >= 0:
            break
        body = _in_line(text, at, end, last=bool(spans))
        if body:
            spans.append(body)
            last = body.end - body.start < spans[0].end - spans[0].start
        else:
            skipped += 1
        at = end + 1
    return spans, min(at, len(text))


def _before_end(text: str, done: int, at: int) -> list[Span]:
    """What stands before an END whose BEGIN is not in the text, back to `done`; `at` is where its dashes end."""
    at = len(text[max(done, at - 8) : at].rstrip("-")) + max(done, at - 8)
    start = start_of_line(text, at, max(done, at - _LONGEST_LINE))
    begun = max((m.end() for m in _NOT_WITHIN.finditer(text, start, at)), default=start)
    if at - begun > _LEAST:
        return [Span(begun, at)]
    spans: list[Span] = []
    while start > done and len(spans) < _LONGEST:
        end = start - 1
        start = start_of_line(text, end, done)
        body = _in_line(text, start, end, last=not spans)
        if body is None:
            break
        spans.append(body)
    return spans


def _in_line(text: str, start: int, end: int, *, last: bool) -> Span | None:
    """The base64 of one line of a key; its last line may be short."""
    bodies = [Span(*body.span()) for body in _BODY.finditer(text, start, end)]
    if bodies:
        return bodies[-1]
    found = _LAST_BODY.search(text, max(start, end - 100), end) if last else None
    return Span(*found.span("secret")) if found else None


def _if_private(match: re.Match[str]) -> tuple[Span, ...]:
    whole_groups = len(match[0].rstrip("=")) // 4 * 4
    head = base64.b64decode(match[0][: min(whole_groups, 64)])
    return (Span(*match.span()),) if b"PRIVATE" in head else ()


def _find(page: Page) -> Iterator[Span]:
    text = page.text
    return any_of(
        _plain(text) if page.may_hold("PRIVATE") else (),
        proposed(_IN_BASE64, text, _if_private) if page.may_hold("LS0tLS1CRUdJTi") else (),
    )


PRIVATE_KEY: Final = Detector("private_key", _find, ("PRIVATE", "LS0tLS1CRUdJTi"))
