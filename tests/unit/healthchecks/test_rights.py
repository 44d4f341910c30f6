"""Which accounts checks get, what each may do, and the objects that give it."""

from typing import Any

import pytest

from kubevigil.healthchecks.manifest import CHECK, REMEDY, BadTemplate
from kubevigil.healthchecks.rights import ALLOWED, OURS, Account, Grant, defaults, grant_of, part_of, wanted
from kubevigil.healthchecks.rights_objects import account_object, is_ours, objects_of
from kubevigil.healthchecks.rights_rules import EXECUTOR, Right, rights_of
from kubevigil.healthchecks.spec import Spec

from .making import raw_spec, spec_of

CLUSTER, NAMESPACE = ALLOWED["cluster"], ALLOWED["namespace"]
PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
GET_PODS = frozenset({Right("", "pods", "", "", "get")})
DELETE_PODS = frozenset({Right("", "pods", "", "", "delete")})


def spec(*rules: Any, level: str = "namespace", account: str = "checker", remedy: Any = None) -> Spec:
    part = raw_spec()["workflow"]
    part = {**part, "rbacRules": list(rules), "resource": {**part["resource"], "serviceAccount": account}}
    return spec_of(level=level, workflow=part, **({"remedyworkflow": remedy} if remedy else {}))


def remedy(*rules: Any, account: str = "checker") -> Any:
    part = raw_spec()["workflow"]
    return {**part, "rbacRules": list(rules), "resource": {**part["resource"], "serviceAccount": account}}


def test_names_and_labels_are_the_predecessors() -> None:
    account = Account("health", "checker")
    objects = [account_object(account), *objects_of(account, Grant(EXECUTOR, GET_PODS))]
    assert [(one.body["kind"], one.name, one.namespace) for one in objects] == [
        ("ServiceAccount", "checker", "health"),
        ("Role", "checker-ns-role", "health"),
        ("RoleBinding", "checker-ns-role-binding", "health"),
        ("ClusterRole", "checker-cluster-role", ""),
        ("ClusterRoleBinding", "checker-cluster-role-binding", ""),
    ]
    for one in objects:
        assert one.body["metadata"]["labels"]["workflows.argoproj.io/managed-by"] == "active-monitor"
        assert is_ours(one.body, "health")
        assert not is_ours(one.body, "shop")


def test_a_binding_binds_its_own_role_to_its_own_account_and_to_no_other() -> None:
    bindings = [
        one for one in objects_of(Account("health", "checker"), Grant(EXECUTOR, GET_PODS)) if one.mutable == "subjects"
    ]
    assert [one.body["roleRef"]["kind"] for one in bindings] == ["Role", "ClusterRole"]
    for one in bindings:
        assert one.name == one.body["roleRef"]["name"] + "-binding"
        assert one.body["subjects"] == [{"kind": "ServiceAccount", "name": "checker", "namespace": "health"}]


def test_argos_executor_has_its_right_in_the_namespace_whatever_the_level() -> None:
    assert grant_of(spec(PODS), CHECK, NAMESPACE) == Grant(EXECUTOR | GET_PODS)
    assert grant_of(spec(PODS, level="cluster"), CHECK, CLUSTER) == Grant(EXECUTOR, GET_PODS)


def test_argos_executor_gets_no_right_of_the_whole_cluster_by_rules_that_name_it() -> None:
    told = {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}
    assert grant_of(spec(PODS, told, level="cluster"), CHECK, CLUSTER) == Grant(EXECUTOR, GET_PODS)
    assert grant_of(spec(PODS, told), CHECK, NAMESPACE) == Grant(EXECUTOR | GET_PODS)


def test_without_rules_a_check_may_read_and_its_remedy_may_do_nothing() -> None:
    both = spec(remedy=remedy())
    assert grant_of(both, CHECK, NAMESPACE) == Grant(EXECUTOR | defaults(cluster=False))
    assert grant_of(both, REMEDY, NAMESPACE) == Grant(EXECUTOR)


@pytest.mark.parametrize("cluster", [False, True])
def test_the_defaults_only_read_and_neither_secrets_nor_configmaps(cluster: bool) -> None:
    assert {right.verb for right in defaults(cluster=cluster)} == {"get", "list", "watch"}
    assert not {right.resource for right in defaults(cluster=cluster)} & {"secrets", "configmaps"}
    assert ("nodes" in {right.resource for right in defaults(cluster=cluster)}) is cluster


def test_rights_of_the_whole_cluster_need_a_switch_of_their_own() -> None:
    with pytest.raises(
        BadTemplate, match=r"^spec.level is 'cluster', which needs the exporter's checks.rbac to be cluster$"
    ):
        grant_of(spec(PODS, level="cluster"), CHECK, NAMESPACE)


def test_a_bad_rule_of_a_remedy_is_told_by_its_place() -> None:
    bad = spec(PODS, remedy=remedy({**PODS, "verbs": ["*"]}))
    with pytest.raises(BadTemplate, match=r"^spec.remedyworkflow.rbacRules ask for \* on pods: a wildcard"):
        grant_of(bad, REMEDY, NAMESPACE)
    assert grant_of(bad, CHECK, NAMESPACE).local == EXECUTOR | GET_PODS


def test_a_remedy_that_shares_the_checks_account_gets_one_of_its_own() -> None:
    def runs_as(wanted: Spec) -> str:
        part = part_of(wanted, REMEDY)
        assert part is not None
        return part.service_account

    assert runs_as(spec(remedy=remedy())) == "checker-remedy"
    assert runs_as(spec(remedy=remedy(account="healer"))) == "healer"
    assert runs_as(spec(account="", remedy=remedy(account=""))) == ""
    assert part_of(spec(), REMEDY) is None


def test_a_remedys_rights_are_wanted_only_while_it_is_under_way() -> None:
    both = spec(PODS, remedy=remedy({**PODS, "verbs": ["delete"]}))
    quiet, healing = (wanted([(both, under_way)], NAMESPACE) for under_way in (False, True))
    assert quiet == {Account("health", "checker"): Grant(EXECUTOR | GET_PODS)}
    assert healing == {**quiet, Account("health", "checker-remedy"): Grant(EXECUTOR | DELETE_PODS)}


def test_checks_of_one_account_share_their_rights_and_a_bad_one_has_no_share() -> None:
    bad = spec({**PODS, "verbs": ["escalate"]})
    found = wanted([(one, False) for one in (spec(PODS), spec({**PODS, "verbs": ["delete"]}), bad)], NAMESPACE)
    assert found == {Account("health", "checker"): Grant(EXECUTOR | GET_PODS | DELETE_PODS)}


def test_of_one_account_alone_the_same_is_wanted_as_of_all() -> None:
    specs = [(spec(PODS), True), (spec({**PODS, "verbs": ["delete"]}), False), (spec(account="other"), False)]
    every = wanted(specs, NAMESPACE)
    assert len(every) == 2
    for account, grant in every.items():
        assert wanted(specs, NAMESPACE, account) == {account: grant}


def test_a_check_without_an_account_has_none_made() -> None:
    assert wanted([(spec(PODS, account=""), False)], NAMESPACE) == {}


def test_a_role_has_the_rights_of_its_grant() -> None:
    grant = Grant(EXECUTOR, GET_PODS)
    role, cluster_role = (one for one in objects_of(Account("health", "checker"), grant) if one.mutable == "rules")
    assert (rights_of(role.body["rules"]), rights_of(cluster_role.body["rules"])) == (grant.local, grant.cluster)


@pytest.mark.parametrize(
    "item", [None, [], {}, {"metadata": None}, {"metadata": {"labels": []}}, {"metadata": {"labels": {OURS: 1}}}]
)
def test_what_has_not_our_label_is_not_ours(item: Any) -> None:
    assert not is_ours(item, "health")
