"""Crash logs under fault: every crash is settled once, with its own log or the reason why not."""

import io
import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubevigil.app import logs
from kubevigil.app.audit import audit
from kubevigil.app.cleaning import Cleaner
from kubevigil.cli.main import main
from kubevigil.demo.cluster import SimulatedCluster
from tests.api.running import until
from tests.unit.crashes.redaction.planted import Planted

from . import killing_stage
from .audit_logs import LogVerdict
from .audit_logs_store import count_writes, recorded, unsettled
from .audit_store import read_store
from .conftest import LONG, Tell
from .killing_points import LOG_POINTS, POINTS
from .killing_stage import SETTLE_SECONDS, Stage
from .logs_controls import AlwaysPrevious, settle_again, swap_two_bodies, take_one_away
from .logs_full_disk import bodies, talking_pods
from .logs_misery import TalkingMisery
from .logs_running import Listening, logs_of, misery_captured
from .logs_secrets import parts_in, plant, raw_bytes, texts_in, whole_in
from .logs_storm import survive, upper_bound
from .process import Nursery
from .test_disk_full import Disk, limited

__all__ = ["limited"]

pytestmark = pytest.mark.timeout(900 if LONG else 120)

SEED = 4711
KILLS_AT_RANDOM = 200 if LONG else 20
CRASHES_AT_LEAST = 1500 if LONG else 100
KILLS_AT_A_POINT = 10 if LONG else 3
LONGEST_LIFE = 0.6
"""Seconds. A start takes a third of that and commits are gathered for 0.1 s: killed sooner, nothing is recorded."""

STORM_SECONDS = 120 if LONG else 20
KUBELET_SECONDS = 0.05
"""What a real kubelet takes for a log: 45 ms in the middle."""
CONTROL_CRASHES = 100


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "log") as nursery:
        yield nursery


@pytest.fixture
def stage(nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(killing_stage, "Misery", TalkingMisery)
    with Stage(tmp_path, nursery.start, seed=SEED, pause=0.005) as stage:
        count_writes(stage.data)
        yield stage


def log_verdict(stage: Stage) -> LogVerdict:
    """The verdict on logs, once a last exporter has had the time to settle what is open."""
    child = stage.exporter()
    until(lambda: stage.ready() and unsettled(stage.data) == 0, SETTLE_SECONDS)
    stage.stop(child)
    assert isinstance(stage.misery, TalkingMisery)
    return logs_of(stage.data, stage.misery.book.printed)


def test_after_kills_at_random_moments_every_crash_is_settled_once_and_no_log_is_another_s(
    stage: Stage, tell: Tell
) -> None:
    kills = 0
    while kills < KILLS_AT_RANDOM or recorded(stage.data) < CRASHES_AT_LEAST:
        child = stage.exporter()
        time.sleep(stage.random.uniform(0, LONGEST_LIFE))
        stage.kill(child)
        kills += 1
    verdict = stage.verdict()
    found = log_verdict(stage)
    tell(seed=SEED, kills=kills, **found.figures)
    assert verdict.clean, f"seed {SEED}\n{verdict}"
    assert found.clean, f"seed {SEED}\n{found}"
    assert found.results["ok"] > KILLS_AT_RANDOM / 4  # on a busy machine most are superseded


def test_after_kills_between_a_record_and_its_log_every_crash_is_settled_once(stage: Stage, tell: Tell) -> None:
    for point in LOG_POINTS:
        for _ in range(KILLS_AT_A_POINT):
            child = stage.exporter(point=point, passing=stage.random.randint(1, POINTS[point].most))
            assert stage.end_of(child) == -signal.SIGKILL, f"it never came to the point: {point}"
    verdict = stage.verdict()
    found = log_verdict(stage)
    tell(points=len(LOG_POINTS), kills=len(LOG_POINTS) * KILLS_AT_A_POINT, **found.figures)
    assert verdict.clean, f"seed {SEED}\n{verdict}"
    assert found.clean, f"seed {SEED}\n{found}"
    assert found.results["ok"]


def test_in_a_storm_every_crash_has_its_log_or_the_reason_why_not(nursery: Nursery, tmp_path: Path, tell: Tell) -> None:
    storm, seconds, found, page = survive(
        nursery.start, tmp_path, pods=150, seconds=STORM_SECONDS, a_log_takes=KUBELET_SECONDS, seed=SEED
    )
    tell(
        crashes_a_second=round(storm.crashes / seconds),
        seconds=round(seconds),
        fetch_begun_p50=f"{storm.attention.percentile(0.5):.3f} s",
        fetch_begun_p99=f"{storm.attention.percentile(0.99):.3f} s",
        wait_p99=f"<= {upper_bound(page, 'kubevigil_crash_log_capture_wait_seconds', 0.99)} s",
        thrown_away_at_once=storm.unreadable,
        **found.figures,
    )
    assert found.crashes == storm.crashes
    assert found.clean, f"seed {SEED}\n{found}"
    assert found.results["ok"] > storm.crashes / 2


def test_in_a_storm_that_is_faster_than_logs_can_be_read_every_crash_is_settled_too(
    nursery: Nursery, tmp_path: Path, tell: Tell
) -> None:
    storm, _, found, _ = survive(nursery.start, tmp_path, pods=40, seconds=4, a_log_takes=0.3, seed=SEED)
    tell(**found.figures)
    assert found.crashes == storm.crashes
    assert found.clean, f"seed {SEED}\n{found}"
    assert found.results["ok"]
    assert found.results["superseded"] > storm.unreadable


@pytest.fixture
def captured(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    return misery_captured(tmp_path, seed=SEED, crashes=CONTROL_CRASHES)


def test_a_source_that_always_asks_for_the_previous_instance_is_found_out(
    tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubevigil.app.capturing.ApiSource", AlwaysPrevious)
    found = logs_of(*misery_captured(tmp_path, seed=SEED, crashes=CONTROL_CRASHES))
    tell(**found.figures)
    assert any("wrong log" in fault for fault in found.wrong)
    assert not found.lost


def test_a_settlement_that_is_written_twice_is_found_out(
    tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubevigil.store.journal.settle", settle_again)
    found = logs_of(*misery_captured(tmp_path, seed=SEED, crashes=CONTROL_CRASHES))
    tell(**found.figures)
    assert len(found.doubled) == found.crashes
    assert not found.wrong


def test_the_capture_that_ships_passes_and_a_swapped_and_a_missing_settlement_are_found_out(
    captured: tuple[Path, dict[str, str]], tell: Tell
) -> None:
    found = logs_of(*captured)
    tell(**found.figures)
    assert found.clean, str(found)
    assert found.results["ok"] > found.crashes / 3
    swap_two_bodies(captured[0])
    assert [fault.partition(": ")[2][:9] for fault in logs_of(*captured).wrong] == ["wrong log"] * 2
    take_one_away(captured[0])
    assert len(logs_of(*captured).lost) == 1


def test_on_a_full_disk_bodies_go_before_records_and_every_crash_is_settled(limited: Disk, tell: Tell) -> None:
    with talking_pods(limited.folder) as pods:
        for _ in range(2):
            pods.round()
            until(pods.settled)
        before = bodies(pods.data)
        limited.fill()
        while not pods.refused():
            pods.round()
            until(lambda: pods.refused() or pods.settled())
        written = recorded(pods.data)
        waiting, left = pods.crashes - written, bodies(pods.data)
        limited.free()
        until(pods.settled)
        told = sum(pods.running.values("kubevigil_crash_log_bodies_dropped_total"))
        pods.round()
        until(pods.settled)
        records = audit(pods.cluster.truth(), pods.running.records)
    found = logs_of(pods.data, pods.book.printed)
    tell(
        bodies_before=before,
        written_while_full=written - before,
        bodies_then=left,
        waiting=waiting,
        told_as_dropped=int(told),
        records_lost=records.lost,
        records_doubled=records.doubled,
        **found.figures,
    )
    assert before == 2 * pods.count
    assert written > before
    assert waiting > 0
    assert left < before / 4  # less than a batch takes: it was refused although all of them would have gone for it
    assert (records.expected, records.lost, records.doubled) == (pods.crashes, 0, 0)
    assert found.crashes == pods.crashes
    assert found.clean, str(found)
    assert found.dropped == told > 0
    assert bodies(pods.data) >= pods.count


@pytest.fixture
def settings_of_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from the environment too, and the tests have variables of their own."""
    for name in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What the exporter logs, at its most talkative."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = list(root.handlers), root.level
    logs.configure(style="json", level="debug", stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


def leak(folder: Path) -> tuple[Path, list[Planted], bytes]:
    """Crashes full of secrets, captured; the store's folder, the secrets, the store's bytes as it was in use."""
    cluster = SimulatedCluster(seed=SEED)
    running = Listening(cluster.start(), folder)
    try:
        every = plant(cluster.world, seed=SEED)
        until(lambda: running.records and len(running.records) == len(cluster.world.pods()))
        until(running.settled)
        in_use = raw_bytes(running.data) + running.get("/metrics")[1].encode() + running.get("/readyz")[1].encode()
    finally:
        assert running.stop() == []
        cluster.stop()
    return running.data, every, in_use


def shown(data: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `kubevigil crashes` says of every crash of the store."""
    ids = [record.id for record in read_store(data).crashes]
    for arguments in (["show", id_, style] for id_ in ids for style in ("--full", "--json")):
        assert main(["crashes", *arguments, f"--data-dir={data}"]) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("settings_of_users")
def test_no_planted_secret_is_found_in_the_store_in_log_lines_or_on_the_screen(
    tmp_path: Path, tell: Tell, capsys: pytest.CaptureFixture[str], log_lines: io.StringIO
) -> None:
    data, every, in_use = leak(tmp_path)
    texts, screen = list(texts_in(data)), shown(data, capsys)
    found = {
        "found_in_bytes_in_use": whole_in(in_use, every),
        "in_bytes_at_rest": whole_in(raw_bytes(data), every),
        "in_texts": [one for text in texts for one in parts_in(text, every)],
        "in_log_lines": whole_in(log_lines.getvalue().encode(), every),
        "on_screen": whole_in(screen.encode(), every),
    }
    tell(planted=len(every), texts=len(texts), screen_bytes=len(screen), **{k: len(v) for k, v in found.items()})
    assert len(every) >= 1000
    assert not any(found.values()), found
    assert screen.count("[REDACTED:") >= len(every)


@pytest.mark.usefixtures("settings_of_users")
def test_without_the_redaction_the_same_search_finds_them(
    tmp_path: Path, tell: Tell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cleaner, "redact", lambda _self, text, _annotation: text)
    data, every, in_use = leak(tmp_path)
    found = {
        "found_in_bytes_in_use": whole_in(in_use, every),
        "in_bytes_at_rest": whole_in(raw_bytes(data), every),
        "in_texts": parts_in("\n".join(texts_in(data)), every),
        "on_screen": whole_in(shown(data, capsys).encode(), every),
    }
    tell(planted=len(every), **{k: len(v) for k, v in found.items()})
    assert len(found["in_texts"]) == len(every)
    assert len(found["on_screen"]) >= 1000
    assert all(found.values())
