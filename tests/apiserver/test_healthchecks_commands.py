"""`kubevigil healthchecks` against a real API server, with our controller and a stand-in for Argo's beside it."""

import json
import os
from functools import partial
from typing import Any

import pytest

from kubevigil.app.healthchecking import HealthChecks
from kubevigil.cli.main import main
from kubevigil.kube.connection import Connection
from tests.chart.apiserver import ApiServer
from tests.cluster.cluster import wait_for

from .argo import Argo
from .test_healthchecks import argo, check, known, looked_after, part, says, status

__all__ = ["argo", "known", "part"]

HOURLY: dict[str, Any] = {"repeatAfterSec": 0, "schedule": {"cron": "0 0 1 1 *"}}
"""Due in none of these tests."""


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """What selects these tests would be unknown settings to the command."""
    for name in os.environ:
        if name.startswith("KUBEVIGIL_"):
            monkeypatch.delenv(name)


class Command:
    """The command line of a person with a kubeconfig."""

    def __init__(self, server: ApiServer, namespace: str, capsys: pytest.CaptureFixture[str], user: str) -> None:
        self._flags = (f"--kubeconfig={server.kubeconfigs[user]}", f"--namespace={namespace}")
        self._lease = f"--checks-lease={namespace}/lease"
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main(["healthchecks", *words, *self._flags, self._lease])
        told = self._capsys.readouterr()
        return code, told.out, told.err


@pytest.fixture
def healthchecks(known: ApiServer, namespace: str, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(known, namespace, capsys, "admin")


@pytest.fixture
def led(known: ApiServer, part: HealthChecks, namespace: str) -> HealthChecks:
    """Our controller, which holds the lease."""
    lease = ("get", "lease", "lease", f"--namespace={namespace}", "--ignore-not-found", "--output=name")
    wait_for("it leads", lambda: known.kubectl(*lease))
    return part


@pytest.mark.usefixtures("argo", "led")
def test_a_run_that_is_asked_for_is_waited_for_and_its_result_is_the_exit_code(
    known: ApiServer, healthchecks: Command, namespace: str
) -> None:
    known.apply(check(namespace, **HOURLY), check(namespace, "bad", "fail", **HOURLY))
    code, out, err = healthchecks("run", "hello", "--wait")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [f"{namespace}/hello: a run is asked for", f"{namespace}/hello: it began"]
    assert lines[2].startswith(f"{namespace}/hello: succeeded, workflow hello-")
    code, out, _ = healthchecks("run", "bad", "--wait")
    assert code == 1
    assert out.splitlines()[-1].endswith(": main: Error (exit code 7)")
    assert (status(known, namespace)["successCount"], status(known, namespace, "bad")["failedCount"]) == (1, 1)


@pytest.mark.usefixtures("led")
def test_each_request_is_one_run_also_of_a_check_that_is_paused_or_has_no_schedule(
    known: ApiServer, argo: Argo, healthchecks: Command, namespace: str
) -> None:
    known.apply(check(namespace), check(namespace, "idle", repeatAfterSec=0))
    wait_for("it ran", partial(says, known, namespace, status="Succeeded"), 30)
    assert healthchecks("pause", "hello")[0] == 0
    for _ in range(3):
        assert healthchecks("run", "hello", "--wait")[0] == 0
    assert status(known, namespace)["successCount"] == 4
    assert healthchecks("run", "idle", "--wait")[0] == 0
    wait_for("it is stopped again", partial(says, known, namespace, "idle", status="Stopped", successCount=1), 30)
    runs = [name for where, name, _ in argo.created if where == namespace]
    assert (len(runs), len(set(runs))) == (5, 5)


@pytest.mark.usefixtures("argo")
def test_a_check_that_is_paused_does_not_run_until_it_is_resumed_and_its_spec_stays(
    known: ApiServer, healthchecks: Command, connection: Connection, namespace: str
) -> None:
    known.apply(check(namespace), check(namespace, "other"))
    before = known.kubectl("get", "hc", "hello", f"--namespace={namespace}", "--output=jsonpath={.spec}")
    code, out, _ = healthchecks("pause", "hello")
    assert (code, out.splitlines()) == (
        0,
        [f"{namespace}/hello is paused; kubevigil healthchecks resume {namespace}/hello lets it go on"],
    )
    with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)):
        wait_for("the other ran", partial(says, known, namespace, "other", status="Succeeded"), 30)
        assert status(known, namespace) == {}
        assert healthchecks("resume", "hello")[:2] == (0, f"{namespace}/hello goes on, its next run is due\n")
        wait_for("it ran", partial(says, known, namespace, status="Succeeded"), 30)
    assert known.kubectl("get", "hc", "hello", f"--namespace={namespace}", "--output=jsonpath={.spec}") == before


def test_without_an_exporter_a_run_is_not_waited_for_for_ever_and_the_reason_is_told(
    known: ApiServer, healthchecks: Command, namespace: str
) -> None:
    known.apply(check(namespace))
    code, _, err = healthchecks("run", "hello", "--wait", "--timeout=1s")
    assert code == 3
    assert err.startswith(
        f"{namespace}/hello: no beginning of the run was seen in time\n  no exporter looks after health checks"
    )
    assert "no exporter looks after" in healthchecks("list")[2]


@pytest.mark.usefixtures("argo", "led")
def test_the_list_and_one_check_as_a_person_reads_them(known: ApiServer, healthchecks: Command, namespace: str) -> None:
    known.apply(check(namespace, "bad", "fail"), check(namespace, "idle", repeatAfterSec=0))
    wait_for("it failed", partial(says, known, namespace, "bad", status="Failed"), 30)
    wait_for("it is stopped", partial(says, known, namespace, "idle", status="Stopped"), 30)
    code, out, err = healthchecks("list")
    assert (code, err) == (0, "")
    head, *rows = (line.split() for line in out.splitlines())
    assert head == ["NAMESPACE", "NAME", "STATUS", "LAST", "NEXT", "RUNS", "FAILED", "MESSAGE"]
    assert [row[:3] for row in rows] == [[namespace, "bad", "Failed"], [namespace, "idle", "stopped"]]
    assert "main: Error (exit code 7)" in out
    code, out, _ = healthchecks("show", "bad")
    assert code == 0
    for told in (f"{namespace}/bad  Failed", "main: Error", "every 1h", "as service account checker", "/lease, "):
        assert told in out
    assert "lacks" not in out


@pytest.mark.usefixtures("known")
def test_for_machines_there_is_json_of_a_fixed_shape(known: ApiServer, healthchecks: Command, namespace: str) -> None:
    known.apply(check(namespace))
    (listed,) = json.loads(healthchecks("list", "--json")[1])
    assert (listed["name"], listed["state"], listed["status"], listed["succeeded"]) == ("hello", "waiting", "", 0)
    shown = json.loads(healthchecks("show", "hello", "--json")[1])
    assert shown["check"] == listed
    assert (shown["schedule"], len(shown["slots"]), shown["leader"]) == ("every 1h", 3, None)


def test_a_check_is_found_by_its_name_alone_and_several_of_it_are_told(
    known: ApiServer, namespace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"only-{namespace}"
    known.apply(check(namespace, name))
    flag = f"--kubeconfig={known.kubeconfigs['admin']}"
    assert main(["healthchecks", "pause", name, flag]) == 0
    assert main(["healthchecks", "pause", f"{namespace}/{name}", flag]) == 0
    other = f"{namespace}-b"
    known.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}}, check(other, name))
    capsys.readouterr()
    assert main(["healthchecks", "pause", name, flag]) == 1
    told = capsys.readouterr().err
    assert told == f"there are several of that name: {namespace}/{name}, {other}/{name}\n"
    assert main(["healthchecks", "pause", "nothing", flag]) == 1


def test_who_may_not_read_checks_is_told_the_right_that_is_missing(
    known: ApiServer, namespace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = Command(known, namespace, capsys, "team")("list")
    assert (code, out) == (3, "")
    assert "may not list healthchecks.activemonitor.keikoproj.io" in err
