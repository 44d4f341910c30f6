"""Crash logs on a real cluster that cannot be read, or not at once: a result is there for each, and never another's."""

import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from kubevigil.model.record import CaptureResult
from tests.conftest import Tell

from .capture_audit import Finding, judged, log_of, nobody_else_s, told
from .capture_node import start_kubelet
from .capture_pods import QUIET, pod
from .cluster import Kubectl, component, wait_for
from .exporter import Exporter
from .misery import uids_of
from .test_exporter import READER, reader_config

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


@pytest.fixture
def exporter(kubeconfig: Path, tmp_path: Path) -> Iterator[Exporter]:
    with Exporter(tmp_path / "data", kubeconfig) as exporter:
        yield exporter.until_ready()


def last_message(namespace: Kubectl, name: str) -> str:
    """Of a container that is shown as terminated; '' where it is not."""
    states = [status["state"].get("terminated", {}) for status in namespace.statuses(name)]
    return "".join(state.get("message", "") for state in states)


def dies_unseen(exporter: Exporter, namespace: Kubectl, name: str) -> str:
    """A pod dies while the exporter gets no processor, which is still so afterwards; what it left as its message."""
    exporter.signal(signal.SIGSTOP)
    namespace.apply(pod(name, QUIET, restart="Never"))
    return wait_for("its end", lambda: last_message(namespace, name))


def test_of_a_pod_that_was_deleted_before_its_log_could_be_read_the_termination_message_stays(
    exporter: Exporter, namespace: Kubectl
) -> None:
    message = dies_unseen(exporter, namespace, "short")
    namespace("delete", "pod", "short", "--force", "--grace-period=0")
    wait_for("no pod is left", lambda: not uids_of(namespace))
    exporter.signal(signal.SIGCONT)
    (record,) = exporter.settled(namespace.namespace)
    assert log_of(record, CaptureResult.GONE).text == ""
    assert record.termination.message == message


def test_pods_that_are_deleted_at_the_sight_of_their_end_have_their_own_log_or_none(
    exporter: Exporter, namespace: Kubectl, tell: Tell
) -> None:
    names = [f"short-{number}" for number in range(5)]
    for name in names:
        namespace.apply(pod(name, QUIET, restart="Never"))
    for name in names:
        wait_for(f"the end of {name}", partial(last_message, namespace, name))
        namespace("delete", "pod", name, "--force", "--grace-period=0")
    figures = told(exporter.settled(namespace.namespace, len(names)))
    tell(pods=len(names), **figures)
    assert nobody_else_s(figures)
    assert figures["log own without its end"] == 0


@pytest.mark.parametrize("capture", ["auto", "on"])
def test_without_the_right_to_read_logs_the_record_says_so_and_capture_on_is_not_ready(
    namespace: Kubectl, kubeconfig: Path, tmp_path: Path, capture: str
) -> None:
    namespace.apply(READER.replace("ACCOUNT", namespace.namespace))
    own = reader_config(namespace, kubeconfig, tmp_path)
    scope = ("--namespaces", namespace.namespace)
    with Exporter(tmp_path / "data", own, *scope, "--capture", capture) as exporter:
        exporter.until_ready()
        namespace.apply(pod("short", QUIET, restart="Never"))
        (record,) = exporter.settled(namespace.namespace)
        assert log_of(record, CaptureResult.FORBIDDEN).text == ""
        assert (exporter.get("/readyz")[0], "pods/log" in str(exporter.ready())) == (
            (503, True) if capture == "on" else (200, False)
        )


@pytest.fixture
def kubelet_again(kubectl: Kubectl) -> Iterator[Callable[[], None]]:
    """Starts the kubelet that the test has killed, at its end at the latest."""
    yield lambda: start_kubelet(kubectl)
    start_kubelet(kubectl)


@pytest.mark.usefixtures("kubelet_again")
def test_with_the_kubelet_away_a_crash_is_recorded_and_settled_within_20_seconds(
    exporter: Exporter, namespace: Kubectl, tell: Tell
) -> None:
    message = dies_unseen(exporter, namespace, "short")
    component("kill", "kubelet")
    exporter.signal(signal.SIGCONT)
    (record,) = exporter.settled(namespace.namespace, seconds=20)
    assert record.log is not None
    tell(result=record.log.result.value)
    assert record.log.result in {CaptureResult.TIMEOUT, CaptureResult.ERROR}
    assert record.termination.message == message


def test_a_log_is_read_from_a_kubelet_that_comes_back_in_time_though_it_first_says_that_there_is_no_such_pod(
    exporter: Exporter, namespace: Kubectl, kubelet_again: Callable[[], None]
) -> None:
    dies_unseen(exporter, namespace, "short")
    component("kill", "kubelet")
    exporter.signal(signal.SIGCONT)
    (before,) = wait_for("the record", lambda: exporter.crashes(namespace.namespace))
    assert before.log is None
    kubelet_again()
    (after,) = exporter.settled(namespace.namespace)
    assert judged(after) is Finding.OWN


def test_a_crash_whose_log_was_not_read_before_a_kill_9_is_settled_once_after_the_restart(
    exporter: Exporter, namespace: Kubectl, kubelet_again: Callable[[], None]
) -> None:
    dies_unseen(exporter, namespace, "short")
    component("kill", "kubelet")
    exporter.signal(signal.SIGCONT)
    (before,) = wait_for("the record", lambda: exporter.crashes(namespace.namespace))
    exporter.stop(signal.SIGKILL)
    assert before.log is None
    kubelet_again()
    exporter.start()
    (after,) = exporter.settled(namespace.namespace)
    assert (after.id, judged(after)) == (before.id, Finding.OWN)
    captured = exporter.samples("kubevigil_crash_logs_captured_total")
    assert {result: n for result, n in captured.items() if n} == {("ok",): 1}
