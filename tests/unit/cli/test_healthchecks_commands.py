"""`kubevigil healthchecks list, show, run, pause, resume` on a cluster in memory: words, exit codes, what is asked."""

import json
import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubevigil.cli import healthchecks_arguments
from kubevigil.cli.main import main
from kubevigil.healthchecks.asking import RUN_NOW
from kubevigil.healthchecks.status import stamp
from kubevigil.model import clock

from .checks_cluster import SPEC, FakeCluster, Object

Told = tuple[int, str, str]

FAILED: Object = {"status": "Failed", "errorMessage": "main: Error (exit code 7)", "failedCount": 2, "successCount": 5}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    for name in os.environ:
        if name.startswith("KUBEVIGIL_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "140")  # whatever the terminal has, or xdist says
    cluster = FakeCluster()
    monkeypatch.setattr(healthchecks_arguments, "connect", lambda *_: cluster)
    return cluster


def healthchecks(capsys: pytest.CaptureFixture[str], *words: str) -> Told:
    code = main(["healthchecks", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def ago(seconds: int) -> str:
    return stamp(int(clock.wall()) - seconds)


def spec(**changes: Any) -> Object:
    return {**deepcopy(SPEC), **changes}


def test_the_list_tells_how_each_check_is_and_when_it_runs(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.add(status={**FAILED, "startedAt": ago(130), "finishedAt": ago(125)})
    cluster.add("busy", status={"startedAt": ago(45)})
    cluster.add("mended", status={**FAILED, "remedyTriggeredAt": ago(45)})
    cluster.add("fresh", age=-2)
    cluster.add("idle", spec=spec(repeatAfterSec=0), status={"status": "Stopped"})
    cluster.add("held", annotations={"kubevigil.io/paused": "true"}, status={"status": "Succeeded"})
    cluster.add("wrong", spec=spec(level="planet"))
    code, out, err = healthchecks(capsys, "list")
    rows = {line.split()[1]: line.split()[2:] for line in out.splitlines()[1:]}
    assert (code, err) == (0, "")
    assert rows["dns"] == ["Failed", "2m", "in", "49m", "7", "2", "main:", "Error", "(exit", "code", "7)"]
    assert rows["busy"][:2] == ["running", "45s"]
    assert rows["mended"][:2] == ["Failed,", "mending"]
    assert rows["fresh"][:2] == ["new", "in"]
    assert rows["idle"] == ["stopped", "0", "0"]
    assert rows["held"] == ["Succeeded,", "paused", "0", "0"]
    assert rows["wrong"][:4] == ["invalid", "0", "0", "spec.level"]


def test_a_check_that_should_have_run_is_due(cluster: FakeCluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster.add()
    assert healthchecks(capsys, "list")[1].splitlines()[1].split() == ["health", "dns", "new", "due", "0", "0"]


def test_on_a_narrow_terminal_no_name_is_cut(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    cluster.add("a-name-that-is-as-long-as-names-can-be-in-practice", "a-namespace-too", status=FAILED)
    out = healthchecks(capsys, "list")[1]
    assert "a-namespace-too  a-name-that-is-as-long-as-names-can-be-in-practice  Failed" in out
    assert "main: Error" in out


def test_an_empty_list_says_so(cluster: FakeCluster, capsys: pytest.CaptureFixture[str]) -> None:
    assert healthchecks(capsys, "list") == (0, "There is no health check.\n", "")
    assert healthchecks(capsys, "list", "--json")[1] == "[]\n"
    assert cluster.closed


def test_what_the_cluster_lacks_is_told_beside_the_list(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.leader, cluster.argo = "", False
    code, _, err = healthchecks(capsys, "list")
    assert (code, err.splitlines()) == (
        0,
        [
            "no exporter looks after health checks: kubevigil run --healthchecks=on says why it does not",
            "the cluster knows no workflows: install Argo Workflows",
        ],
    )


def test_a_leader_that_may_not_be_seen_is_not_taken_for_none(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.leader = "forbidden"
    cluster.add()
    assert healthchecks(capsys, "list")[2] == ""
    assert "not known: may not list leases" in healthchecks(capsys, "show", "dns")[1]


def test_a_cluster_that_does_not_know_the_resource_ends_with_3(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.known = False
    for words in (["list"], ["show", "dns"], ["run", "dns"], ["pause", "dns"]):
        code, out, err = healthchecks(capsys, *words)
        assert (code, out) == (3, "")
        assert "apply their CustomResourceDefinition" in err


def test_only_the_namespaces_that_are_named_are_asked_for(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEVIGIL_NAMESPACES", "health,other")
    cluster.add()
    cluster.add("dns", "elsewhere")
    assert [one["namespace"] for one in json.loads(healthchecks(capsys, "list", "--json")[1])] == ["health"]
    assert [path.split("/")[5] for path, _ in cluster.asked] == ["health", "other"]
    told = json.loads(healthchecks(capsys, "list", "--json", "--namespace=elsewhere")[1])
    assert [one["namespace"] for one in told] == ["elsewhere"]


def test_one_check_is_shown_whole(cluster: FakeCluster, capsys: pytest.CaptureFixture[str]) -> None:
    url = {"url": {"path": "https://checks.example/dns.yaml"}}
    plan = spec(schedule={"cron": "*/5 * * * *"}, backoffMax=3, remedyworkflow=deepcopy(SPEC["workflow"]))
    del plan["repeatAfterSec"]
    plan["workflow"]["resource"]["source"] = url
    mended = {"remedyStatus": "Failed", "remedyTotalRuns": 2, "remedyErrorMessage": "no pod could be restarted"}
    cluster.add(spec=plan, status={**FAILED, **mended, "startedAt": ago(130), "finishedAt": ago(125)})
    code, out, err = healthchecks(capsys, "show", "dns")
    assert (code, err) == (0, "")
    for words in (
        "health/dns  Failed\n",
        "  says       main: Error (exit code 7)\n",
        "  schedule   cron '*/5 * * * *'\n",
        "  runs       5 succeeded, 2 failed\n",
        "dns-... in namespace health, as service account checks, from https://checks.example/dns.yaml, 1m at the most",
        "(lease monitoring/kubevigil-healthchecks, ",
        "  spec.workflow.resource.source.url needs the exporter's checks.url_hosts to name checks.example\n",
        "  remedy     Failed; 2 since its counts began; no pod could be restarted\n",
        "  spec.backoffMax has no effect",
        "kubectl --namespace health get events --field-selector involvedObject.name=dns",
    ):
        assert words in out
    assert out.count(":00Z, ") == 2


def test_one_that_cannot_work_is_shown_with_all_its_faults(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.add(spec={"level": "planet"})
    _, out, _ = healthchecks(capsys, "show", "dns")
    assert "It cannot work:\n  spec.level is 'planet'" in out
    assert "\n  spec.workflow is missing" in out


def test_json_has_a_fixed_shape(cluster: FakeCluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster.add(status={"status": "Succeeded", "startedAt": "2026-01-01T00:00:00Z"})
    (listed,) = json.loads(healthchecks(capsys, "list", "--json")[1])
    counts = {"succeeded", "failed", "last_successful_workflow", "last_failed_workflow"}
    remedy = {"remedies", "remedy_status", "remedy_message"}
    moments = {"last_started_at", "last_finished_at", "next_at"}
    assert set(listed) == {
        *("namespace", "name", "state", "status", "message", "findings", "remarks"),
        *counts,
        *remedy,
        *moments,
    }
    assert (listed["state"], listed["last_started_at"]) == ("running", "2026-01-01T00:00:00Z")
    shown = json.loads(healthchecks(capsys, "show", "dns", "--json")[1])
    assert set(shown) == {
        *("check", "schedule", "runs", "timeout_seconds", "slots", "needs", "lacks", "leader", "unknown")
    }
    assert shown["check"] == listed


def test_there_is_none_of_that_name_or_there_are_several(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.add()
    cluster.add("dns", "other")
    assert healthchecks(capsys, "show", "nothing") == (1, "", "there is no health check 'nothing' in any namespace\n")
    assert healthchecks(capsys, "show", "dns") == (1, "", "there are several of that name: health/dns, other/dns\n")
    assert healthchecks(capsys, "show", "other/dns")[0] == 0
    assert healthchecks(capsys, "show", "dns", "--namespace=other")[0] == 0


def test_a_check_is_paused_and_resumed_by_annotation_alone(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    item = cluster.add(annotations={"team": "net"})
    before = deepcopy(item["spec"])
    assert healthchecks(capsys, "pause", "dns")[0] == 0
    assert item["metadata"]["annotations"] == {"team": "net", "kubevigil.io/paused": "true"}
    assert healthchecks(capsys, "resume", "dns") == (0, "health/dns goes on, its next run is due\n", "")
    assert item["metadata"]["annotations"] == {"team": "net"}
    assert item["spec"] == before
    assert {body["metadata"]["uid"] for _, body in cluster.patched} == {"uid-health-dns"}


def test_a_run_is_asked_for_that_begins_after_the_latest(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    item = cluster.add(status={"startedAt": "2100-01-01T00:00:00Z"})
    assert healthchecks(capsys, "run", "dns") == (0, "health/dns: a run is asked for, after the one under way\n", "")
    assert item["metadata"]["annotations"] == {RUN_NOW: "2100-01-01T00:00:01Z"}


def answer(cluster: FakeCluster, item: Object, end: Object) -> None:
    """What an exporter does: the run that is asked for begins, and ends."""
    at = item["metadata"]["annotations"][RUN_NOW]
    item["status"] = {**item["status"], "startedAt": at}
    cluster.show(deepcopy(item))
    fields = {key: at if value == AT_ITS_END else value for key, value in end.items()}
    item["status"] = {**item["status"], "finishedAt": at, **fields}
    cluster.show(item)


AT_ITS_END = "at its end"
ENDS: dict[str, tuple[Object, int, str]] = {
    "success": ({"status": "Succeeded", "lastSuccessfulWorkflow": "dns-1"}, 0, "succeeded, workflow dns-1"),
    "failure": (
        {"status": "Failed", "lastFailedWorkflow": "dns-2", "errorMessage": "exit code 7", "lastFailedAt": AT_ITS_END},
        1,
        "failed, workflow dns-2: exit code 7",
    ),
    "deleted": ({"errorMessage": "the workflow was deleted"}, 1, "ended without a result: the workflow was deleted"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_run_that_is_waited_for_ends_with_its_result(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    fields, code, words = ENDS[end]
    cluster.add()
    cluster.on_patch = lambda item: answer(cluster, item, fields)
    told, out, err = healthchecks(capsys, "run", "dns", "--wait")
    assert (told, err) == (code, "")
    assert out.splitlines()[-1] == f"health/dns: {words}"


def test_a_run_that_nobody_begins_ends_with_3_and_what_is_missing(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.add()
    cluster.leader = ""
    code, out, err = healthchecks(capsys, "run", "dns", "--wait", "--timeout=0s")
    assert (code, out) == (3, "health/dns: a run is asked for\n")
    assert err.startswith(
        "health/dns: no beginning of the run was seen in time\n  no exporter looks after health checks"
    )


def test_a_check_that_is_deleted_or_made_anew_meanwhile_is_not_waited_for(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.add()
    cluster.on_patch = cluster.remove
    code, _, err = healthchecks(capsys, "run", "dns", "--wait")
    assert (code, err) == (1, "health/dns: the check was deleted meanwhile\n")


def test_one_that_cannot_work_is_not_asked_to_run(cluster: FakeCluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster.add(spec=spec(level="planet"))
    code, out, _ = healthchecks(capsys, "run", "dns", "--wait")
    assert (code, cluster.patched) == (1, [])
    assert out.startswith("health/dns cannot work:\n  spec.level is 'planet'")


@pytest.mark.parametrize("timeout", ["5", "soon", "-1s"])
def test_a_timeout_that_is_no_duration_is_a_fault_of_the_command_line(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str], timeout: str
) -> None:
    code, _, err = healthchecks(capsys, "run", "dns", f"--timeout={timeout}")
    assert (code, cluster.asked) == (2, [])
    assert "--timeout" in err


def test_a_kubeconfig_that_is_not_there_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = healthchecks(capsys, "list", f"--kubeconfig={tmp_path / 'nothing'}")
    assert (code, out) == (2, "")
    assert "does not exist" in err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(max_size=40).map(lambda text: f"\x1b[2J{text}\u202e"))
def test_nothing_that_a_check_says_steers_the_terminal(
    cluster: FakeCluster, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    status = {"status": text, "errorMessage": text, "lastFailedWorkflow": text}
    cluster.add(status=status, spec=spec(level=text))
    cluster.add("works", status=status, spec=spec(**{text: 1}))
    for words in (["list"], ["show", "dns"], ["show", "works"], ["run", "dns"], ["list", "--json"]):
        _, out, err = healthchecks(capsys, *words)
        assert all(character.isprintable() or character == "\n" for character in out + err)
