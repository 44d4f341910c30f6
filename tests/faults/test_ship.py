"""`kill -9` of exporter and sidecar while Elasticsearch and the API fail in every way: each crash arrives once."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.api.running import until

from .conftest import LONG, Tell
from .search_stand_in import Course, Fault, StandIn, stand_in
from .ship_audit import IndexVerdict
from .ship_engine import documents, engine
from .ship_faults import RESETS_AFTER, RESETS_BEFORE, Weather, figures
from .ship_process import Start, command, command_nursery
from .ship_stage import Role, Stage
from .ship_store import deliveries, ids_of_sent, numbers

pytestmark = pytest.mark.timeout(900 if LONG else 120)

SEED = 4711
KILLS = 200 if LONG else 24
KILLS_OF_COMMANDS = 20 if LONG else 3
KILLS_BESIDE_AN_ENGINE = 30
LONGEST_LIFE = 0.8
"""Seconds between two kills."""

MOST_BYTES = 20_000
"""Of a body: a dozen documents; what a sidecar sends after it was away is halved until it fits."""


@pytest.fixture(scope="module")
def nurseries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Role, Start]]:
    folder = tmp_path_factory.mktemp("nurseries")
    with command_nursery(folder / "run") as one, command_nursery(folder / "ship") as other:
        yield {Role.EXPORTER: one.start, Role.SIDECAR: other.start}


@pytest.fixture
def index() -> Iterator[StandIn]:
    with stand_in() as index:
        yield index


def rage(stage: Stage, kills: int, longest: float) -> None:
    """So many kills, two of three the sidecar's, which has more to lose."""
    for _ in range(kills):
        time.sleep(stage.random.uniform(0, longest))
        stage.kill(stage.random.choice((Role.EXPORTER, Role.SIDECAR, Role.SIDECAR)))


def test_kills_in_bad_weather_lose_and_double_nothing_and_no_log_is_another_s(
    nurseries: dict[Role, Start], index: StandIn, tmp_path: Path, tell: Tell
) -> None:
    weather = Weather(index, Random(SEED), most_bytes=MOST_BYTES)
    with Stage(tmp_path, nurseries, index.url, seed=SEED, pause=0.04) as stage:
        rage(stage, KILLS, LONGEST_LIFE)
        while not index.duplicates:  # or nothing was put to the test
            rage(stage, 1, LONGEST_LIFE)
        weather.clear()
        stage.settle()
        found = stage.verdict(index.documents)
    tell(
        seed=SEED,
        kills=sum(stage.kills.values()),
        watches_ended_by_410=stage.expiring.ended,
        **figures(weather),
        sent_again=index.duplicates,
        **found.figures,
    )
    assert found.clean, f"seed {SEED}\n{found}"
    assert not index.foreign
    assert found.with_log > found.crashes / 10
    assert deliveries(stage.data) == {"sent": found.crashes}
    assert ids_of_sent(stage.data) == {place.id for place in index.documents}
    assert numbers(stage.data) == {"seen": found.crashes, "waiting": 0, "sent": found.crashes, "dead": 0, "dropped": 0}


def test_kills_of_the_commands_as_users_start_them_lose_and_double_nothing(
    index: StandIn, tmp_path: Path, tell: Tell
) -> None:
    weather = Weather(index, Random(SEED))
    starts = {role: command(tmp_path / role.value) for role in Role}
    with Stage(tmp_path, starts, index.url, seed=SEED, pause=0.1) as stage:
        rage(stage, KILLS_OF_COMMANDS, 3.0)
        weather.clear()
        stage.settle()
        found = stage.verdict(index.documents)
    tell(kills=sum(stage.kills.values()), **figures(weather), sent_again=index.duplicates, **found.figures)
    assert found.clean, f"seed {SEED}\n{found}"


@pytest.mark.long
@pytest.mark.parametrize("kind", ["opensearch", "elasticsearch"])
def test_after_kills_beside_a_real_engine_it_holds_each_crash_once(
    nurseries: dict[Role, Start], tmp_path: Path, tell: Tell, kind: str
) -> None:
    with engine(kind, tmp_path) as url:
        with Stage(tmp_path, nurseries, url, seed=SEED, pause=0.04) as stage:
            rage(stage, KILLS_BESIDE_AN_ENGINE, LONGEST_LIFE)
            stage.settle()
        found = stage.verdict(documents(url))
    tell(kills=sum(stage.kills.values()), **found.figures)
    assert found.clean, f"seed {SEED}\n{found}"
    assert numbers(stage.data)["sent"] == found.crashes


def first_three(course: Course) -> Fault:
    """The first requests go that way; whatever chance does, something goes wrong."""
    return lambda asked: course if asked.number <= 3 else None


def verdict_on(twin: str, nurseries: dict[Role, Start], index: StandIn, folder: Path) -> IndexVerdict:
    """That on a sidecar that is wrong on purpose."""
    with Stage(folder, nurseries, index.url, seed=SEED, pause=0.04, twin=twin) as stage:
        rage(stage, 6, LONGEST_LIFE)
        until(lambda: index.requests > 3)
        stage.settle()
    return stage.verdict(index.documents)


def test_a_sidecar_whose_ids_are_new_at_each_attempt_is_found_out(
    nurseries: dict[Role, Start], index: StandIn, tmp_path: Path, tell: Tell
) -> None:
    index.faults = [first_three(RESETS_AFTER)]
    found = verdict_on("random ids", nurseries, index, tmp_path)
    tell(**found.figures)
    assert found.doubled
    assert not found.lost


def test_a_sidecar_that_notes_as_sent_what_it_is_about_to_send_is_found_out(
    nurseries: dict[Role, Start], index: StandIn, tmp_path: Path, tell: Tell
) -> None:
    index.faults = [first_three(RESETS_BEFORE)]
    found = verdict_on("acknowledged first", nurseries, index, tmp_path)
    tell(**found.figures)
    assert found.lost
    assert not found.doubled
