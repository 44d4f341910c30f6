"""Passwords and tokens in addresses: `scheme://user:password@host`, data source names, signed URLs. Pure.

Source: RFC 3986, 3.2.1. The user's name and the host stay readable; they are what one needs to find the mistake.
"""

import re
from collections.abc import Iterator
from typing import Final

from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.scanning import any_of, proposed, whole

_END = r"\s\"'<>`\\"
_AUTHORITY: Final = re.compile(rf"://[^{_END}/?#@:]*+:(?P<secret>(?:[^{_END}/?#@]*+@)++)")
_WILD: Final = re.compile(
    rf"://[^{_END}/?#@:]*+:(?!\d{{1,5}}[/?#])(?P<secret>[^{_END}/@]{{1,128}}+(?:/(?!/)[^{_END}/@]*+){{0,8}}+@)(?=[\w.\[-]++(?:[:/,?]|\Z|[{_END}]))"
)
"""A password with `/`, `?` or `#` in it, which should have been encoded; a port is no password."""

_LONE: Final = re.compile(rf"://(?P<secret>[^{_END}/?#@:]{{16,}}+)@(?!sha256:)")
"""A token in the place of the user, as for git."""

_ORACLE: Final = re.compile(rf"jdbc:oracle:(?:thin|oci):[^{_END}/@]*+/(?P<secret>[^{_END}@]++)@")
_SOCKET: Final = re.compile(r"@(?:tcp|unix)\(")
_BEFORE_SOCKET: Final = re.compile(rf"(?:[\w.-]{{1,40}}+=)?[\w.%+-]{{1,64}}+:(?P<secret>[^{_END}]{{1,128}}+)\Z")
_SIGNATURE: Final = re.compile(r"sig(?:nature)?(?:=|%3d)(?P<secret>[a-z0-9%+/_=-]{16,}+)")


def _without_at(match: re.Match[str]) -> tuple[Span, ...]:
    start, end = match.span("secret")
    return (Span(start, end - 1),)


def _if_random(match: re.Match[str]) -> tuple[Span, ...]:
    """A long user name is a token if it has digits among its letters, and is no name of words."""
    user = match["secret"]
    random = any(c.isdigit() for c in user) and any(c.isalpha() for c in user) and "." not in user
    return (Span(*match.span("secret")),) if random else ()


def _before_socket(match: re.Match[str]) -> tuple[Span, ...]:
    at = match.start()
    start = max(0, at - 200)
    before = match.string[start:at]
    begun = start + max(before.rfind(c) for c in " \t\n\"'`<>") + 1
    found = _BEFORE_SOCKET.match(match.string, begun, at)
    return (Span(*found.span("secret")),) if found else ()


def _if_in_query(match: re.Match[str]) -> tuple[Span, ...]:
    before = match.string[max(0, match.start() - 5) : match.start()]
    return (Span(*match.span("secret")),) if before.endswith(("?", "&", ";", "-", "%26", "%3f", "\\u0026")) else ()


def _find(page: Page) -> Iterator[Span]:
    text = page.text
    searches: list[Iterator[Span]] = []
    if page.may_hold("://") and page.may_hold("@"):
        searches += [proposed(p, text, _without_at) for p in (_AUTHORITY, _WILD)] + [proposed(_LONE, text, _if_random)]
    if page.may_hold("jdbc:oracle"):
        searches.append(whole(_ORACLE, text))
    if page.may_hold("@tcp(") or page.may_hold("@unix("):
        searches.append(proposed(_SOCKET, text, _before_socket))
    if page.may_hold("sig"):
        searches.append(proposed(_SIGNATURE, page.lowered, _if_in_query))
    return any_of(*searches)


URL: Final = Detector("url", _find, ("://", "@", "@tcp(", "@unix(", "jdbc:oracle", "sig"))
