"""What the exporter may do in the cluster: the table below, and nothing outside it."""

from collections.abc import Iterator

import pytest

from .helm import CI, NAMESPACE, Helm, Object, ci

Right = tuple[str, str, str]
"""API group, resource, verb."""

PODS = {("", "pods", "list"), ("", "pods", "watch")}
"""The exporter: it lists the pods, then watches them."""

LOGS = {("", "pods", "get"), ("", "pods/log", "get"), ("", "events", "list")}
"""Crash logs: the pod is read again, then its log, and what Kubernetes said of it."""

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")


@pytest.mark.parametrize("name", CI)
def test_every_role_has_the_rights_of_the_table_and_no_other(helm: Helm, name: str) -> None:
    roles = helm.objects(ci(name)).of(*ROLES)
    assert roles
    for role in roles:
        assert set(_rights(role)) == PODS | LOGS
        assert all(set(rule) == {"apiGroups", "resources", "verbs"} for rule in role["rules"])


@pytest.mark.parametrize("name", CI)
def test_every_binding_is_of_such_a_role_to_the_exporters_account_alone(helm: Helm, name: str) -> None:
    objects = helm.objects(ci(name))
    account = {key: objects.one("ServiceAccount")["metadata"][key] for key in ("name", "namespace")}
    roles = {key for key in objects.identities() if key[0] in ROLES}
    for binding in objects.of(*BINDINGS):
        assert binding["subjects"] == [{"kind": "ServiceAccount", **account}]
        assert _bound(binding) in roles
    assert len(objects.of(*BINDINGS)) == len(roles)
    assert objects.pod()["spec"]["serviceAccountName"] == account["name"]


def test_without_the_capture_of_logs_there_is_no_right_to_them(helm: Helm) -> None:
    for namespaces in ([], ["shop"]):
        objects = helm.objects({"config": {"capture": "off"}, "namespaces": namespaces})
        assert [set(_rights(role)) for role in objects.of(*ROLES)] == [PODS]


def test_without_namespaces_there_is_one_cluster_role(helm: Helm) -> None:
    assert [item["kind"] for item in helm.objects().of(*ROLES, *BINDINGS)] == ["ClusterRole", "ClusterRoleBinding"]


def test_with_namespaces_there_is_a_role_in_each_and_no_right_outside(helm: Helm) -> None:
    objects = helm.objects({"namespaces": ["shop", "payments"]})
    assert objects.of("ClusterRole", "ClusterRoleBinding") == []
    assert sorted(role["metadata"]["namespace"] for role in objects.of("Role")) == ["payments", "shop"]
    assert sorted(role["metadata"]["namespace"] for role in objects.of("RoleBinding")) == ["payments", "shop"]


def test_without_rbac_there_are_no_roles(helm: Helm) -> None:
    objects = helm.objects({"rbac": {"create": False}, "namespaces": ["shop"]})
    assert objects.of(*ROLES, *BINDINGS) == []


def test_an_account_that_is_not_made_here_is_bound_by_its_name(helm: Helm) -> None:
    objects = helm.objects({"serviceAccount": {"create": False, "name": "theirs"}})
    assert objects.of("ServiceAccount") == []
    assert objects.pod()["spec"]["serviceAccountName"] == "theirs"
    subject = {"kind": "ServiceAccount", "name": "theirs", "namespace": NAMESPACE}
    assert objects.one("ClusterRoleBinding")["subjects"] == [subject]


def test_releases_of_one_name_in_two_namespaces_do_not_clash_where_they_meet(helm: Helm) -> None:
    for values in ({}, {"namespaces": ["shop"]}):
        here = helm.objects(values)
        there = helm.objects({**values, "namespaceOverride": "elsewhere"})
        assert set(here.identities()) & set(there.identities()) == set()


def _rights(role: Object) -> Iterator[Right]:
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    yield group, resource, verb


def _bound(binding: Object) -> tuple[str, str, str]:
    role = binding["roleRef"]
    return role["kind"], binding["metadata"].get("namespace", ""), role["name"]
