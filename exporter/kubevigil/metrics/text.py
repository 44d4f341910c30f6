"""The Prometheus text format 0.0.4, as bytes.

Source: Prometheus documentation, "Exposition formats". A label value may be any text there, but the world's parsers
are not all of that opinion: control characters and lone surrogates, which Kubernetes itself never lets in but a broken
object could carry, become U+FFFD, so that one bad value cannot spoil a scrape.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_NEEDS_CARE: Final = re.compile(r'[\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]')
_ESCAPES: Final = {"\\": r"\\", '"': r"\"", "\n": r"\n"}


class Family(NamedTuple):
    """A metric family: its name is public API.

    `kind` is counter, gauge or histogram; `labels` are in the order of samples, without a histogram's `le`.
    """

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]

    def header(self) -> bytes:
        """The HELP and TYPE lines."""
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} {self.kind}\n".encode()


def label_value(value: str) -> str:
    """The value as it may stand between quotes."""
    if _NEEDS_CARE.search(value) is None:
        return value
    return _NEEDS_CARE.sub(lambda match: _ESCAPES.get(match[0], "\ufffd"), value)


def label_pairs(names: Iterable[str], values: Sequence[str]) -> str:
    """`name="value"` pairs, joined; the caller puts the braces."""
    if _NEEDS_CARE.search("".join(values)) is None:  # one search for them all
        return ",".join([f'{name}="{value}"' for name, value in zip(names, values, strict=True)])
    return ",".join([f'{name}="{label_value(value)}"' for name, value in zip(names, values, strict=True)])


def sample(name: str, pairs: str, value: float) -> str:
    """One line; whole numbers are written without a fraction."""
    number = str(int(value)) if value == int(value) else repr(value)
    return f"{name}{{{pairs}}} {number}\n"


def family_text(family: Family, samples: Iterable[tuple[Sequence[str], float]]) -> bytes:
    """A whole family with its header; nothing at all for one without samples."""
    body = "".join(sample(family.name, label_pairs(family.labels, values), value) for values, value in samples)
    return family.header() + body.encode() if body else b""
