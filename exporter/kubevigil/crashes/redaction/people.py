"""What identifies people: payment cards, bank accounts, e-mail addresses. Pure.

A card is 14 to 16 digits of a known brand (ISO/IEC 7812: first digits and lengths) whose check digit is right (Luhn).
An account is an IBAN of its country's length (ISO 13616) whose remainder by 97 is 1. One in ten random numbers passes
Luhn, so digits that go on in a longer number, a fraction or a name are left alone.
"""

import re
from collections.abc import Iterator
from typing import Final

from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.scanning import proposed

_CARD: Final = re.compile(
    r"[2-6](?:(?<![\w.+-][2-6])|(?<=\\[nrt][2-6]))(?:"
    r"\d{3}(?P<gap>[ -])\d{4}(?P=gap)\d{4}(?P=gap)\d{4}|\d{3}(?P<amex>[ -])\d{6}(?P=amex)\d{4,5}|\d{13,15}+"
    r")(?![\w-]|\.\d)",
    re.ASCII,
)
_BRANDS: Final = (
    (16, ((4000, 4999), (5100, 5599), (2221, 2720), (6011, 6011), (6440, 6599), (3528, 3589), (6200, 6299))),
    (15, ((3400, 3499), (3700, 3799))),
    (14, ((3000, 3059), (3600, 3699), (3800, 3999))),
)

_IBAN: Final = re.compile(
    r"[A-Z](?:(?<![A-Za-z0-9][A-Z])|(?<=\\[nrt][A-Z]))[A-Z]\d\d"
    r"(?:[A-Z0-9]{11,30}+|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?)(?![A-Za-z0-9])"
)
_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE BI",
        18: "DK FI FO GL NL",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU",
        31: "MT SC",
    }.items()
    for country in countries.split()
}

_EMAIL: Final = re.compile(r"@(?P<domain>[A-Za-z0-9](?:[A-Za-z0-9-]*+\.){1,8}+(?P<top>[A-Za-z]{2,24}+))(?![\w-])")
_LOCAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-"
_LONGEST_LOCAL: Final = 64
_NO_TOP: Final = frozenset(
    (
        *("local", "svc", "internal", "cluster", "localhost", "localdomain", "lan"),  # hosts within a cluster
        *("service", "socket", "timer", "mount", "target", "slice", "scope", "device", "path"),  # units of systemd
    )
)
_NO_DOMAIN: Final = re.compile(r"v?\d++\.\d|(?:openssh|libssh)\.(?:com|org)", re.IGNORECASE)
"""`package@1.2.3-beta.x`; names of ciphers."""


def _card(match: re.Match[str]) -> tuple[Span, ...]:
    digits = [int(c) for c in match[0] if c.isdigit()]
    first = int("".join(map(str, digits[:4])))
    known = any(
        len(digits) == length and any(low <= first <= high for low, high in ranges) for length, ranges in _BRANDS
    )
    return (Span(*match.span()),) if known and _luhn(digits) else ()


def _luhn(digits: list[int]) -> bool:
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _iban(match: re.Match[str]) -> tuple[Span, ...]:
    plain = match[0].replace(" ", "")
    if _IBAN_LENGTHS.get(plain[:2]) != len(plain):
        return ()
    number = int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4]))
    return (Span(*match.span()),) if number % 97 == 1 else ()


def _email(match: re.Match[str]) -> tuple[Span, ...]:
    at, text = match.start(), match.string
    before = text[max(0, at - _LONGEST_LOCAL) : at]
    local = before[len(before.rstrip(_LOCAL)) :].lstrip(".%+-")
    start = at - len(local)
    if not local or local == "git" or text.endswith("://", 0, start):
        return ()
    if match["top"].lower() in _NO_TOP or _NO_DOMAIN.match(match["domain"]):
        return ()
    return (Span(start, match.end()),)


def _cards(page: Page) -> Iterator[Span]:
    return proposed(_CARD, page.text, _card)


def _ibans(page: Page) -> Iterator[Span]:
    return proposed(_IBAN, page.text, _iban)


def _emails(page: Page) -> Iterator[Span]:
    return proposed(_EMAIL, page.text, _email) if page.may_hold("@") else iter(())


CARD: Final = Detector("card", _cards)
IBAN: Final = Detector("iban", _ibans)
EMAIL: Final = Detector("email", _emails, ("@",))
