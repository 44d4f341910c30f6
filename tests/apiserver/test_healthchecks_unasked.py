"""What `--healthchecks=auto` leaves alone: nobody asked for the checks to be run."""

import logging
import threading

import pytest

from kubevigil.app.healthchecking import HealthChecks
from kubevigil.app.healthchecks_wanted import health_checks
from kubevigil.app.settings import Settings
from kubevigil.app.supervisor import Supervisor
from kubevigil.kube.connection import Connection
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model import clock
from tests.chart.apiserver import ApiServer
from tests.cluster.cluster import wait_for

from .test_healthchecks import OURS


class Loops(Supervisor):
    """Remembers what was added."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def add(self, name: str, *_: object, **__: object) -> None:
        self.names.append(name)


_METRICS = SelfMetrics(version="1")


@pytest.mark.parametrize(("wanted", "loops"), [("auto", []), ("on", ["health checks"]), ("off", [])])
def test_by_a_persons_kubeconfig_checks_are_run_only_when_asked(
    connection: Connection, wanted: str, loops: list[str]
) -> None:
    supervisor = Loops()
    settings = Settings(healthchecks=wanted, checks_lease="default/unasked")
    if part := health_checks(settings, connection, _METRICS, wall=clock.wall, monotonic=clock.monotonic):
        part.join(supervisor)
    assert supervisor.names == loops


def test_an_account_that_may_not_list_checks_leaves_them_alone_says_so_once_and_is_ready(
    server: ApiServer, team: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    server.kubectl("apply", "--server-side", "--force-conflicts", f"--filename={OURS}")
    server.kubectl("wait", "--for=condition=Established", "crd/healthchecks.activemonitor.keikoproj.io")
    caplog.set_level(logging.INFO)
    settings = Settings(healthchecks="auto", checks_lease="default/unasked")
    part = HealthChecks(settings, team, _METRICS, wall=clock.wall, monotonic=clock.monotonic)
    stop = threading.Event()
    thread = threading.Thread(target=part.run, args=(stop,))
    thread.start()
    try:
        wait_for("it is told", lambda: [line for line in caplog.records if line.message == "capability"], 30)
    finally:
        stop.set()
        thread.join(30)
    told = [line.__dict__["fields"] for line in caplog.records if line.message == "capability"]
    assert [(line["name"], line["state"]) for line in told] == [("healthchecks", "off")]
    assert "may not list healthchecks" in told[0]["reason"]
    assert list(part.checks()) == []
    assert part.text() == b""
