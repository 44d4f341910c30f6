"""What the API server's audit log says of workflows, and that a doubled or missed slot is found in it."""

import json
from pathlib import Path
from typing import Any

from tests.perf.checks_audit import Creation, creations, lags, percentile

LABELS = {"kubevigil.io/healthcheck": "a", "kubevigil.io/healthcheck-started": "60"}


def entry(code: int = 201, labels: dict[str, str] | None = LABELS, stage: str = "ResponseComplete") -> dict[str, Any]:
    return {
        "stage": stage,
        "stageTimestamp": "1970-01-01T00:01:00.250000Z",
        "responseStatus": {"code": code},
        "requestObject": {"metadata": {"labels": labels} if labels else {}},
    }


def test_only_what_was_created_for_a_check_counts(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join(map(json.dumps, [entry(), entry(409), entry(labels=None), entry(stage="Panic")])))
    assert creations(log) == [Creation("a", 60, 60.25)]


def minute(_uid: str, run: int) -> int:
    return run // 60 * 60


def test_a_slot_with_two_workflows_is_doubled_and_one_without_is_missed() -> None:
    made = [Creation("a", 60, 60.5), Creation("a", 61, 61.5), Creation("b", 125, 126.0), Creation("b", 5, 6.0)]
    found = lags(made, {"a": [60, 120], "b": [120]}, minute)
    assert found.seconds == [0.5, 1.5, 6.0]
    assert found.doubled == [("a", 60)]
    assert found.missed == [("a", 120)]


def test_two_workflows_for_one_run_are_doubled_too() -> None:
    assert lags([Creation("a", 60, 60.1), Creation("a", 60, 60.2)], {"a": [60]}, minute).doubled == [("a", 60)]


def test_percentiles_are_of_values_that_there_are() -> None:
    assert [percentile([1.0, 2.0, 3.0, 4.0], share) for share in (0.0, 0.5, 0.99, 1)] == [1.0, 3.0, 4.0, 4.0]
    assert percentile([], 0.5) == 0
