"""Pods that no API server would send, among ones that it would: through decoding, the books and the text format.

Each pod is one of the API's own shape with one to three of its fields dropped, set to null, retyped, made huge or
filled with odd text. Whatever becomes of it, its neighbours must be shown and counted as if it were not there.
"""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kubevigil.kube.answers import Change, Failure, Skipped
from kubevigil.kube.decode import Decoder
from kubevigil.kube.errors import Undecodable
from kubevigil.metrics.exposition import Exposition
from kubevigil.model.pod import Pod
from kubevigil.model.record import Record
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.families import FAMILIES
from kubevigil.pods.intake import Intake
from kubevigil.pods.observation import Backlog
from kubevigil.pods.selection import Selection
from kubevigil.store.database import open_sqlite
from kubevigil.store.journal import Journal
from tests.conftest import Tell

Json = dict[str, Any]

SEED = 4
NOW = 1_700_001_000.0
PAGE = 100
WELL_IN_A_PAGE = 5

ODD_TEXTS = (
    "",
    "\x00",
    "a\nb",
    '"} 1\nfake{x="',
    "\\",
    "\ud800",
    "\udfff\ud800",
    "\U0001f4a5" * 50,
    "\u202e\u0000\ufeff",
    "é" * 300,
    "x" * 200_000,
    "../../etc/passwd",
    "9999-99-99T99:99:99Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999-23:59",
    "0001-01-01T00:00:00",
    "1e999",
    "٣",
)
ODD_NUMBERS = (
    -1,
    2**31 - 1,
    2**31,
    -(2**31),
    2**63 - 1,
    2**63,
    2**64,
    -(2**63) - 1,
    10**30,
    10**400,
    1.5,
    1e308,
    -0.0,
    2.0,
)
ODD_THINGS: tuple[Any, ...] = (None, True, False, [], {}, [None], [[]], {"": None}, [{"name": "x"}], {"name": 5})


def whole(index: int) -> Json:
    """A pod whose only container has died twice, with every field that is read and a few that are not."""
    id_ = [f"containerd://{index:032x}{n:032x}" for n in range(3)]
    ends = [
        {
            "exitCode": 1 + n,
            "signal": 0,
            "reason": "Error",
            "message": "it broke",
            "startedAt": f"2023-11-14T22:1{n}:00Z",
            "finishedAt": f"2023-11-14T22:1{n}:30Z",
            "containerID": id_[n],
        }
        for n in range(2)
    ]
    status = {
        "name": "app",
        "restartCount": 1,
        "image": "shop/app:1",
        "imageID": "registry/shop/app@sha256:" + "0" * 64,
        "containerID": id_[1],
        "ready": False,
        "state": {"terminated": ends[1]},
        "lastState": {"terminated": ends[0]},
    }
    sidecar = {**status, "name": "side", "state": {"running": {"startedAt": "2023-11-14T22:12:00Z"}}}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": f"pod-{index}",
            "namespace": "shop",
            "uid": f"uid-{index}",
            "resourceVersion": str(1000 + index),
            "creationTimestamp": "2023-11-14T22:00:00Z",
            "deletionTimestamp": "2023-11-15T22:00:00Z",
            "deletionGracePeriodSeconds": 30,
            "ownerReferences": [{"kind": "ReplicaSet", "name": "app-7d4b9c6f5", "controller": True}],
            "labels": {"pod-template-hash": "7d4b9c6f5", "app": "app"},
            "annotations": {"kubevigil.io/ignore": "false"},
        },
        "spec": {
            "nodeName": "node-1",
            "restartPolicy": "Always",
            "containers": [{"name": "app", "restartPolicy": None}],
            "initContainers": [{"name": "side", "restartPolicy": "Always"}],
        },
        "status": {
            "phase": "Running",
            "reason": "",
            "message": "",
            "startTime": "2023-11-14T22:00:00Z",
            "conditions": [
                {
                    "type": "DisruptionTarget",
                    "status": "False",
                    "reason": "EvictionByEvictionAPI",
                    "lastTransitionTime": "2023-11-14T22:00:00Z",
                }
            ],
            "containerStatuses": [status],
            "initContainerStatuses": [sidecar],
            "ephemeralContainerStatuses": [{"name": "debug", "state": {"waiting": {"reason": "ImagePullBackOff"}}}],
        },
    }


def places(thing: Any) -> Iterator[tuple[Any, Any]]:
    """Every (parent, key) below `thing`."""
    keys = list(thing) if isinstance(thing, dict) else list(range(len(thing))) if isinstance(thing, list) else []
    for key in keys:
        yield thing, key
        yield from places(thing[key])


def mutate(pod: Json, chance: random.Random) -> None:
    """Spoils one field."""
    parent, key = chance.choice(list(places(pod)))
    match chance.randrange(6), parent[key]:
        case 0, _:
            del parent[key]
        case 1, _:
            parent[key] = None
        case 2, _:
            parent[key] = copy.deepcopy(chance.choice((*ODD_TEXTS, *ODD_NUMBERS, *ODD_THINGS)))
        case _, str():
            parent[key] = chance.choice(ODD_TEXTS)
        case _, int():
            parent[key] = chance.choice(ODD_NUMBERS)
        case _, list() as items:
            parent[key] = items * chance.choice((0, 2, 50))
        case _, fields:
            parent[key] = {} if isinstance(fields, dict) else fields


def mutants(count: int, chance: random.Random) -> Iterator[Json]:
    for index in range(count):
        pod = whole(index)
        for _ in range(chance.randint(1, 3)):
            mutate(pod, chance)
        yield pod


def encoded(thing: Any, chance: random.Random) -> bytes:
    """As JSON; now and then as the raw bytes that no JSON has."""
    text = json.dumps(thing, ensure_ascii=chance.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


class Exporter:
    """All between the bytes of the API and those of a scrape, in one thread."""

    def __init__(self, folder: Path) -> None:
        journal = Journal(open_sqlite(folder, now=lambda: NOW), cluster="test", wall=lambda: NOW)
        loaded = journal.load()
        backlog = Backlog()
        counters = Counters(loaded.workloads, loaded.vanished, limit=100_000)
        self.records: list[Record] = []
        self._decoder: Decoder[Pod] = Decoder(Pod)
        self._intake = Intake("", selection=Selection(), always_info=True, pass_on=backlog.put, wall=lambda: NOW)
        self._exposition = Exposition(FAMILIES, counters.text)
        self._keeper = Bookkeeper(
            journal,
            loaded,
            counters,
            backlog,
            cluster="test",
            baseline_window=600,
            recorded=self.records.append,
            failed=self._refused,
        )
        self.skipped = 0

    def _refused(self, error: Exception) -> None:
        raise AssertionError("the store refused what came of a pod") from error

    def list(self, pages: list[bytes]) -> None:
        self._intake.sync_started()
        for body in pages:
            page = self._decoder.page(body)
            self.skipped += len(page.skipped)
            self._intake.page(page.items)
            for lost in page.skipped:
                self._intake.unreadable(lost.uid)
        self._intake.sync_finished("1")
        self.write()

    def line(self, line: bytes) -> None:
        try:
            event = self._decoder.event(line)
        except Undecodable:
            self.skipped += 1
            return
        assert not isinstance(event, Failure)
        if isinstance(event, Skipped):
            self.skipped += 1
        if isinstance(event, Change):
            (self._intake.deleted if event.type == "DELETED" else self._intake.changed)(event.item)

    def write(self) -> None:
        while self._keeper.step(0, Event()):
            pass

    def scrape(self) -> set[str]:
        """The names of the pods that show their restarts, by a strict parser of the text as a whole."""
        snapshot = self._intake.snapshot()
        if snapshot is not None:
            self._exposition.publish("", snapshot)
        text = b"".join(self._exposition.plain()).decode("utf-8")
        samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
        return {s.labels["pod"] for s in samples if s.name == "kubevigil_container_restarts_total"}


@pytest.fixture
def count(long_form: bool) -> int:
    return 20_000 if long_form else 2_000


def listed(count: int, chance: random.Random) -> Iterator[tuple[bytes, list[str]]]:
    """Pages of a list: spoilt pods and well ones, shuffled; with the names of the well ones."""
    spoilt = list(mutants(count, chance))
    for start in range(0, count, PAGE):
        well = [whole(10_000_000 + start + n) for n in range(WELL_IN_A_PAGE)]
        items = spoilt[start : start + PAGE] + well
        chance.shuffle(items)
        body = encoded({"kind": "PodList", "metadata": {"resourceVersion": "9"}, "items": items}, chance)
        yield body, [pod["metadata"]["name"] for pod in well]


@pytest.mark.timeout(300)
def test_spoilt_pods_of_a_list_cost_no_neighbour_its_series_or_its_deaths(
    tmp_path: Path, count: int, tell: Tell
) -> None:
    chance = random.Random(SEED)
    exporter = Exporter(tmp_path)
    exporter.list([b'{"metadata": {"resourceVersion": "1"}, "items": []}'])
    pages = list(listed(count, chance))
    exporter.list([body for body, _ in pages])
    well = {name for _, names in pages for name in names}
    shown = exporter.scrape()
    assert well - shown == set(), f"seed {SEED}"
    deaths = [r for r in exporter.records if r.pod in well and r.container.name == "app"]
    assert len({r.id for r in deaths}) == len(deaths) == 2 * len(well), f"seed {SEED}"
    tell(spoilt=count, unreadable=exporter.skipped, shown=len(shown), well_ones_missing=0, exceptions=0)


@pytest.mark.timeout(300)
def test_spoilt_pods_of_a_watch_cost_no_neighbour_its_series_or_its_deaths(
    tmp_path: Path, count: int, tell: Tell
) -> None:
    chance = random.Random(SEED + 1)
    exporter = Exporter(tmp_path)
    exporter.list([b'{"metadata": {"resourceVersion": "1"}, "items": []}'])
    well: set[str] = set()
    for index, pod in enumerate(mutants(count, chance)):
        kind = chance.choice(("ADDED", "MODIFIED", "MODIFIED", "DELETED"))
        exporter.line(encoded({"type": kind, "object": pod}, chance))
        if index % 20 == 0:
            good = whole(10_000_000 + index)
            well.add(good["metadata"]["name"])
            exporter.line(json.dumps({"type": "ADDED", "object": good}).encode())
        if index % 200 == 0:
            exporter.write()
    exporter.write()
    assert well - exporter.scrape() == set(), f"seed {SEED + 1}"
    deaths = [r for r in exporter.records if r.pod in well and r.container.name == "app"]
    assert len(deaths) == 2 * len(well), f"seed {SEED + 1}"
    tell(spoilt=count, unreadable=exporter.skipped, well_ones_missing=0, exceptions=0)
