"""What Prometheus' HTTP API answers, in the shapes that are read here. Pure.

Source: Prometheus documentation, "HTTP API", version 1.
"""

from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct, field

T = TypeVar("T")


class NotUnderstood(ValueError):
    """The answer is not what Prometheus, or Alertmanager, would say; the message is for the reader."""


class _Answer(Struct, Generic[T], frozen=True, rename="camel"):
    status: str
    data: T | None = None
    error_type: str = ""
    error: str = ""


class Sample(Struct, frozen=True):
    """One of an instant vector: its labels, and (Unix seconds, the value as text)."""

    metric: dict[str, str] = field(default_factory=dict)
    value: tuple[float, str] = (0.0, "0")

    @property
    def number(self) -> float:
        """The value."""
        return float(self.value[1])


class _Result(Struct, frozen=True, rename="camel"):
    result_type: str = ""
    result: list[Sample] = field(default_factory=list)


class Target(Struct, frozen=True, rename="camel"):
    """A target that is scraped."""

    labels: dict[str, str] = field(default_factory=dict)
    scrape_pool: str = ""
    scrape_url: str = ""
    health: str = ""
    last_error: str = ""


class _Targets(Struct, frozen=True, rename="camel"):
    active_targets: list[Target] = field(default_factory=list)


class Rule(Struct, frozen=True, rename="camel"):
    """A rule that is loaded; `health` is ok, err or unknown."""

    name: str = ""
    type: str = ""
    health: str = ""
    last_error: str = ""


class RuleGroup(Struct, frozen=True):
    """A group of them."""

    name: str = ""
    file: str = ""
    rules: list[Rule] = field(default_factory=list)


class _Rules(Struct, frozen=True):
    groups: list[RuleGroup] = field(default_factory=list)


class _Url(Struct, frozen=True):
    url: str = ""


class _Alertmanagers(Struct, frozen=True, rename="camel"):
    active_alertmanagers: list[_Url] = field(default_factory=list)


def vector(body: bytes) -> list[Sample]:
    """Of `/api/v1/query`. Raises NotUnderstood."""
    return _data(body, _Result).result


def targets(body: bytes) -> list[Target]:
    """Of `/api/v1/targets`. Raises NotUnderstood."""
    return _data(body, _Targets).active_targets


def rules(body: bytes) -> list[RuleGroup]:
    """Of `/api/v1/rules`. Raises NotUnderstood."""
    return _data(body, _Rules).groups


def alertmanagers(body: bytes) -> list[str]:
    """The addresses of `/api/v1/alertmanagers`. Raises NotUnderstood."""
    return [one.url for one in _data(body, _Alertmanagers).active_alertmanagers]


def _data(body: bytes, shape: type[T]) -> T:
    answer: _Answer[Any] = decoded(body, _Answer[shape], "Prometheus")  # type: ignore[valid-type]
    if answer.status != "success" or answer.data is None:
        raise NotUnderstood(f"Prometheus answers: {answer.error or answer.status}")
    data: T = answer.data
    return data


def decoded(body: bytes, shape: type[T], who: str) -> T:
    """The body as a `shape`. Raises NotUnderstood, which names who should have said it."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotUnderstood(f"that is not what {who} would answer: is it another program's address?") from error
