"""Kubevigil with everything switched on beside all that it can stand beside: one story, in the order of the tests.

It is installed, pods crash, a check fails and is mended; alert, message, document and dashboards tell of it. The doctor
finds all well, names each part that is taken away, and finds all well again; at last it is uninstalled.
KUBEVIGIL_TESTBED_APPLICATION names the archive of the exporter's image.
"""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from kubevigil.doctor.crash import Station
from tests.conftest import Tell
from tests.dashboards.boards import board
from tests.dashboards.promql import filled

from .argo import Checks, check, mended
from .cluster import CRASHER, Kubectl, wait_for
from .doctor import Answer, Doctor
from .installing import Release, restricted_namespace
from .test_healthchecks_remedies import READ, RESET, WRITE, running_as, tool
from .test_install import VOLUME
from .whole_parts import Parts, Step
from .whole_stage import Around, around

pytestmark = [pytest.mark.real, pytest.mark.timeout(420)]

KIND: Final = "healthchecks.activemonitor.keikoproj.io"

PANELS: Final[Mapping[str, tuple[str, ...]]] = {
    "crashes": ("Pods watched", "How containers ended last"),
    "health-checks": ("Well", "Every check"),
    "installed": ("Pods", "Claims", "Each pod"),
    "alerts": ("Firing", "Firing in all"),
}
"""Of dashboards: those that show something at once."""


class Whole(NamedTuple):
    """The installation, what is around it, whose pods crash, whose checks run, and with what it was installed."""

    release: Release
    around: Around
    shop: Kubectl
    checks: Checks
    doctor: Doctor
    values: Mapping[str, Any]


@pytest.fixture(scope="module")
def there(kubectl: Kubectl, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Around]:
    with around(kubectl, kubeconfig, tmp_path_factory.mktemp("around")) as there:
        yield there


@pytest.fixture(scope="module")
def whole(
    kubectl: Kubectl, kubeconfig: Path, there: Around, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Whole]:
    with (
        restricted_namespace(kubectl, "operations") as home,
        kubectl.fresh_namespace("shop") as shop,
        kubectl.fresh_namespace("health") as health,
    ):
        release = Release(home, "night-watch")
        given = values(there, volume(kubectl, tmp_path_factory.mktemp("kept")))
        home("create", "secret", "generic", "slack", f"--from-literal=url={there.webhook}")
        release.install(**given)
        flags = (f"--elasticsearch-hosts={there.engine.url}", "--elasticsearch-replicas=0")
        with Checks.within(health) as checks:
            yield Whole(release, there, shop, checks, Doctor(kubeconfig, *flags), given)


def volume(kubectl: Kubectl, folder: Path) -> str:
    """One that outlives its claim; the name of its class."""
    name = f"kept-{uuid.uuid4().hex[:6]}"
    folder.chmod(0o777)
    kubectl.apply(VOLUME.replace("NAME", name).replace("PATH", str(folder)))
    return name


def values(there: Around, storage: str) -> Mapping[str, Any]:
    """Everything switched on, but for the ready-made checks, which are made at an upgrade alone."""
    return {
        "config": {"elasticsearch": {"hosts": [there.engine.url], "replicas": 0}},
        "elasticsearch": {"setup": {"enabled": True}},
        "healthchecks": {"enabled": True, "rights": {"level": "namespace", "rules": [READ, WRITE]}},
        "slack": {"mode": "cluster", "secret": {"name": "slack"}, "groupWait": "2s", "groupInterval": "10s"},
        "persistence": {
            "enabled": True,
            "storageClass": storage,
            "size": "1Gi",
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "networkPolicy": {"enabled": True},
        "dashboards": {"enabled": True},
    }


def until_well(doctor: Doctor, seconds: float) -> None:
    """Waits until nothing is amiss."""
    last: list[list[Answer]] = []

    def well() -> bool:
        last[:] = [doctor.amiss()]
        return not last[0]

    try:
        wait_for("the doctor finds all well", well, seconds)
    except AssertionError as error:
        raise AssertionError(f"{error}: {last}\n{doctor.shown()}") from error


def test_a_crash_is_in_an_alert_a_message_and_a_document(whole: Whole) -> None:
    whole.shop.apply(CRASHER)
    space = whole.shop.namespace
    state = f'ALERTS{{alertname=~"Kubevigil.+",alertstate="firing",namespace="{space}",container="app"}}'
    wait_for("an alert fires", lambda: whole.around.prometheus.query(state), 120)
    wait_for("a message tells of it", lambda: any(space in each.text for each in whole.around.slack.messages()), 60)
    found = wait_for("a document is found", lambda: whole.around.engine.documents(space), 60)
    assert {each.source["kubernetes"]["container"]["name"] for each in found} == {"app"}
    assert "the last words" in found[0].source["message"]
    assert whole.around.slack.faults == whole.around.slack.refused == []


def test_a_check_fails_and_its_remedy_mends_it(whole: Whole) -> None:
    workflow, remedy = tool("kubectl get configmap stock"), tool("kubectl create configmap stock")
    made = mended(check("stock", workflow, repeatAfterSec=20), remedy)
    running_as(made["spec"]["workflow"], "watcher", READ)
    running_as(made["spec"]["remedyworkflow"], "repairer", WRITE)
    whole.checks.apply(made)
    whole.checks.until("stock", 120, status="Failed")
    whole.checks.until("stock", 120, status="Succeeded", remedyStatus=RESET)
    whole.checks.until_told("stock", "WorkflowFailed", "RemedySucceeded", "Recovered")


def test_the_doctor_finds_all_well(whole: Whole) -> None:
    until_well(whole.doctor, 300)


@pytest.mark.parametrize("name", PANELS)
def test_dashboards_show_it(whole: Whole, name: str) -> None:
    given = {"namespace": whole.shop.namespace, "workload": ".*", "severity": ".*", "healthcheck": ".*", "most": "10"}
    spaces = {"health-checks": ".*", "installed": whole.release.kubectl.namespace}
    given["namespace"] = spaces.get(name, given["namespace"])
    panels = [panel for panel in board(name).panels if panel.title in PANELS[name]]
    assert len(panels) == len(PANELS[name])
    for panel in panels:
        found = whole.around.prometheus.query(filled(panel.targets[0].expr, given))
        assert any(float(each["value"][1]) > 0 for each in found), panel.title


def test_a_crash_on_purpose_is_followed_to_message_and_document(whole: Whole, tell: Tell) -> None:
    answers = whole.doctor.answers("--crash", "--namespace=default", "--timeout=4m")
    assert {each.check for each in answers if each.status == "ok"} == {*Station, "crash-pod", "crash-removed"}, answers
    tell(**{each.check.replace("-", "_"): each.detail.partition(":")[0] for each in answers if "after" in each.detail})


def test_in_the_log_sidecar_it_asks_elasticsearch_by_the_sidecars_own_settings(whole: Whole) -> None:
    command = ("kubevigil", "doctor", "--json", "--config=/etc/kubevigil/settings/settings.yaml")
    said = whole.release.kubectl("exec", f"deploy/{whole.release.fullname}", "--container=ship", "--", *command)
    assert {each["check"]: each["status"] for each in json.loads(said)} == {"cluster": "skipped", "elasticsearch": "ok"}


@pytest.mark.timeout(600)
def test_each_part_that_is_taken_away_is_named_and_all_is_well_when_it_is_back(
    whole: Whole, kubectl: Kubectl, tell: Tell
) -> None:
    parts = Parts(kubectl, whole.release, whole.around)
    seconds = {}
    try:
        for step in parts.steps():
            began = time.monotonic()
            step.take()
            until_named(whole.doctor, step)
            seconds[step.check] = round(time.monotonic() - began)
    finally:
        parts.back()
    whole.release.upgrade(**whole.values)
    began = time.monotonic()
    until_well(whole.doctor, 300)
    tell(seconds_until_named=seconds, seconds_until_well=round(time.monotonic() - began))


def until_named(doctor: Doctor, step: Step) -> None:
    last: list[Answer] = []

    def named() -> bool:
        last[:] = doctor.amiss()
        return any(each.check == step.check and step.words in each.detail for each in last)

    try:
        wait_for(f"the doctor names {step.check}: {step.words}", named, 180)
    except AssertionError as error:
        raise AssertionError(f"{error}: {last}") from error


def test_uninstalled_it_leaves_the_kind_the_checks_and_its_data(whole: Whole, kubectl: Kubectl) -> None:
    release = whole.release
    release.uninstall()
    assert whole.checks.status("stock")["successCount"] >= 1
    claim, kind = f"persistentvolumeclaim/{release.fullname}", f"customresourcedefinition.apiextensions.k8s.io/{KIND}"
    ours = f"--selector=app.kubernetes.io/instance={release.name}"
    wait_for("nothing else has its label", lambda: everything(kubectl, "--all-namespaces", ours) == {claim, kind}, 90)
    assert [name for name in everything(kubectl, "--all-namespaces") if release.name in name] == [claim]
    not_the_chart_s = {"configmap/kube-root-ca.crt", "serviceaccount/default", "secret/slack"}
    lease = "lease.coordination.k8s.io/kubevigil-healthchecks"
    assert everything(release.kubectl, namespaced=True) == {claim, lease, *not_the_chart_s}


def everything(kubectl: Kubectl, *flags: str, namespaced: bool = False) -> set[str]:
    """The objects of all kinds, but for Events, as `kind/name`."""
    asked = ("api-resources", "--verbs=list", "--output=name", *(["--namespaced=true"] if namespaced else []))
    kinds = [kind for kind in kubectl(*asked).split() if "events" not in kind]
    return set(kubectl("get", ",".join(kinds), "--output=name", *flags).split())
