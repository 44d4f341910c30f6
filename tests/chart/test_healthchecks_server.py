"""The kind HealthCheck on a real API server: made where there is none, left to whom it belongs, never deleted."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from charts.generate import crd

from kubevigil.app.declaring import Surroundings
from kubevigil.app.sources import load
from kubevigil.kube.connection import connect
from tests.apiserver import predecessor
from tests.apiserver.argo import CRD as WORKFLOWS
from tests.apiserver.checks import PERIODIC, check
from tests.apiserver.test_healthchecks import looked_after

from . import apiserver
from .apiserver import ApiServer, as_json
from .binaries import Binaries
from .helm import CHART, NAMESPACE, RELEASE, Helm, Object, Refused, Values, joined
from .installing import on

pytestmark = [pytest.mark.timeout(300)]

KIND = f"healthchecks.{crd.GROUP}"
OFF: Values = {"healthchecks": {"enabled": False}}
ON: Values = {"healthchecks": {"enabled": True}}
OLD_WORDS = "as it was told once"
NOT_OURS: Values = joined(ON, {"healthchecks": {"crd": {"create": False}}})


@pytest.fixture(scope="module")
def server(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with apiserver.running(binaries, tmp_path_factory.mktemp("kinds")) as server:
        server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        yield server


@pytest.fixture(params=["helm3", "helm4"])
def admin(request: pytest.FixtureRequest, server: ApiServer) -> Iterator[Helm]:
    """A Helm of somebody who may do everything, in a cluster without the kind and without a release."""
    helm = on(request.getfixturevalue(request.param), server)
    yield helm
    for release in json.loads(helm.run(["list", "--output=json"])):
        helm.run(["uninstall", release["name"], "--wait"])
    server.kubectl("delete", "configmaps", "--all", f"--namespace={NAMESPACE}")
    server.forget_kinds()


def test_the_kind_is_made_brought_up_to_date_and_outlives_its_release(
    admin: Helm, server: ApiServer, tmp_path: Path
) -> None:
    older = _older(tmp_path)
    assert "the kind HealthCheck is this release's; it stays" in admin.run(["install", RELEASE, str(older)], ON)
    server.until_told(KIND)
    server.apply(check(PERIODIC))
    assert OLD_WORDS in json.dumps(_kind(server))
    assert "is this release's" in _upgrade(admin, ON)
    assert OLD_WORDS not in json.dumps(_kind(server))
    admin.run(["uninstall", RELEASE, "--wait"])
    assert "tried" in server.kubectl("get", "healthchecks", "--namespace=default")


def test_what_a_release_left_behind_is_its_own_when_it_is_installed_again(admin: Helm, server: ApiServer) -> None:
    _install(admin, ON)
    admin.run(["uninstall", RELEASE, "--wait"])
    assert "is this release's" in _install(admin, joined(ON, {"commonLabels": {"team": "back"}}))
    assert _kind(server)["metadata"]["labels"]["team"] == "back"


@pytest.mark.parametrize("values", [OFF, NOT_OURS], ids=["checks are off", "the kind is not ours to make"])
def test_an_upgrade_that_no_longer_has_the_kind_deletes_no_check(
    admin: Helm, server: ApiServer, values: Values
) -> None:
    _install(admin, ON)
    server.until_told(KIND)
    server.apply(check(PERIODIC))
    _upgrade(admin, values)
    assert "is this release's" in _upgrade(admin, ON)
    admin.run(["rollback", RELEASE, "2"])
    with suppress(Refused):  # Helm 3 does not go back to what it kept
        admin.run(["rollback", RELEASE, "1"])
    assert "is this release's" in _upgrade(admin, ON)
    assert "tried" in server.kubectl("get", "healthchecks", "--namespace=default")


def test_the_predecessors_kind_is_left_as_it_is(admin: Helm, server: ApiServer) -> None:
    server.apply(predecessor.definition())
    server.until_told(KIND)
    before = _kind(server)
    notes = _install(admin, ON)
    assert "the kind HealthCheck was there, and is left as it is" in notes
    assert "Where active-monitor runs, stop it" in notes
    _upgrade(admin, joined(ON, {"config": {"log_level": "debug"}}))
    admin.run(["uninstall", RELEASE, "--wait"])
    assert _kind(server) == before


def test_the_command_of_the_notes_brings_the_kind_up_to_date_and_later_upgrades_work(
    admin: Helm, server: ApiServer
) -> None:
    server.apply(predecessor.definition())
    server.until_told(KIND)
    server.apply(check(PERIODIC))
    (command,) = [line.split() for line in _install(admin, ON).splitlines() if "crd-healthchecks.yaml" in line]
    server.kubectl(*[part.replace("CHART", str(CHART)) for part in command[1:]])
    assert "x-kubernetes-validations" in json.dumps(_kind(server)["spec"])
    assert "was there, and is left as it is" in _upgrade(admin, ON)
    assert "tried" in server.kubectl("get", "healthchecks", "--namespace=default")


def test_a_kind_that_stayed_is_taken_over_by_the_commands_of_the_page(admin: Helm, server: ApiServer) -> None:
    _install(admin, ON, "first")
    admin.run(["uninstall", "first", "--wait"])
    page = (CHART / "README.md").read_text(encoding="utf-8").replace("\\\n", "")
    commands = [
        line.split()[2:] for line in page.splitlines() if line.startswith("$ kubectl") and "--overwrite" in line
    ]
    assert [command[0] for command in commands] == ["label", "annotate"]
    for command in commands:
        server.kubectl(*[part.replace("RELEASE", RELEASE).replace("NAMESPACE", NAMESPACE) for part in command])
    assert "is this release's" in _install(admin, joined(ON, {"commonLabels": {"team": "heirs"}}))
    assert _kind(server)["metadata"]["labels"]["team"] == "heirs"


def test_what_is_rendered_without_a_cluster_is_applied_over_the_predecessors_kind(
    admin: Helm, server: ApiServer
) -> None:
    server.apply(predecessor.definition())
    server.until_told(KIND)
    server.apply(check(PERIODIC))
    rendered = as_json(replace(admin, kubeconfig="/dev/null").objects(ON))
    server.kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", stdin=rendered)
    assert "x-kubernetes-validations" in json.dumps(_kind(server)["spec"])
    assert "tried" in server.kubectl("get", "healthchecks", "--namespace=default")
    server.kubectl("delete", "--filename=-", stdin=rendered)


def test_of_two_releases_the_first_has_the_kind_and_the_other_leaves_it_alone(admin: Helm, server: ApiServer) -> None:
    _install(admin, ON)
    before = _kind(server)["metadata"]
    assert f"is of the release {RELEASE} in {NAMESPACE}, and is left to it" in _install(admin, ON, "second")
    admin.run(["uninstall", "second", "--wait"])
    after = _kind(server)["metadata"]
    assert (after["annotations"], after["labels"]) == (before["annotations"], before["labels"])
    assert "is this release's" in _upgrade(admin, ON)


def test_what_is_missing_is_told_and_no_more_once_it_is_there(admin: Helm, server: ApiServer) -> None:
    templates = {"healthchecks": {"templates": {"existingConfigMap": "check-workflows"}}}
    notes = _install(admin, joined(NOT_OURS, templates))
    (command,) = [line.split() for line in notes.splitlines() if "crd-healthchecks.yaml" in line]
    assert [line.partition(";")[0].strip() for line in notes.splitlines() if "missing:" in line] == [
        "missing: the kind HealthCheck",
        "missing: Argo Workflows",
        f"missing: the ConfigMap check-workflows in the namespace {NAMESPACE}",
    ]
    server.kubectl(*[part.replace("CHART", str(CHART)) for part in command[1:]])
    server.until_told(KIND)
    server.apply(WORKFLOWS, _config_map("check-workflows"))
    server.until_told(WORKFLOWS["metadata"]["name"])
    notes = _upgrade(admin, joined(NOT_OURS, templates))
    assert "missing" not in notes
    assert "the kind HealthCheck is there" in notes


def test_while_the_kind_is_missing_the_exporter_is_not_ready(helm: Helm, server: ApiServer, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(helm.objects(NOT_OURS).settings(), encoding="utf-8")
    settings = load({}, Surroundings({}, is_terminal=False), str(file)).settings
    with (
        closing(connect(str(server.kubeconfigs["admin"]))) as connection,
        looked_after(connection, settings.checks_lease, healthchecks=settings.healthchecks) as part,
    ):
        assert [(one.ok, one.detail) for one in part.checks()] == [
            (False, "the cluster knows no HealthChecks: apply their CRD")
        ]


def test_other_kinds_of_argos_group_are_not_taken_for_workflows(admin: Helm, server: ApiServer) -> None:
    names = {"kind": "Rollout", "plural": "rollouts", "singular": "rollout"}
    other = {
        **WORKFLOWS,
        "metadata": {"name": "rollouts.argoproj.io"},
        "spec": {**WORKFLOWS["spec"], "names": names},
    }
    server.apply(other)
    server.until_told("rollouts.argoproj.io")
    assert "missing: Argo Workflows" in _install(admin, ON)


def test_who_may_not_see_kinds_is_told_so_and_installs_without_making_one(admin: Helm, server: ApiServer) -> None:
    server.apply(*_rights_of_a_team("team-c"))
    team = replace(admin, kubeconfig=str(server.kubeconfigs["team"]), namespace="team-c")
    own = {"namespaces": ["team-c"], "serviceMonitor": {"enabled": False}, "rules": {"enabled": False}}
    with pytest.raises(Refused, match=r"customresourcedefinitions\S+ .* is forbidden"):
        team.run(["install", RELEASE, str(CHART)], joined(own, ON))
    with suppress(Refused):
        team.run(["uninstall", RELEASE])
    assert "run as Argo workflows" in team.run(["install", RELEASE, str(CHART)], joined(own, NOT_OURS))
    team.run(["uninstall", RELEASE, "--wait"])


def _install(helm: Helm, values: Values, release: str = RELEASE) -> str:
    return helm.run(["install", release, str(CHART)], values)


def _upgrade(helm: Helm, values: Values) -> str:
    return helm.run(["upgrade", RELEASE, str(CHART), "--reset-values"], values)


def _kind(server: ApiServer) -> Object:
    told: Object = json.loads(server.kubectl("get", f"crd/{KIND}", "--output=json"))
    return {"metadata": told["metadata"], "spec": told["spec"]}


def _older(folder: Path) -> Path:
    """A chart of a version that described the kind in other words."""
    older = shutil.copytree(CHART, folder / CHART.name)
    file = older / crd.FILE
    file.write_text(file.read_text(encoding="utf-8").replace("What to run, and when.", OLD_WORDS), encoding="utf-8")
    return older


def _config_map(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE}}


def _rights_of_a_team(namespace: str) -> list[Object]:
    """Everything in one namespace, nothing outside it."""
    rbac, metadata = "rbac.authorization.k8s.io", {"name": "team", "namespace": namespace}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "User", "apiGroup": rbac, "name": "team"}],
        },
    ]
