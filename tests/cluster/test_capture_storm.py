"""A storm of crashes on a real API server: pods that KWOK plays, more than a real node could hold."""

from collections import Counter
from collections.abc import Iterator
from math import inf
from pathlib import Path

import pytest

from tests.conftest import Tell

from .cluster import TESTBED, Kubectl, component, wait_for
from .exporter import Exporter
from .played_storm import (
    NODE,
    Settlements,
    ShownDeaths,
    begun_within,
    crash_loops,
    results,
    write_log,
    wrong_logs,
)

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

PODS = 265
DEATHS_EACH = 26
"""One every 5.2 s: together 50 a second, for 2 min and until all have begun and ended."""

STORM = 120.0
"""Seconds."""

LONGEST = 20.0
"""Seconds from a death to its log, or the reason why there is none."""


@pytest.fixture
def played_node(kubectl: Kubectl) -> Iterator[None]:
    """KWOK and its node; the real one stays."""
    component("start", "kwok")
    try:
        kubectl.apply(TESTBED / "manifests/kwok-node.yaml")
        kubectl("wait", "--for=condition=Ready", f"node/{NODE}", "--timeout=30s")
        yield
        kubectl("delete", "node", NODE)
    finally:
        component("kill", "kwok")


@pytest.mark.usefixtures("played_node")
def test_in_a_storm_on_a_real_api_server_each_crash_is_recorded_once_with_its_own_log_or_why_there_is_none(
    kubeconfig: Path, namespace: Kubectl, tmp_path: Path, tell: Tell
) -> None:
    deaths = PODS * DEATHS_EACH
    write_log(seconds=400)
    with Exporter(tmp_path / "data", kubeconfig) as exporter, ShownDeaths.watched(namespace) as shown:
        exporter.until_ready()
        settlements = Settlements(exporter, namespace.namespace)
        namespace("create", "--filename=-", stdin=crash_loops(PODS, DEATHS_EACH))
        wait_for(f"{deaths} deaths", lambda: shown.ended or len(shown.at) >= deaths, 220)
        wait_for("all are settled, or late", lambda: len(settlements.at()) >= deaths or shown.seconds_ago() > LONGEST)
        settled, records, counted = settlements.at(), settlements.records(), exporter.terminations(namespace.namespace)
        begun = begun_within(exporter, 0.25, 1, 5, 10)
    recorded = Counter(record.container.id for record in records)
    lost, doubled = shown.at.keys() - recorded.keys(), recorded.total() - len(recorded)
    longest = max(settled.get(name, inf) - moment for name, moment in shown.at.items())
    tell(
        deaths=len(shown.at),
        a_second_for_two_minutes=round(shown.within(STORM) / STORM, 1),
        lost=len(lost),
        doubled=doubled,
        longest_to_settled=round(longest, 1),
        wrong_logs=len(wrong_logs(records)),
        **results(records),
        **begun,
    )
    assert shown.fell == 0
    assert len(shown.at) == counted == deaths
    assert [lost, doubled, recorded.keys() - shown.at.keys()] == [set(), 0, set()]
    assert all(record.log for record in records)
    assert wrong_logs(records) == []
    assert longest <= LONGEST
