"""HTTP's own credentials: authorization and cookies, as clients and servers dump them. Pure.

Sources: RFC 9110, 11 (Authorization), RFC 7617 (Basic), RFC 6750 (Bearer), RFC 6265 (cookies). The scheme and the
names of cookies stay readable. `Authorization: denied` is an answer, not a credential.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.innocence import is_plain_word, looks_random
from kubevigil.crashes.redaction.scanning import any_of, proposed

_QUOTES = r"(?:[\"'\\\])]|&quot;|%22|\\u0022){0,6}+"
_ASSIGNED = (
    rf"{_QUOTES}[ \t]{{0,4}}+(?:[:=]|=>|%3a|\\u003[ad])>?[ \t]{{0,4}}+(?:[\"'\\\[(]|&quot;|%22|\\u0022|Some){{0,8}}+"
)
_AUTHORIZATION: Final = re.compile(rf"authorization{_ASSIGNED}")
_SCHEME: Final = re.compile(
    r"(?:(?P<long>AWS4-HMAC-SHA256|Digest|Hawk|OAuth|Signature|NTLM|Negotiate)|"
    r"Bearer|Basic|Token|ApiKey|Api-Key|Key|JWT|Splunk|SSWS|GoogleLogin|SharedKey|SharedAccessSignature|PRIVATE-TOKEN)"
    r"(?:\s|%20|\+){1,3}+(?:token=|auth=)?",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(r"[^\s\"'\\,;\])}<>&]++")
_REST: Final = re.compile(r"[^\n\\\]}]++")

_BEARER: Final = re.compile(r"bearer(?:,? |%20|\+)(?P<secret>[a-z0-9._~+/%-]{8,}+=*+)")
_BASIC: Final = re.compile(r"basic (?P<secret>[a-z0-9+/]{6,}+={0,2})")

_COOKIE: Final = re.compile(rf"cookies?2?{_ASSIGNED}")
_PAIR: Final = re.compile(r"[ \t]*+(?P<name>[!#$%&*+.^`|~\w-]{1,128}+)=(?P<secret>[^\s;\"'\\\]]*+);?")
_ATTRIBUTES: Final = frozenset(
    ("path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "partitioned", "priority")
)
_LONGEST_ATTRIBUTE: Final = 256


def _find_authorization(page: Page) -> Iterator[Span]:
    text, low = page.text, page.lowered

    def credential(match: re.Match[str]) -> tuple[Span, ...]:
        scheme = _SCHEME.match(text, match.end())
        at = scheme.end() if scheme else match.end()
        value = (_REST if scheme and scheme["long"] else _VALUE).match(text, at)
        if value is None or (not scheme and is_plain_word(value[0])):
            return ()
        return (Span(*value.span()),)

    def bearer(match: re.Match[str]) -> tuple[Span, ...]:
        span = Span(*match.span("secret"))
        return (span,) if looks_random(text[span.start : span.end]) else ()

    def basic(match: re.Match[str]) -> tuple[Span, ...]:
        span = Span(*match.span("secret"))
        return (span,) if _is_user_and_password(text[span.start : span.end]) else ()

    return any_of(
        proposed(_AUTHORIZATION, low, credential) if page.may_hold("authorization") else (),
        proposed(_BEARER, low, bearer) if page.may_hold("bearer") else (),
        proposed(_BASIC, low, basic) if page.may_hold("basic ") else (),
    )


def _is_user_and_password(encoded: str) -> bool:
    try:
        decoded = base64.b64decode(encoded[:4096] + "=" * (-len(encoded[:4096]) % 4))
    except (binascii.Error, ValueError):
        return False
    return b":" in decoded and decoded.isascii() and decoded.decode().isprintable()


def _find_cookies(page: Page) -> Iterator[Span]:
    text, low = page.text, page.lowered

    def values(match: re.Match[str]) -> Iterator[Span]:
        at = match.end()
        while pair := _PAIR.match(text, at):
            value = pair["secret"]
            if value and (pair["name"].lower() not in _ATTRIBUTES or len(value) > _LONGEST_ATTRIBUTE):
                yield Span(*pair.span("secret"))
            at = pair.end()
            if not pair[0].endswith(";"):
                break

    return proposed(_COOKIE, low, values) if page.may_hold("cookie") else iter(())


AUTHORIZATION: Final = Detector("authorization", _find_authorization, ("authorization", "bearer", "basic "))
COOKIE: Final = Detector("cookie", _find_cookies, ("cookie",))
