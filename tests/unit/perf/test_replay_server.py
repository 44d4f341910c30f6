"""The replaying API server, asked over HTTP as its clients ask it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.perf.recording import Recording
from tests.perf.replay import ReplayServer

from .stand_in import EVENTS, LISTED, small_recording


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return small_recording(tmp_path)


@pytest.fixture
def server(recording: Recording, tmp_path: Path) -> Iterator[ReplayServer]:
    assert recording.index.listed == LISTED
    with ReplayServer(tmp_path) as running:
        yield running


@contextmanager
def asked(server: ReplayServer, path: str) -> Iterator[HTTPResponse]:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        yield connection.getresponse()
    finally:
        connection.close()


def listed(server: ReplayServer, query: str = "") -> dict[str, Any]:
    with asked(server, f"/api/v1/pods?{query}") as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def uids(page: dict[str, Any]) -> list[str]:
    return [item["metadata"]["uid"] for item in page["items"]]


def test_a_list_comes_in_pages_that_together_are_the_cluster(server: ReplayServer, recording: Recording) -> None:
    found, token = [], ""
    while True:
        page = listed(server, f"limit=4&continue={token}" if token else "limit=4")
        assert len(page["items"]) <= 4
        found += uids(page)
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert found == [line.uid for line in recording.index.lines[:LISTED]]


def test_a_list_from_the_cache_is_not_cut_into_pages(server: ReplayServer) -> None:
    page = listed(server, "limit=4&resourceVersion=0")
    assert len(page["items"]) == LISTED
    assert "continue" not in page["metadata"]


def test_a_watch_brings_every_event_once_it_is_told_to_happen_and_the_next_list_shows_them(
    server: ReplayServer, recording: Recording
) -> None:
    version = listed(server)["metadata"]["resourceVersion"]
    with asked(server, f"/api/v1/pods?watch=1&resourceVersion={version}") as watch:
        server.happen(EVENTS)
        events = [json.loads(watch.readline()) for _ in range(EVENTS)]
    lines = recording.index.lines[LISTED:]
    assert [(e["type"], e["object"]["metadata"]["uid"]) for e in events] == [(line.type, line.uid) for line in lines]
    present = {line.uid for line in recording.index.lines[:LISTED]}
    for line in lines:
        present = present - {line.uid} if line.type == "DELETED" else present | {line.uid}
    assert set(uids(listed(server))) == present


def test_a_watch_that_asks_for_the_initial_events_gets_them_and_the_bookmark_that_ends_them(
    server: ReplayServer, recording: Recording
) -> None:
    query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    with asked(server, f"/api/v1/pods?{query}") as watch:
        *events, end = [json.loads(watch.readline()) for _ in range(LISTED + 1)]
        server.happen(1)
        first = json.loads(watch.readline())
    assert {event["type"] for event in events} == {"ADDED"}
    assert [event["object"]["metadata"]["uid"] for event in events] == [w.uid for w in recording.index.lines[:LISTED]]
    assert end["type"] == "BOOKMARK"
    assert end["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert first["object"]["metadata"]["uid"] == recording.index.lines[LISTED].uid


def test_what_a_crash_s_capture_asks_for_is_answered(server: ReplayServer, recording: Recording) -> None:
    namespace, name = recording.index.lines[0].place.split("/")
    path = f"/api/v1/namespaces/{namespace}"
    with asked(server, f"{path}/pods/{name}") as answer:
        assert json.load(answer)["metadata"]["uid"] == recording.index.lines[0].uid
    with asked(server, f"{path}/pods/{name}/log?container=app&previous=true") as answer:
        assert answer.read().count(b"\n") == 40
    with asked(server, f"{path}/events") as answer:
        assert json.load(answer)["items"] == []
    with asked(server, "/apis/apps/v1/deployments") as answer:
        assert answer.status == 404
