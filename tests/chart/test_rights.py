"""What the exporter may do in the cluster: the table below, and nothing outside it."""

from collections.abc import Iterator

import pytest

from .helm import CI, NAMESPACE, Helm, Object, Objects, ci

Right = tuple[str, str, str]
"""API group, resource, verb."""

PODS = {("", "pods", "list"), ("", "pods", "watch")}
"""The exporter: it lists the pods, then watches them."""

LOGS = {("", "pods", "get"), ("", "pods/log", "get"), ("", "events", "list")}
"""Crash logs: the pod is read again, then its log, and what Kubernetes said of it."""

CHECKS = {
    *(("activemonitor.keikoproj.io", "healthchecks", verb) for verb in ("get", "list", "watch")),
    ("activemonitor.keikoproj.io", "healthchecks/status", "patch"),
    *(("argoproj.io", "workflows", verb) for verb in ("list", "watch", "create", "delete")),
    *(("", "events", verb) for verb in ("create", "patch")),
}
"""Health checks, where they are."""

LEASES = {("coordination.k8s.io", "leases", verb) for verb in ("get", "create", "patch")}
"""Health checks, where the Lease is."""

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")


def exporters(helm: Helm, name: str) -> Objects:
    """What an example makes for the exporter; the rights of the chart's own checks are theirs (test_checks)."""
    return helm.objects({**ci(name), "checks": {}})


@pytest.mark.parametrize("name", CI)
def test_every_role_has_the_rights_of_the_table_and_no_other(helm: Helm, name: str) -> None:
    checked = ci(name).get("healthchecks", {}).get("enabled", False)
    roles = exporters(helm, name).of(*ROLES)
    leases = [role for role in roles if role["metadata"]["name"].endswith(":healthchecks")]
    assert [set(_rights(role)) for role in leases] == ([LEASES] if checked else [])
    others = [role for role in roles if role not in leases]
    assert others
    for role in others:
        assert set(_rights(role)) == PODS | LOGS | (CHECKS if checked else set())
        assert all(set(rule) == {"apiGroups", "resources", "verbs"} for rule in role["rules"])


@pytest.mark.parametrize(
    ("given", "namespace", "name"),
    [
        ("", NAMESPACE, "kubevigil-healthchecks"),
        ("mine", NAMESPACE, "mine"),
        ("elsewhere/mine", "elsewhere", "mine"),
    ],
)
def test_of_leases_that_one_alone_can_be_read_and_changed_which_the_settings_name(
    helm: Helm, given: str, namespace: str, name: str
) -> None:
    objects = helm.objects({"healthchecks": {"enabled": True}, "config": {"checks": {"lease": given}}})
    role = objects.one("Role")
    assert role["metadata"]["namespace"] == namespace
    by_verbs = {tuple(rule["verbs"]): rule.get("resourceNames") for rule in role["rules"]}
    assert by_verbs == {("create",): None, ("get", "patch"): [name]}
    assert f"lease: {namespace}/{name}\n" in objects.settings()
    assert objects.one("RoleBinding")["metadata"]["namespace"] == namespace


@pytest.mark.parametrize(
    ("namespaces", "leases"),
    [
        ([], ["kubevigil-healthchecks", "kubevigil-healthchecks"]),
        (["shop"], ["one-kubevigil-healthchecks", "two-kubevigil-healthchecks"]),
    ],
    ids=["of the cluster one runs them", "of namespaces each runs its own"],
)
def test_two_releases_beside_each_other_share_a_lease_or_not(
    helm: Helm, namespaces: list[str], leases: list[str]
) -> None:
    values = {"healthchecks": {"enabled": True}, "namespaces": namespaces}
    for release, lease in zip(("one", "two"), leases, strict=True):
        assert f"lease: {NAMESPACE}/{lease}\n" in helm.objects(values, release=release).settings()


@pytest.mark.parametrize("name", CI)
def test_every_binding_is_of_such_a_role_to_the_exporters_account_alone(helm: Helm, name: str) -> None:
    objects = exporters(helm, name)
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
    on = {"enabled": True}
    objects = helm.objects({"rbac": {"create": False}, "namespaces": ["shop"], "healthchecks": on})
    assert objects.of(*ROLES, *BINDINGS) == []


def test_an_account_that_is_not_made_here_is_bound_by_its_name(helm: Helm) -> None:
    objects = helm.objects({"serviceAccount": {"create": False, "name": "theirs"}})
    assert objects.of("ServiceAccount") == []
    assert objects.pod()["spec"]["serviceAccountName"] == "theirs"
    subject = {"kind": "ServiceAccount", "name": "theirs", "namespace": NAMESPACE}
    assert objects.one("ClusterRoleBinding")["subjects"] == [subject]


def test_releases_of_one_name_in_two_namespaces_do_not_clash_where_they_meet(helm: Helm) -> None:
    checked = {"healthchecks": {"enabled": True, "crd": {"create": False}}, "config": {"checks": {"lease": "shop/one"}}}
    for values in ({}, {"namespaces": ["shop"]}, checked):
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
