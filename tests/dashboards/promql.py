"""Queries as Prometheus gets them from Grafana, and what they are made of. Pure; no parser of PromQL."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

TIMES: Final = {
    "__rate_interval": "5m",
    "__interval": "5m",
    "__range_s": "3600",
    "__range": "1h",
}
"""What Grafana puts in for an hour, in steps of five minutes."""

_VARIABLE: Final = re.compile(r"\$(?:\{([a-zA-Z_]\w*)\}|([a-zA-Z_]\w*))")
"""A `$1` is not one: it stands in the replacements of label_replace."""

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_SELECTOR: Final = re.compile(r'(?P<name>[a-zA-Z_:][\w:]*)?(?P<matchers>\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\})')
_CALL: Final = re.compile(
    r'(?P<function>\w+)\s*\(\s*(?P<name>[a-zA-Z_:][\w:]*)?(?:\{(?:[^{}"]|"[^"]*")*\})?\s*\[(?P<range>[^\]]*)\]'
)
_COUNTER: Final = re.compile(r"(?<![\w:])[a-zA-Z_]\w*_total(?![\w:])")


class Call(NamedTuple):
    """A function of one range: `rate(name{...}[range])`."""

    function: str
    name: str
    range: str


def filled(expr: str, values: Mapping[str, str]) -> str:
    """With the variables replaced. Raises KeyError for one that nobody has."""
    known = {**TIMES, **values}
    return _VARIABLE.sub(lambda found: known[found[1] or found[2]], expr)


def variables(expr: str) -> set[str]:
    """The names of the variables that are used, Grafana's own among them."""
    return {found[1] or found[2] for found in _VARIABLE.finditer(expr)}


def calls(expr: str) -> Iterator[Call]:
    """The functions of ranges that are called, subqueries left out."""
    for found in _CALL.finditer(expr):
        if ":" not in found["range"]:
            yield Call(found["function"], found["name"] or "", found["range"])


def counters(expr: str) -> list[str]:
    """Each time that a counter is named outside of texts."""
    return _COUNTER.findall(_STRING.sub('""', expr))


def selectors(expr: str) -> Iterator[tuple[str, str]]:
    """Names of series ('' where there is none) with their matchers."""
    for found in _SELECTOR.finditer(expr):
        yield found["name"] or "", found["matchers"]
