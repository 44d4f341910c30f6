"""Service accounts and roles of checks on a real API server, made by an account with exactly the chart's rights."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from kubevigil.kube.connection import Connection
from tests.chart.apiserver import ApiServer
from tests.chart.binaries import Binaries
from tests.chart.helm import Helm
from tests.cluster.cluster import wait_for

from .argo import Argo
from .test_healthchecks import argo, check, known, looked_after, says

__all__ = ["argo", "known"]

Object = dict[str, Any]
GET_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
GET_CONFIGMAPS = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
RESTART = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}
RUN_WORKFLOWS = {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["create"]}
READ_LOGS = {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}
RBAC = "rbac.authorization.k8s.io"
RESOURCES = "serviceaccounts,roles,rolebindings"
MADE = {
    "serviceaccount/checker",
    f"role.{RBAC}/checker-ns-role",
    f"rolebinding.{RBAC}/checker-ns-role-binding",
}


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubevigil.app.check_tidying._EVERY", 1.0)


@pytest.fixture(scope="module")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(Binaries.found()["helm3"], tmp_path_factory.mktemp("helm"))


@pytest.fixture(params=["namespace", "cluster"])
def level(request: pytest.FixtureRequest) -> str:
    word: str = request.param
    return word


@pytest.fixture
def exporter(known: ApiServer, helm: Helm, level: str, team: Connection) -> Iterator[Connection]:
    """Of `team`, who has the roles of the chart, with rights for checks of that level."""
    values = {"healthchecks": {"enabled": True, "rights": {"level": level, "rules": [RESTART]}}}
    roles = helm.objects(values).of("Role", "ClusterRole")
    bindings = helm.objects(values).of("RoleBinding", "ClusterRoleBinding")
    for binding in bindings:
        binding["subjects"] = [{"kind": "User", "apiGroup": RBAC, "name": "team"}]
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "monitoring"}}
    known.apply(home, *roles, *bindings)
    yield team
    for one in (*bindings, *roles):
        where = (f"--namespace={one['metadata']['namespace']}",) if "namespace" in one["metadata"] else ()
        known.kubectl("delete", one["kind"], one["metadata"]["name"], *where)


def looking(exporter: Connection, level: str) -> Any:
    return looked_after(exporter, "monitoring/kubevigil-healthchecks", checks_rbac=level)


def asking(namespace: str, *rules: Object, name: str = "hello", level: str = "namespace", **spec: Any) -> Object:
    wanted = check(namespace, name, **{"repeatAfterSec": 2, "level": level, **spec})
    wanted["spec"]["workflow"]["rbacRules"] = list(rules)
    return wanted


def there(server: ApiServer, namespace: str, resources: str = RESOURCES) -> set[str]:
    """What was made for checks of a namespace."""
    marked = f"--selector=kubevigil.io/healthcheck-rights={namespace}"
    where = f"--namespace={namespace}" if resources == RESOURCES else "--ignore-not-found"
    told = server.kubectl("get", resources, where, marked, "--output=name")
    return {word for word in told.split() if "/" in word}


def may(server: ApiServer, namespace: str, verb: str, resource: str, *where: str) -> bool:
    """Whether the check's account may do something, by the API server's own answer."""
    who = f"system:serviceaccount:{namespace}:checker"
    attributes = {"verb": verb, "resource": resource, **({"namespace": where[0]} if where else {})}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": who, "resourceAttributes": attributes},
    }
    told = server.kubectl("create", "--filename=-", "--output=json", stdin=json.dumps(review))
    allowed: bool = json.loads(told)["status"]["allowed"]
    return allowed


@pytest.mark.usefixtures("argo")
def test_a_check_has_its_account_and_rights_when_it_runs_and_all_goes_with_it(
    known: ApiServer, exporter: Connection, level: str, namespace: str
) -> None:
    with looking(exporter, level):
        known.apply(asking(namespace, GET_PODS))
        wait_for("it succeeded", partial(says, known, namespace, status="Succeeded"), 60)
        assert there(known, namespace) == MADE
        assert may(known, namespace, "get", "pods", namespace)
        assert not may(known, namespace, "list", "pods", namespace)
        assert not may(known, namespace, "get", "pods", "kube-system")
        labels = known.kubectl("get", "serviceaccount", "checker", f"--namespace={namespace}", "--output=yaml")
        assert "workflows.argoproj.io/managed-by: active-monitor" in labels
        known.kubectl("delete", "healthcheck", "hello", f"--namespace={namespace}")
        wait_for("all is gone", lambda: not there(known, namespace), 60)


@pytest.mark.usefixtures("argo")
def test_of_level_cluster_it_has_them_everywhere_or_is_refused(
    known: ApiServer, exporter: Connection, level: str, namespace: str
) -> None:
    with looking(exporter, level):
        known.apply(asking(namespace, GET_PODS, level="cluster"))
        if level == "namespace":
            found = wait_for("it failed", partial(says, known, namespace, status="Failed"), 60)
            assert "checks.rbac to be cluster" in found["errorMessage"]
            assert not there(known, namespace)
        else:
            wait_for("it succeeded", partial(says, known, namespace, status="Succeeded"), 60)
            assert may(known, namespace, "get", "pods", "kube-system")
            assert not may(known, namespace, "create", "workflowtaskresults", "kube-system")
        known.kubectl("delete", "healthcheck", "hello", f"--namespace={namespace}")
        of_cluster = "clusterroles,clusterrolebindings"
        wait_for("all is gone", lambda: not there(known, namespace) | there(known, namespace, of_cluster), 60)


@pytest.mark.usefixtures("argo")
def test_what_the_exporter_does_not_hold_the_api_server_does_not_let_it_give(
    known: ApiServer, exporter: Connection, level: str, namespace: str
) -> None:
    with looking(exporter, level):
        known.apply(asking(namespace, GET_CONFIGMAPS))
        found = wait_for("it failed", partial(says, known, namespace, status="Failed"), 60)
        assert "rbacRules cannot be given: the exporter gives only what its own role holds" in found["errorMessage"]
        assert "not currently held" in found["errorMessage"]
        assert not may(known, namespace, "get", "configmaps", namespace)
        known.apply(asking(namespace, GET_PODS, name="other"))
        wait_for("its neighbour succeeded", partial(says, known, namespace, "other", status="Succeeded"), 60)
        events = known.kubectl("get", "events", f"--namespace={namespace}", "--output=json")
        assert "WorkflowRefused" in {event["reason"] for event in json.loads(events)["items"]}
        known.kubectl("delete", "healthcheck", "--all", f"--namespace={namespace}")
        wait_for("all is gone", lambda: not there(known, namespace), 60)


@pytest.mark.usefixtures("argo")
@pytest.mark.parametrize("rule", [RUN_WORKFLOWS, READ_LOGS], ids=["run workflows", "read logs"])
def test_what_the_exporter_holds_for_its_own_work_is_not_given_in_the_whole_cluster(
    known: ApiServer, exporter: Connection, level: str, namespace: str, rule: Object
) -> None:
    """The API server would let it: it holds these rights in all namespaces."""
    with looking(exporter, level):
        known.apply(asking(namespace, rule, level="cluster"))
        found = wait_for("it failed", partial(says, known, namespace, status="Failed"), 60)
        words = "spec.workflow.rbacRules ask for " if level == "cluster" else "checks.rbac to be cluster"
        assert words in found["errorMessage"]
        assert not there(known, namespace) | there(known, namespace, "clusterroles,clusterrolebindings")
        known.kubectl("delete", "healthcheck", "hello", f"--namespace={namespace}")


def test_an_account_that_is_there_is_used_and_given_nothing(
    known: ApiServer, argo: Argo, exporter: Connection, level: str, namespace: str
) -> None:
    known.kubectl("create", "serviceaccount", "checker", f"--namespace={namespace}")
    with looking(exporter, level):
        known.apply(asking(namespace, GET_PODS))
        wait_for("it succeeded", partial(says, known, namespace, status="Succeeded"), 60)
        assert [one for one in argo.created if one[0] == namespace]
        assert not there(known, namespace)
        assert not may(known, namespace, "get", "pods", namespace)
        known.kubectl("delete", "healthcheck", "hello", f"--namespace={namespace}")
    assert "checker" in known.kubectl("get", "serviceaccounts", f"--namespace={namespace}")


@pytest.mark.usefixtures("argo")
def test_a_role_has_the_rights_of_all_checks_of_its_account_and_loses_those_of_one_that_goes(
    known: ApiServer, exporter: Connection, level: str, namespace: str
) -> None:
    with looking(exporter, level):
        known.apply(asking(namespace, GET_PODS), asking(namespace, RESTART, name="other"))
        for name in ("hello", "other"):
            wait_for("it succeeded", partial(says, known, namespace, name, status="Succeeded"), 60)
        assert may(known, namespace, "get", "pods", namespace)
        known.kubectl("delete", "healthcheck", "hello", f"--namespace={namespace}")
        wait_for("the right is gone", lambda: not may(known, namespace, "get", "pods", namespace), 60)
        known.kubectl("delete", "healthcheck", "other", f"--namespace={namespace}")
        wait_for("all is gone", lambda: not there(known, namespace), 60)


@pytest.mark.usefixtures("argo")
def test_an_account_that_the_list_does_not_name_runs_nothing(
    known: ApiServer, connection: Connection, namespace: str
) -> None:
    known.apply(check(namespace, repeatAfterSec=2))
    lease = f"{namespace}/lease"
    with looked_after(connection, lease, namespaces=(namespace,), checks_service_accounts=("*/probe-*",)):
        found = wait_for("it failed", partial(says, known, namespace, status="Failed"), 60)
    assert f"is '{namespace}/checker', which checks.service_accounts does not name" in found["errorMessage"]
    with looked_after(connection, lease, namespaces=(namespace,), checks_service_accounts=(f"{namespace}/ch*",)):
        wait_for("it succeeded", partial(says, known, namespace, status="Succeeded"), 60)


@pytest.mark.usefixtures("argo")
def test_switched_off_nothing_is_made(known: ApiServer, connection: Connection, namespace: str) -> None:
    known.apply(asking(namespace, GET_PODS))
    with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)):
        wait_for("it succeeded", partial(says, known, namespace, status="Succeeded"), 60)
    assert not there(known, namespace)
    assert "checker" not in known.kubectl("get", "serviceaccounts", f"--namespace={namespace}")
