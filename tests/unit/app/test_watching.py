import logging

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kubevigil.app.watching import WatchBoard
from kubevigil.kube.answers import Skipped, SkipReason
from kubevigil.kube.errors import Forbidden, Unreachable
from kubevigil.kube.roles import Cause
from kubevigil.metrics.selfmetrics import SelfMetrics


class Clocks:
    """A wall and a monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def wall(self) -> float:
        return 1_700_000_000 + self.now

    def monotonic(self) -> float:
        return self.now


def board_of(*scopes: str) -> tuple[WatchBoard, Clocks]:
    clocks = Clocks()
    metrics = SelfMetrics(version="1")
    return WatchBoard("pods", scopes, metrics, wall=clocks.wall, monotonic=clocks.monotonic), clocks


def value(board: WatchBoard, name: str, **labels: str) -> float:
    text = board.metrics.text().decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples if s.name == name]
    return sum(s.value for s in samples if labels.items() <= s.labels.items())


def test_it_is_ready_once_every_scope_is_synced_and_not_before() -> None:
    board, _ = board_of("a", "b")
    assert board.check() == (False, "a: not listed completely yet")
    board.reports["a"].synced(True)
    assert value(board, "kubevigil_synced") == 0
    board.reports["b"].synced(True)
    assert board.check() == (True, "2 watched")
    assert value(board, "kubevigil_synced") == 1


def test_a_watch_that_falls_silent_is_not_ready_though_it_is_synced() -> None:
    board, clocks = board_of("")
    board.reports[""].synced(True)
    board.reports[""].activity(clocks.now)
    clocks.now += 90
    assert board.check()[0]
    clocks.now += 1
    assert board.check() == (False, "all namespaces: silent for 91 s")


def test_a_missing_right_is_named_in_readyz_and_logged_once_until_it_is_granted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    board, _ = board_of("shop")
    error = Forbidden("list", "pods", "shop")
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            board.reports["shop"].failure(error)
        assert board.check() == (False, f"shop: {error}")
        board.reports["shop"].synced(True)
    assert [r.message for r in caplog.records] == ["watch failed, trying again", "synced"]
    assert board.check()[0]


def test_a_failure_of_another_kind_is_logged_again(caplog: pytest.LogCaptureFixture) -> None:
    board, _ = board_of("")
    board.reports[""].failure(Unreachable("refused"))
    board.reports[""].failure(Unreachable("reset"))
    assert len(caplog.records) == 2


def test_the_activity_is_that_of_the_quietest_watch() -> None:
    board, clocks = board_of("a", "b")
    board.reports["a"].activity(90.0)
    assert value(board, "kubevigil_watch_last_activity_timestamp_seconds") == 0
    board.reports["b"].activity(clocks.now)
    assert value(board, "kubevigil_watch_last_activity_timestamp_seconds") == 1_700_000_090


def test_a_bad_object_is_counted_every_time_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    board, _ = board_of("")
    for _ in range(3):
        board.reports[""].skipped(Skipped(SkipReason.INVALID, uid="u", namespace="shop", name="odd"))
    assert value(board, "kubevigil_objects_skipped_total", reason="invalid") == 3
    assert [r.message for r in caplog.records] == ["object skipped"]


def test_reconnects_are_counted_by_their_cause() -> None:
    board, _ = board_of("")
    board.reports[""].reconnect(Cause.GONE)
    assert value(board, "kubevigil_watch_reconnects_total", cause="gone", resource="pods") == 1
