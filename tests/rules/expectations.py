"""What the unit tests in rules/tests/ expect of each alert: when it fires, and when it does not."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from .promtool import read
from .rendering import TESTS

Labels = dict[str, str]

_ALERTS: Final = re.compile(r'\bALERTS\{[^}]*alertname=~?"([\w|]+)"[^}]*\}')
_PART: Final = re.compile(r"(\d+)([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Expectation(NamedTuple):
    """At `at` seconds the alert fires, or not. `told` are the labels and annotations of each that does."""

    alert: str
    at: int
    fires: bool
    every: int = 60
    """Seconds from one evaluation of the rules to the next."""
    told: tuple[tuple[Labels, Labels], ...] = ()


Item = list[Expectation]
"""What one item of `tests` expects, in no order."""


def items() -> list[Item]:
    """The expectations of all items of all files."""
    files = [read(path) for path in TESTS.glob("*.yaml")]
    return [
        [expected._replace(every=seconds(file["evaluation_interval"])) for expected in _of(item)]
        for file in files
        for item in file["tests"]
    ]


def _of(item: dict[str, Any]) -> Iterator[Expectation]:
    yield from _of_alerts(item)
    yield from _of_queries(item)


def _of_alerts(item: dict[str, Any]) -> Iterator[Expectation]:
    for expected in item.get("alert_rule_test", ()):
        told = tuple((alert["exp_labels"], alert["exp_annotations"]) for alert in expected["exp_alerts"])
        yield Expectation(expected["alertname"], seconds(expected["eval_time"]), bool(told), told=told)


def _of_queries(item: dict[str, Any]) -> Iterator[Expectation]:
    """Of queries for ALERTS. What is pending does not fire, and of several names any may have been found."""
    for expected in item.get("promql_expr_test", ()):
        found = bool(expected.get("exp_samples"))
        for asked in _ALERTS.finditer(expected["expr"]):
            names = asked[1].split("|")
            if not found or (len(names) == 1 and 'alertstate="firing"' in asked[0]):
                yield from (Expectation(name, seconds(expected["eval_time"]), found) for name in names)


def seconds(duration: str) -> int:
    """Prometheus' durations, such as 1h10m."""
    parts = _PART.findall(duration)
    assert "".join(number + unit for number, unit in parts) == duration, f"{duration!r} is no duration"
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)
