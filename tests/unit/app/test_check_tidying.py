"""What no check needs is taken away while this process leads and sees all checks, and at no other time."""

import logging
from collections.abc import Collection, Mapping
from threading import Event
from typing import Any

import pytest

from kubevigil.app.check_tidying import Tidying
from kubevigil.healthchecks.custom_keeper import Keeper
from kubevigil.healthchecks.custom_parse import Metric, Told
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.resources import HealthCheckObject, Meta
from kubevigil.kube.errors import Forbidden


class Rounds(Event):
    """A stop that comes after so many waits."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout
        self.left -= 1
        if self.left < 0:
            self.set()
        return self.is_set()


class Shelf:
    def __init__(self) -> None:
        self.states: dict[str, str] = {}

    def read(self) -> Mapping[str, str]:
        return dict(self.states)

    def write(self, states: Mapping[str, str], gone: Collection[str] = ()) -> None:
        self.states = {uid: state for uid, state in {**self.states, **states}.items() if uid not in gone}


class Rights:
    def __init__(self) -> None:
        self.calls = 0

    def tidy(self) -> None:
        self.calls += 1
        if self.calls == 1:
            raise Forbidden("list", "roles", "")


class Scene:
    """Two checks told metrics, and one of them is gone."""

    def __init__(self) -> None:
        self.shelf, self.rights, self.may = Shelf(), Rights(), True
        picture, keeper = Picture(lambda _: None), Keeper(self.shelf)
        keeper.load()
        for name in ("here", "gone"):
            keeper.took(Meta(name, name, "eu"), 1, Told((Metric("n", "gauge", 1),)))
        picture.put_check(HealthCheckObject(Meta("here", "here", "eu", "1"), {}))
        rights: Any = self.rights
        self.tidying = Tidying(picture, keeper, rights, lambda: self.may)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_metrics_of_a_check_that_is_gone_go_from_the_store(scene: Scene) -> None:
    scene.tidying.metrics(Rounds(1))
    assert set(scene.shelf.states) == {"here"}


def test_who_does_not_lead_or_does_not_see_all_checks_takes_nothing_away(scene: Scene) -> None:
    scene.may = False
    scene.tidying.metrics(Rounds(3))
    scene.tidying.rights(Rounds(3))
    assert set(scene.shelf.states) == {"here", "gone"}
    assert scene.rights.calls == 0


def test_rights_that_could_not_be_taken_away_are_tried_again(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        scene.tidying.rights(Rounds(2))
    assert scene.rights.calls == 3
    assert [record.message for record in caplog.records] == ["rights of checks not taken away"]
