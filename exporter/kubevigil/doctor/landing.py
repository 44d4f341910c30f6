"""Where an alert of ours lands, and whether somebody hears of it there. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct, field

from kubevigil.doctor import matchers
from kubevigil.doctor.answer import Answer, ok, warn
from kubevigil.doctor.matchers import BadMatcher, Matcher
from kubevigil.doctor.routes import Config, InhibitRule, Landing, landings

CHECK: Final = "alert-route"

_ROUTE: Final = "give it a route: the chart's slack.secret.name and slack.routes, or docs/slack.md for the other ways"


class _SilenceMatcher(Struct, frozen=True, rename="camel"):
    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def matcher(self) -> Matcher:
        return Matcher(self.name, ("=" if self.is_equal else "!") + self._second(), self.value)

    def _second(self) -> str:
        if self.is_regex:
            return "~"
        return "" if self.is_equal else "="


class _State(Struct, frozen=True):
    state: str = ""


class Silence(Struct, frozen=True, rename="camel"):
    """As Alertmanager's API v2 tells it."""

    id: str = ""
    matchers: tuple[_SilenceMatcher, ...] = ()
    status: _State = field(default_factory=_State)
    created_by: str = ""
    comment: str = ""
    ends_at: str = ""


class Firing(Struct, frozen=True):
    """An alert that Alertmanager has, as its API v2 tells it."""

    labels: dict[str, str] = field(default_factory=dict)


def judge(
    config: Config, labels: Mapping[str, str], silences: Sequence[Silence] = (), firing: Sequence[Firing] = ()
) -> Answer:
    """Who hears of an alert with these labels now, and why."""
    alert = _shown(labels)
    try:
        places = landings(config.route, labels)
        hushed = _hushed(config, labels, silences, firing)
    except BadMatcher as error:
        return warn(CHECK, f"where {alert} lands cannot be told: {error}", _amtool(labels))
    words = "; ".join(_told(config, place) for place in places)
    if hushed:
        return warn(
            CHECK, f"{alert} is muted now: {hushed}. Else it goes to {words}", "end what mutes it, if it is not meant"
        )
    if not any(config.integrations(place.receiver) for place in places):
        return warn(CHECK, f"{alert} goes to {words}: nobody is told", _ROUTE)
    return ok(CHECK, f"{alert} goes to {words}{_of_info(labels)}")


def _told(config: Config, place: Landing) -> str:
    by = ", ".join(config.integrations(place.receiver)) or "tells nobody"
    times = f", not during {', '.join(place.muted_at)}" if place.muted_at else ""
    times += f", only during {', '.join(place.active_at)}" if place.active_at else ""
    return f"{place.receiver or '(no receiver)'} ({by}{times}) by {place.why}"


def _hushed(config: Config, labels: Mapping[str, str], silences: Sequence[Silence], firing: Sequence[Firing]) -> str:
    for silence in silences:
        conditions = [one.matcher() for one in silence.matchers]
        if silence.status.state == "active" and matchers.all_match(conditions, labels):
            who = f" by {silence.created_by}" if silence.created_by else ""
            return f"silence {silence.id}{who} until {silence.ends_at} ({matchers.shown(conditions)})"
    return next(_inhibitors(config, labels, firing), "")


def _inhibitors(config: Config, labels: Mapping[str, str], firing: Sequence[Firing]) -> Iterator[str]:
    for rule in config.inhibit_rules:
        target, source = rule.target(), rule.source()
        if not matchers.all_match(target, labels):
            continue
        # An alert of both sides is not muted by another of both sides: Alertmanager would mute them all.
        is_source = matchers.all_match(source, labels)
        for alert in firing:
            if _mutes(rule, source, alert.labels, labels) and not (
                is_source and matchers.all_match(target, alert.labels)
            ):
                yield f"{_shown(alert.labels)} fires, and an inhibit rule mutes {matchers.shown(target)} meanwhile"


def _mutes(rule: InhibitRule, source: Sequence[Matcher], theirs: Mapping[str, str], ours: Mapping[str, str]) -> bool:
    same = all(theirs.get(name, "") == ours.get(name, "") for name in rule.equal)
    return same and matchers.all_match(source, theirs)


def _of_info(labels: Mapping[str, str]) -> str:
    if labels.get("severity") != "info":
        return ""
    return "; kube-prometheus-stack mutes severity info where nothing worse fires in the namespace"


def _shown(labels: Mapping[str, str]) -> str:
    first = labels.get("alertname", "an alert")
    rest = ", ".join(f'{name}="{labels[name]}"' for name in ("namespace", "severity") if name in labels)
    return f"{first} ({rest})" if rest else first


def _amtool(labels: Mapping[str, str]) -> str:
    return "ask Alertmanager's own tool: amtool config routes test " + " ".join(f"{k}={v}" for k, v in labels.items())
