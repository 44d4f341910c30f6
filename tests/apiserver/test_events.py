"""Events on a real API server."""

from typing import Any

import pytest

from kubevigil.kube.connection import Connection
from kubevigil.kube.errors import Forbidden
from kubevigil.kube.events import LONGEST_MESSAGE, EventRecorder, Occurrence, Subject
from kubevigil.kube.writing import Writer
from tests.chart.apiserver import ApiServer

Object = dict[str, Any]
NOW = 1_795_000_000.0
FAILED = Occurrence("RunFailed", "main: Error (exit code 7)", warning=True)


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return NOW + self.now


def _recorder(connection: Connection, clock: Clock) -> EventRecorder:
    return EventRecorder(Writer(connection), "kubevigil-0", monotonic=clock.monotonic, wall=clock.wall)


def _check(namespace: str, name: str = "dns") -> Subject:
    return Subject("activemonitor.keikoproj.io/v1alpha1", "HealthCheck", namespace, name, f"uid-of-{name}")


def _events(connection: Connection, namespace: str) -> list[Object]:
    items: list[Object] = connection.get_json(f"/api/v1/namespaces/{namespace}/events", Object)["items"]
    return items


def test_the_same_within_ten_minutes_is_one_event_that_counts(connection: Connection, namespace: str) -> None:
    clock = Clock()
    recorder = _recorder(connection, clock)
    for _ in range(5):
        recorder.record(_check(namespace), FAILED)
        clock.now += 500.0
    (event,) = _events(connection, namespace)
    told = [event[key] for key in ("type", "reason", "message", "count")]
    assert told == ["Warning", "RunFailed", "main: Error (exit code 7)", 5]
    assert (event["firstTimestamp"], event["lastTimestamp"]) == ("2026-11-18T11:06:40Z", "2026-11-18T11:40:00Z")
    clock.now += 601.0
    recorder.record(_check(namespace), FAILED)
    assert sorted(event["count"] for event in _events(connection, namespace)) == [1, 5]


def test_kubectl_shows_it_under_its_object(server: ApiServer, connection: Connection, namespace: str) -> None:
    _recorder(connection, Clock()).record(_check(namespace), FAILED)
    told = server.kubectl("events", "--for=healthcheck.activemonitor.keikoproj.io/dns", f"--namespace={namespace}")
    assert "RunFailed" in told


def test_one_that_the_server_forgot_is_told_anew_with_its_count(connection: Connection, namespace: str) -> None:
    recorder = _recorder(connection, Clock())
    recorder.record(_check(namespace), FAILED)
    (event,) = _events(connection, namespace)
    Writer(connection).delete(f"/api/v1/namespaces/{namespace}/events/{event['metadata']['name']}")
    recorder.record(_check(namespace), FAILED)
    assert [event["count"] for event in _events(connection, namespace)] == [2]


def test_long_names_long_messages_and_half_characters_are_taken(connection: Connection, namespace: str) -> None:
    recorder = _recorder(connection, Clock())
    longest = ".".join(["x" * 62] * 4)
    for subject in (_check(namespace, longest), _check(namespace, "a" * 235 + "-" + "b" * 17)):
        recorder.record(subject, Occurrence("RunFailed", "é" * 2000 + "\ud800"))
    for event in _events(connection, namespace):
        assert len(event["message"].encode()) <= LONGEST_MESSAGE
        assert event["message"].endswith("é...")
    recorder.record(_check(namespace), Occurrence("RunFailed", "half: \ud800"))
    assert {event["message"] for event in _events(connection, namespace)} >= {"half: ?"}


def test_what_has_no_namespace_is_told_in_default(connection: Connection) -> None:
    subject = Subject("v1", "Node", "", "node-1", "uid-1")
    _recorder(connection, Clock()).record(subject, Occurrence("Seen", "here"))
    assert [event["involvedObject"]["name"] for event in _events(connection, "default")] == ["node-1"]


def test_a_right_that_is_missing_is_told(team: Connection, namespace: str) -> None:
    with pytest.raises(Forbidden, match="grant create on events"):
        _recorder(team, Clock()).record(_check(namespace), FAILED)
