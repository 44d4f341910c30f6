r"""Where the value of an assignment begins and ends, in whatever notation: quoted, escaped, encoded, bare. Pure.

A quote may be escaped as often as the text was put into other texts: at the first level it is `\"`, then `\\\"`. It
ends at the next quote with as many backslashes; one with fewer ends what it stood in, and so the value too.
"""

import re
from typing import Final, NamedTuple


class Value(NamedTuple):
    """A value's place, without its quotes."""

    start: int
    end: int
    quoted: bool


_OPENING: Final = re.compile(
    r"(?:\[|Some\(|SecretStr\(|Secret\(|[bBuUrR]{1,2}(?=[\"']))?"
    r"(?:(?P<escapes>\\{0,15})(?P<quote>[\"'`])|(?P<encoded>&quot;|&\#3[49];|%22|%27|\\u0022|\\u0027)"
    r"|(?P<bytes>\[?\d{1,3}(?:[ ,]{1,2}\d{1,3}){3,}+(?=\])))?"
)
_QUOTES: Final = {quote: re.compile(rf"(?P<escapes>\\*+){quote}|\n") for quote in "\"'`"}

_NEXT: Final = r"(?:[\s\"'`)\]}\\]|\Z|[\w.-]{1,40}+\\{0,3}[\"']?[=:]|amp;|quot;|\#\d)"
_BARE: Final = re.compile(
    rf"(?:[^\s,;&|\"'`\\<]++|[,;&|](?!{_NEXT})|[\"'`](?=[A-Za-z0-9])|\\(?![nrt\"'`\\]|u00)|\\\\(?![\"'\\])|<(?![/!a-zA-Z]))++"
)
_BARE_ENCODED: Final = re.compile(r"(?:[^\s,;&|\"'`\\<%]++|%(?!26|22|27|2[cC]|7[dD]|20|0[aAdD]|3[bB]))++")
_ELEMENT: Final = re.compile(r"(?P<secret>[^<\n]{1,4096}+)</")
_CLOSING = ")]}>"


def value_at(text: str, at: int, *, encoded: bool) -> Value | None:
    """The value that begins at `at`, None if there is none. `encoded` says that the text before is percent-encoded."""
    opening = _OPENING.match(text, at)
    if opening is None:
        return None
    if opening["bytes"]:
        return Value(*opening.span("bytes"), quoted=True)
    start = opening.end()
    if opening["quote"]:
        return Value(start, _closing(text, start, opening), quoted=True)
    if opening["encoded"]:
        closing = re.compile(rf"{re.escape(opening['encoded'])}|\n").search(text, start)
        if closing and closing[0] != "\n":
            return Value(start, closing.start(), quoted=True)
    bare = (_BARE_ENCODED if encoded else _BARE).match(text, start)
    return Value(start, _without_closing(text, start, bare.end()), quoted=False) if bare else None


def element_at(text: str, at: int) -> Value | None:
    """The text of an XML element that begins at `at`."""
    element = _ELEMENT.match(text, at)
    return Value(*element.span("secret"), quoted=True) if element else None


def _closing(text: str, start: int, opening: re.Match[str]) -> int:
    """Where the quoted value ends; without a closing quote, where its line does."""
    level = len(opening["escapes"])
    for quote in _QUOTES[opening["quote"]].finditer(text, start):
        if quote[0] == "\n":
            return quote.start()
        escapes = len(quote["escapes"])
        if escapes < level or escapes % (2 * level + 2) == level:
            return quote.start() if escapes <= level else quote.end() - 1 - level
    return len(text)


def _without_closing(text: str, start: int, end: int) -> int:
    """The end of a bare value without the brackets around it and what follows them."""
    value = text[start:end]
    inner = value.rstrip(".:!?" + _CLOSING)
    tail = value[len(inner) :]
    if any(c in _CLOSING for c in tail) and not any(c in "([{<" for c in inner):
        return start + len(inner)
    return end
