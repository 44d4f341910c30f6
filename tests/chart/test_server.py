"""The chart on a real API server: it takes every example, and what is read from the cluster is what is there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import yaml
from charts.generate import crd

from . import apiserver
from .apiserver import ApiServer, as_json
from .binaries import Binaries
from .helm import CHART, CI, NAMESPACE, RELEASE, Helm, Object, Objects, Refused, Values, ci

pytestmark = [pytest.mark.timeout(300)]

RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
HOME: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": RESTRICTED}}
LABELLED = {"serviceMonitor": {"labels": {"release": "acme"}}}


@pytest.fixture(scope="session")
def bare_server(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """Without the Prometheus operator."""
    with apiserver.running(binaries, tmp_path_factory.mktemp("bare")) as server:
        server.apply(HOME)
        yield server


@pytest.fixture(scope="session")
def server(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """With the Prometheus operator's kinds, and HealthCheck."""
    with apiserver.running(binaries, tmp_path_factory.mktemp("server")) as server:
        server.apply(HOME)
        server.knows("servicemonitors", "prometheuses", "prometheusrules", "alertmanagerconfigs", "alertmanagers")
        server.apply(crd.definition())  # for the chart's own checks
        server.until_told(f"healthchecks.{crd.GROUP}")
        yield server


@pytest.fixture
def prometheuses(server: ApiServer) -> Iterator["Prometheuses"]:
    made = Prometheuses(server)
    yield made
    made.gone()


class Prometheuses:
    """Prometheus objects, for one test."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    def make(self, name: str, spec: Values, namespace: str = "default") -> None:
        metadata = {"name": name, "namespace": namespace}
        self._server.apply(
            {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "metadata": metadata, "spec": dict(spec)}
        )

    def gone(self) -> None:
        for namespace in ("default", NAMESPACE):
            self._server.kubectl("delete", "prometheuses", "--all", f"--namespace={namespace}")


class Installed(NamedTuple):
    """What an installation would make, and what it tells."""

    objects: Objects
    notes: str

    @property
    def labels(self) -> Object:
        """The ServiceMonitor's, without those that all objects have."""
        labels = self.objects.one("ServiceMonitor")["metadata"]["labels"]
        return {key: value for key, value in labels.items() if "/" not in key}


@pytest.mark.parametrize("name", CI)
def test_the_server_takes_every_object_of_the_example(helm: Helm, server: ApiServer, name: str) -> None:
    rendered = as_json(helm.objects(ci(name)))
    said = server.kubectl("apply", "--dry-run=server", "--validate=strict", "--filename=-", stdin=rendered)
    assert "Warning" not in said


@pytest.mark.parametrize("name", CI)
def test_a_namespace_that_enforces_restricted_takes_the_pod(helm: Helm, server: ApiServer, name: str) -> None:
    pod = helm.objects(ci(name)).pod()
    pod["metadata"] |= {"name": "tried", "namespace": NAMESPACE}
    pod |= {"apiVersion": "v1", "kind": "Pod"}
    said = server.kubectl("create", "--dry-run=server", "--validate=strict", "--filename=-", stdin=as_json([pod]))
    assert "Warning" not in said


def test_both_helms_install_upgrade_and_uninstall_a_bare_release(
    helm3: Helm, helm4: Helm, bare_server: ApiServer
) -> None:
    for number, helm in enumerate((helm3, helm4)):
        admin, release = _on(helm, bare_server), f"release-{number}"
        assert "no monitoring.coreos.com/v1" in admin.run(["install", release, str(CHART)])
        changed = {"config": {"log_level": "debug"}, "persistence": {"enabled": True}}
        assert "on the claim" in admin.run(["upgrade", release, str(CHART), "--reset-then-reuse-values"], changed)
        assert "on the claim" in admin.run(["get", "notes", release])
        admin.run(["uninstall", release])
        left = bare_server.kubectl("get", "all,configmap,serviceaccount", f"--namespace={NAMESPACE}", "--output=name")
        assert release not in left


def test_the_labels_are_what_the_clusters_prometheus_selects_by(
    helm3: Helm, helm4: Helm, server: ApiServer, prometheuses: Prometheuses
) -> None:
    prometheuses.make("main", {"serviceMonitorSelector": {"matchLabels": {"release": "acme"}}, **EVERYWHERE})
    for helm in (helm3, helm4):
        found = _installed(helm, server)
        assert found.labels == {"release": "acme"}
        assert "labels release=acme" in found.notes
        assert "from the cluster's Prometheus objects" in found.notes
        assert "selected by default/main\n" in found.notes


EVERYWHERE: Values = {"serviceMonitorNamespaceSelector": {}}
SELECTORS: dict[str, tuple[Values, Object, bool]] = {
    "an In by its first value": (
        {"matchExpressions": [{"key": "team", "operator": "In", "values": ["b", "a"]}]},
        {"team": "b"},
        True,
    ),
    "an Exists": ({"matchExpressions": [{"key": "scraped", "operator": "Exists"}]}, {"scraped": "true"}, True),
    "a NotIn needs nothing": (
        {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["b"]}]},
        {},
        True,
    ),
    "an empty one needs nothing": ({}, {}, True),
}


@pytest.mark.parametrize("title", SELECTORS)
def test_expressions_of_a_selector_are_met_too(
    helm: Helm, server: ApiServer, prometheuses: Prometheuses, title: str
) -> None:
    selector, labels, selected = SELECTORS[title]
    prometheuses.make("main", {"serviceMonitorSelector": dict(selector), **EVERYWHERE})
    found = _installed(helm, server)
    assert found.labels == labels
    assert ("\n               selected by default/main" in found.notes) is selected


def test_several_that_agree_are_all_served(helm: Helm, server: ApiServer, prometheuses: Prometheuses) -> None:
    prometheuses.make("one", {"serviceMonitorSelector": {"matchLabels": {"release": "acme"}}, **EVERYWHERE})
    prometheuses.make("two", {"serviceMonitorSelector": {"matchLabels": {"scrape": "yes"}}, **EVERYWHERE})
    found = _installed(helm, server)
    assert found.labels == {"release": "acme", "scrape": "yes"}
    assert "selected by default/one, default/two\n" in found.notes


def test_in_a_conflict_the_first_gets_its_way_and_the_notes_name_the_other(
    helm: Helm, server: ApiServer, prometheuses: Prometheuses
) -> None:
    prometheuses.make("one", {"serviceMonitorSelector": {"matchLabels": {"release": "acme"}}, **EVERYWHERE})
    prometheuses.make("two", {"serviceMonitorSelector": {"matchLabels": {"release": "b", "x": "y"}}, **EVERYWHERE})
    found = _installed(helm, server)
    assert found.labels == {"release": "acme"}
    assert "               selected by default/one\n" in found.notes
    assert "not selected by default/two: see" in found.notes


AT_HOME: Values = {"serviceMonitorSelector": {"matchLabels": {"release": "acme"}}}
"""Looks at the namespace that it is in, and at no other."""


@pytest.mark.parametrize("spec", [AT_HOME, EVERYWHERE], ids=["looks at its own namespace only", "selects nothing"])
def test_one_that_would_not_look_decides_nothing(
    helm: Helm, server: ApiServer, prometheuses: Prometheuses, spec: Values
) -> None:
    prometheuses.make("main", spec)
    found = _installed(helm, server)
    assert found.labels == {}
    assert "not selected by default/main" in found.notes


def test_one_in_the_namespace_of_the_release_needs_no_namespace_selector(
    helm: Helm, server: ApiServer, prometheuses: Prometheuses
) -> None:
    prometheuses.make("main", AT_HOME, NAMESPACE)
    assert _installed(helm, server).labels == {"release": "acme"}


def test_with_no_prometheus_yet_the_label_is_the_stacks(helm: Helm, server: ApiServer) -> None:
    found = _installed(helm, server)
    assert found.labels == {"release": "kube-prometheus-stack"}
    assert "from the default of kube-prometheus-stack" in found.notes


def test_labels_that_are_given_are_not_asked_for(helm: Helm, server: ApiServer, prometheuses: Prometheuses) -> None:
    prometheuses.make("main", {"serviceMonitorSelector": {"matchLabels": {"release": "other"}}, **EVERYWHERE})
    found = _installed(helm, server, LABELLED)
    assert found.labels == {"release": "acme"}


TEAM_RULES = [
    {"apiGroups": ["", "apps"], "resources": ["*"], "verbs": ["*"]},
    {"apiGroups": ["monitoring.coreos.com"], "resources": ["servicemonitors", "prometheusrules"], "verbs": ["*"]},
    {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": ["*"]},
]
"""What an administrator of a namespace may do there."""


def test_a_team_installs_with_rights_in_its_own_namespace_alone(helm3: Helm, helm4: Helm, server: ApiServer) -> None:
    server.apply(*_rights_of_a_team("team-a"))
    own = {"namespaces": ["team-a"], **LABELLED}
    for helm in (helm3, helm4):
        team = replace(_on(helm, server, "team"), namespace="team-a")
        assert "by a Role in each of them" in team.run(["install", RELEASE, str(CHART)], own)
        team.run(["uninstall", RELEASE])


def test_who_may_not_list_prometheus_objects_is_told_so(helm: Helm, server: ApiServer) -> None:
    server.apply(*_rights_of_a_team("team-b"))
    team = replace(_on(helm, server, "team"), namespace="team-b")
    with pytest.raises(Refused, match=r"prometheuses\.monitoring\.coreos\.com is forbidden"):
        team.run(["install", RELEASE, str(CHART)], {"namespaces": ["team-b"]})


def _rights_of_a_team(namespace: str) -> list[Object]:
    rbac = "rbac.authorization.k8s.io"
    metadata = {"name": "team", "namespace": namespace}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": TEAM_RULES},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "team"},
            "subjects": [{"kind": "User", "apiGroup": rbac, "name": "team"}],
        },
    ]


def _on(helm: Helm, server: ApiServer, user: str = "admin") -> Helm:
    return replace(helm, kubeconfig=str(server.kubeconfigs[user]))


def _installed(helm: Helm, server: ApiServer, values: Values | None = None) -> Installed:
    said = _on(helm, server).run(["install", RELEASE, str(CHART), "--dry-run=server"], values or {})
    manifest, _, notes = said.partition("MANIFEST:\n")[2].partition("NOTES:\n")
    documents: list[Any] = list(yaml.safe_load_all(manifest))
    return Installed(Objects([item for item in documents if item]), notes)
