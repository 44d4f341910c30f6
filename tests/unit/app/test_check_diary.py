"""What the diary makes of metrics that a run told: shown at once, and told of where they are refused."""

import json
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from kubevigil.app.check_diary import Diary
from kubevigil.healthchecks.custom_keeper import Keeper
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.resources import HealthCheckObject, Meta, WorkflowObject, WorkflowObjectStatus
from kubevigil.kube.errors import Forbidden
from kubevigil.kube.events import EventRecorder
from kubevigil.kube.writing import Writer
from kubevigil.store.errors import WriteFailed

from .test_watching import Clocks

UID = "u1"
RUN = "2026-01-31T10:00:00Z"


class Api:
    """Takes Events."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.refuses = False

    def post(self, _path: str, body: bytes, **_: object) -> bytes:
        if self.refuses:
            raise Forbidden("create", "events", "eu")
        event = json.loads(body)
        self.told.append((event["reason"], event["message"]))
        return body

    def patch(self, _path: str, body: bytes, **_: object) -> bytes:
        self.told.append(("again", ""))
        return body


class Shelf:
    """A store that may refuse."""

    def __init__(self) -> None:
        self.refuses = False
        self.states: dict[str, str] = {}

    def read(self) -> Mapping[str, str]:
        return self.states

    def write(self, states: Mapping[str, str], gone: Collection[str] = ()) -> None:
        if self.refuses and (states or gone):
            raise WriteFailed("disk full")
        self.states |= states


class Scene:
    """A check whose run is under way, and a diary."""

    def __init__(self) -> None:
        self.api, self.shelf, self.clocks = Api(), Shelf(), Clocks()
        self.picture = Picture(lambda _: None)
        meta = Meta("shop", UID, "eu", "1", creation_timestamp=RUN)
        self.check: Check = self.picture.put_check(HealthCheckObject(meta, {}, {"startedAt": RUN}))
        keeper = Keeper(self.shelf)
        keeper.load()
        api: Any = self.api
        recorder = EventRecorder(Writer(api), "test", monotonic=self.clocks.monotonic, wall=self.clocks.wall)
        self.diary = Diary(self.picture, recorder, keeper, wall=self.clocks.wall, monotonic=self.clocks.monotonic)

    def ends(self, *metrics: Any) -> None:
        """The run ends, and told these."""
        parameter = {"name": "metrics", "value": json.dumps({"metrics": metrics})}
        status = WorkflowObjectStatus("Succeeded", outputs={"parameters": [parameter]})
        self.diary.ended(self.check, WorkflowObject(Meta("w", "w", "eu"), status=status))

    def samples(self) -> list[str]:
        return [line for line in self.diary.text().decode().splitlines() if line.startswith("shop_")]


@pytest.fixture
def scene() -> Scene:
    return Scene()


ORDERS = {"name": "orders_total", "value": 3, "metrictype": "counter"}
SHOWN = 'shop_orders_total{namespace="eu",healthcheck_name="shop"} 3'


def test_what_a_run_told_is_shown_at_once_beside_all_else_and_once_however_often_its_end_is_seen(scene: Scene) -> None:
    assert b'kubevigil_healthcheck_paused{namespace="eu",healthcheck="shop"}' in scene.diary.text()
    scene.ends(ORDERS)
    scene.ends(ORDERS)
    assert scene.samples() == [SHOWN]
    assert b'kubevigil_healthcheck_paused{namespace="eu",healthcheck="shop"}' in scene.diary.text()
    assert scene.api.told == []


def test_what_is_refused_is_told_by_one_event_and_the_rest_is_shown(scene: Scene) -> None:
    scene.ends(ORDERS, {"name": "bad", "value": "many"})
    scene.ends(ORDERS, {"name": "bad", "value": "many"})
    assert scene.api.told == [("MetricsRefused", 'metric "bad" has no number as its value')]
    assert scene.samples() == [SHOWN]


def test_neither_a_store_nor_an_api_server_that_refuses_keeps_a_run_from_its_end(scene: Scene) -> None:
    scene.shelf.refuses = scene.api.refuses = True
    scene.ends(ORDERS, {"name": "bad"})
    assert scene.samples() == [SHOWN]


def test_a_check_that_is_gone_shows_nothing(scene: Scene) -> None:
    scene.ends(ORDERS)
    scene.picture.drop_check(UID)
    scene.clocks.now += 10
    assert scene.diary.text() == b""


def test_nothing_is_written_for_runs_that_tell_nothing(scene: Scene) -> None:
    scene.ends()
    assert scene.shelf.states == {}
