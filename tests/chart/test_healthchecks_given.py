"""What the exporter holds in order to give it to checks: nothing unless it is asked for, and no more than the table."""

from typing import Any

import pytest

from kubevigil.healthchecks.rights import defaults
from kubevigil.healthchecks.rights_rules import EXECUTOR, Right, covers, judged, rights_of, rules_of

from .helm import Helm, Objects, Refused

ACCOUNTS = {("", "serviceaccounts", verb) for verb in ("get", "list", "create", "delete")}
RBAC = "rbac.authorization.k8s.io"
LOCAL = {
    (RBAC, what, verb) for what in ("roles", "rolebindings") for verb in ("get", "list", "create", "patch", "delete")
}
CLUSTER = {(group, f"cluster{what}", verb) for group, what, verb in LOCAL}
RESTART = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}


def values(level: object, *rules: Any, **more: Any) -> dict[str, Any]:
    return {"healthchecks": {"enabled": True, "rights": {"level": level, "rules": list(rules)}}, **more}


def rights(objects: Objects) -> frozenset[Right]:
    roles = objects.of("Role", "ClusterRole")
    return frozenset().union(
        *(rights_of(role["rules"]) for role in roles if not role["metadata"]["name"].endswith(":healthchecks"))
    )


def added(helm: Helm, given: dict[str, Any]) -> frozenset[Right]:
    """What is held beside what health checks need anyway."""
    return rights(helm.objects(given)) - rights(helm.objects({**given, "healthchecks": {"enabled": True}}))


@pytest.mark.parametrize("level", ["off", False], ids=str)
def test_unasked_the_exporter_may_make_no_account_and_no_role(helm: Helm, level: object) -> None:
    objects = helm.objects(values(level))
    assert not {right.resource for right in rights(objects)} & {
        "serviceaccounts",
        "roles",
        "rolebindings",
        "clusterroles",
    }
    assert "rbac:" not in objects.settings()


@pytest.mark.parametrize(
    ("level", "more", "table"),
    [
        ("namespace", {}, ACCOUNTS | LOCAL),
        ("namespace", {"namespaces": ["shop"]}, ACCOUNTS | LOCAL),
        ("cluster", {}, ACCOUNTS | LOCAL | CLUSTER),
    ],
    ids=["namespace", "namespace of some", "cluster"],
)
def test_asked_it_has_the_rights_of_the_table_and_those_that_it_gives(
    helm: Helm, level: str, more: dict[str, Any], table: set[tuple[str, str, str]]
) -> None:
    found = added(helm, values(level, RESTART, **more))
    made = {right for right in found if (right.group, right.resource, right.verb) in table}
    assert {(right.group, right.resource, right.verb) for right in made} == table
    given = EXECUTOR | defaults(cluster=level == "cluster") | {Right("apps", "deployments", "", "", "patch")}
    assert found - made <= given
    assert covers(rights(helm.objects(values(level, RESTART, **more))), given)


def test_of_what_the_exporter_holds_for_its_own_work_a_check_gets_nothing_in_the_whole_cluster_but_to_read(
    helm: Helm,
) -> None:
    held = rights(helm.objects(values("cluster", RESTART)))
    given = {right for right in held if not judged(rules_of([right]), "rules", cluster=True)[1]}
    for_checks = defaults(cluster=True) | {Right("apps", "deployments", "", "", "patch")} | EXECUTOR
    assert for_checks <= given
    assert {(right.group, right.resource) for right in given - for_checks} == {
        ("activemonitor.keikoproj.io", "healthchecks"),
        ("", "serviceaccounts"),
        *((RBAC, resource) for resource in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")),
    }
    assert {right.verb for right in given - for_checks} == {"get", "list", "watch"}


@pytest.mark.parametrize("level", ["namespace", "cluster"])
def test_it_may_never_give_what_it_does_not_hold(helm: Helm, level: str) -> None:
    held = rights(helm.objects(values(level, RESTART)))
    assert not {right.verb for right in held} & {"escalate", "bind", "impersonate", "*"}
    assert not {right.resource for right in held} & {"*", "secrets", "serviceaccounts/token", "pods/exec"}


def test_the_setting_is_that_of_the_rights(helm: Helm) -> None:
    assert "rbac: namespace\n" in helm.objects(values("namespace")).settings()


@pytest.mark.parametrize(
    "rule",
    [
        {**RESTART, "verbs": ["*"]},
        {**RESTART, "verbs": ["escalate"]},
        {**RESTART, "verbs": ["bind"]},
        {**RESTART, "verbs": ["impersonate"]},
        {**RESTART, "resources": ["*"]},
        {**RESTART, "resources": ["*/scale"]},
        {**RESTART, "apiGroups": ["*"]},
        {"nonResourceURLs": ["/*"], "verbs": ["get"]},
        {"resources": ["pods"], "verbs": ["get"]},
    ],
    ids=lambda rule: " ".join(str(value) for value in rule.values()),
)
def test_a_rule_with_a_wildcard_or_a_way_to_more_is_no_value(helm: Helm, rule: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"/healthchecks/rights/rules/0|healthchecks\.rights\.rules\.0"):
        helm.objects(values("cluster", rule))
