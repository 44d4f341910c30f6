"""Asks Prometheus and Alertmanager what the doctor wants to know of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct, field

from kubevigil.app import manifest_yaml
from kubevigil.app.doctor_peers import Peer
from kubevigil.bundle import documents
from kubevigil.doctor import landing, prometheus, scraping, series
from kubevigil.doctor.answer import Answer
from kubevigil.doctor.landing import Firing, Silence
from kubevigil.doctor.prometheus import NotUnderstood, Sample, Target
from kubevigil.doctor.routes import Config

_QUERY: Final = "/api/v1/query"


class Wanted(NamedTuple):
    """What there should be: `alerts` of our rule objects, where they could be read; series by `questions` of boards."""

    alerts: frozenset[str]
    questions: Callable[[], Mapping[str, str]]


def query(peer: Peer, expression: str) -> list[Sample]:
    """What Prometheus says to an expression now. Raises Away, NotUnderstood."""
    return prometheus.vector(peer.get(_QUERY, {"query": expression}))


Question = tuple[str, Callable[[], Sequence[Answer]]]
"""The check's name, and what answers it; that may raise Away or NotUnderstood."""


def of_prometheus(peer: Peer, wanted: Wanted) -> Iterator[Question]:
    """What is asked of Prometheus, in order."""
    yield scraping.SCRAPE, lambda: [_scrape(peer)]
    yield scraping.LOADED, lambda: [scraping.loaded(prometheus.rules(peer.get("/api/v1/rules")), wanted.alerts)]
    yield scraping.HANDED_ON, lambda: [scraping.handed_on(prometheus.alertmanagers(peer.get("/api/v1/alertmanagers")))]
    yield scraping.NOTIFIED, lambda: [scraping.notified(query(peer, scraping.FAILED_NOTIFICATIONS))]
    yield scraping.FIRING, lambda: [scraping.own_alerts(query(peer, scraping.FIRING_ALERTS))]
    yield series.CHECK, lambda: _series(peer, wanted.questions())


def _scrape(peer: Peer) -> Answer:
    up = query(peer, scraping.UP)
    down = any(not sample.number for sample in up)
    targets: Sequence[Target] = prometheus.targets(peer.get("/api/v1/targets", {"state": "active"})) if down else ()
    return scraping.scrape(up, targets)


def questions_of_boards() -> Mapping[str, str]:
    """By the title of each dashboard of this version, its query for the series that it needs; takes seconds."""
    boards = documents.render("dashboards", "", {}).documents
    return series.questions({board.name: board.text for board in boards})


def _series(peer: Peer, questions: Mapping[str, str]) -> Sequence[Answer]:
    return series.judge({title: query(peer, expression) for title, expression in questions.items()})


class _ConfigText(Struct, frozen=True):
    original: str = ""


class _AlertmanagerStatus(Struct, frozen=True):
    config: _ConfigText = field(default_factory=_ConfigText)


def of_alertmanager(peer: Peer, labels: Mapping[str, str]) -> Iterator[Question]:
    """What is asked of Alertmanager."""
    yield landing.CHECK, lambda: [_landing(peer, labels)]


def _landing(peer: Peer, labels: Mapping[str, str]) -> Answer:
    status = _told(peer, "/api/v2/status", _AlertmanagerStatus)
    silences = _told(peer, "/api/v2/silences", list[Silence])
    firing = _told(peer, "/api/v2/alerts", list[Firing])
    return landing.judge(config_of(status.config.original), labels, silences, firing)


def _told(peer: Peer, path: str, shape: Any) -> Any:
    return prometheus.decoded(peer.get(path), shape, "Alertmanager")


def config_of(text: str) -> Config:
    """Alertmanager's configuration, from the YAML that it tells. Raises NotUnderstood."""
    try:
        return msgspec.convert(manifest_yaml.document(text), Config, strict=False)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors too
        raise NotUnderstood(f"Alertmanager's configuration cannot be read here: {error}") from error
