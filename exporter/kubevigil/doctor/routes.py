"""Alertmanager's routing: which receivers an alert comes to, and by which routes. Pure.

Source: Alertmanager's documentation, "Configuration", section route: the first child that matches takes the alert, and
those after it only where it says `continue`; where no child does, the route itself has it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from kubevigil.doctor import matchers
from kubevigil.doctor.matchers import Matcher


class Route(Struct, frozen=True):
    """A route as it is written; what a child does not say it has from its parent."""

    receiver: str = ""
    matchers: tuple[str, ...] = ()
    match: dict[str, str] = field(default_factory=dict)
    match_re: dict[str, str] = field(default_factory=dict)
    continue_: bool = field(default=False, name="continue")
    routes: tuple["Route", ...] = ()
    mute_time_intervals: tuple[str, ...] = ()
    active_time_intervals: tuple[str, ...] = ()

    def conditions(self) -> list[Matcher]:
        """All of its matchers. Raises BadMatcher."""
        return [*matchers.older(self.match, self.match_re), *matchers.parsed(self.matchers)]


class InhibitRule(Struct, frozen=True):
    """While an alert of the source fires, those of the target with equal labels are muted."""

    source_matchers: tuple[str, ...] = ()
    source_match: dict[str, str] = field(default_factory=dict)
    source_match_re: dict[str, str] = field(default_factory=dict)
    target_matchers: tuple[str, ...] = ()
    target_match: dict[str, str] = field(default_factory=dict)
    target_match_re: dict[str, str] = field(default_factory=dict)
    equal: tuple[str, ...] = ()

    def source(self) -> list[Matcher]:
        """Raises BadMatcher."""
        return [*matchers.older(self.source_match, self.source_match_re), *matchers.parsed(self.source_matchers)]

    def target(self) -> list[Matcher]:
        """Raises BadMatcher."""
        return [*matchers.older(self.target_match, self.target_match_re), *matchers.parsed(self.target_matchers)]


class Config(Struct, frozen=True):
    """Alertmanager's configuration, as far as it decides who hears of an alert."""

    route: Route = field(default_factory=Route)
    receivers: tuple[dict[str, Any], ...] = ()
    inhibit_rules: tuple[InhibitRule, ...] = ()

    def integrations(self, receiver: str) -> list[str]:
        """How a receiver tells people: `slack`, `email`, ...; none where it tells nobody."""
        found = next((one for one in self.receivers if one.get("name") == receiver), {})
        return [key.removesuffix("_configs") for key, value in found.items() if key.endswith("_configs") and value]


class Landing(Struct, frozen=True):
    """Where an alert comes to. `trail` has the conditions of the routes on the way; the root has none."""

    receiver: str
    trail: tuple[str, ...] = ()
    muted_at: tuple[str, ...] = ()
    active_at: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """The way, in words."""
        return " > ".join(f"[{step}]" for step in self.trail) or "no route matches, so the root's receiver has it"


def landings(root: Route, labels: Mapping[str, str]) -> list[Landing]:
    """Where an alert with these labels comes to, in order. Raises BadMatcher."""
    return list(_within(root, labels, Landing(root.receiver)))


def _within(route: Route, labels: Mapping[str, str], here: Landing) -> Iterator[Landing]:
    taken = False
    for child in route.routes:
        conditions = child.conditions()
        if not matchers.all_match(conditions, labels):
            continue
        there = Landing(
            child.receiver or here.receiver,
            (*here.trail, matchers.shown(conditions)),
            child.mute_time_intervals,
            child.active_time_intervals,
        )
        yield from _within(child, labels, there)
        taken = True
        if not child.continue_:
            break
    if not taken:
        yield here
