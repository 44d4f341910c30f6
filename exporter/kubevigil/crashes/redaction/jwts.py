"""JSON web tokens, those of Kubernetes' service accounts among them. Pure. Source of the shape: RFC 7515, 7516."""

import re
from collections.abc import Iterator
from typing import Final

from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.scanning import any_of, proposed, whole

_WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_LONGEST_HEADER: Final = 4096

_AT_START: Final = re.compile(
    r"eyJ(?:(?<![A-Za-z0-9_-]eyJ)|(?<=\\[nrt]eyJ)|(?<=%[0-9A-Fa-f][0-9A-Fa-f]eyJ))[\w-]{8,}+(?:\.[\w-]{4,}+)(?:\.[\w-]*+){0,3}+",
    re.ASCII,
)
_INSIDE: Final = re.compile(r"\.eyJ[\w-]{4,}+(?:\.[\w-]*+)?", re.ASCII)
"""The second part of a signed token begins like the first; what is glued to the first does not matter here."""


def _with_header(match: re.Match[str]) -> tuple[Span]:
    before = match.string[max(0, match.start() - _LONGEST_HEADER) : match.start()]
    header = before[len(before.rstrip(_WORD)) :]
    begun = header.find("eyJ")
    return (Span(match.start() - (len(header) - begun if begun >= 0 else len(header)), match.end()),)


def _find(page: Page) -> Iterator[Span]:
    if not page.may_hold("eyJ"):
        return iter(())
    return any_of(whole(_AT_START, page.text), proposed(_INSIDE, page.text, _with_header))


JWT: Final = Detector("jwt", _find, ("eyJ",))
