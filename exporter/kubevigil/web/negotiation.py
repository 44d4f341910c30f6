"""Which content coding a client takes (RFC 9110, 12.5.3). Pure; anything malformed counts as not offered."""

import re
from typing import Final

_WEIGHT: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the value of an Accept-Encoding header allows gzip; an empty or missing header asks for plain text.

    A coding that is named wins over `*`; of one named twice the last counts; a weight of 0 is a refusal.
    """
    weights: dict[str, float] = {}
    for offer in accept_encoding.split(","):
        coding, _, parameter = offer.partition(";")
        weights[coding.strip().lower()] = _weight(parameter.strip())
    for coding in ("gzip", "x-gzip", "*"):
        if coding in weights:
            return weights[coding] > 0
    return False


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    match = _WEIGHT.fullmatch(parameter)
    return float(match.group(1)) if match else 0.0
