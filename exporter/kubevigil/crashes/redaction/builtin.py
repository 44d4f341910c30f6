"""The detectors that are built in, in the order in which they name what several of them find."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from kubevigil.crashes.redaction.detector import Detector
from kubevigil.crashes.redaction.headers import AUTHORIZATION, COOKIE
from kubevigil.crashes.redaction.jwts import JWT
from kubevigil.crashes.redaction.pairs import PAIRS
from kubevigil.crashes.redaction.people import CARD, EMAIL, IBAN
from kubevigil.crashes.redaction.private_keys import PRIVATE_KEY
from kubevigil.crashes.redaction.redactor import Redactor
from kubevigil.crashes.redaction.urls import URL
from kubevigil.crashes.redaction.vendors import VENDORS

DETECTORS: Final[Mapping[str, Detector]] = {
    detector.name: detector
    for detector in (PRIVATE_KEY, *VENDORS, JWT, AUTHORIZATION, COOKIE, URL, *PAIRS, CARD, IBAN, EMAIL)
}


def selected(names_off: Collection[str] = (), extra: Sequence[Detector] = ()) -> Redactor:
    """A redactor with all built-in detectors but those named, and with the user's own."""
    return Redactor([*(d for name, d in DETECTORS.items() if name not in names_off), *extra])
