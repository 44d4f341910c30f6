"""Accounts and roles of checks: made before a run, shared, never wider than they must be, and taken away again."""

from dataclasses import replace
from typing import Any

import pytest

from kubevigil.app.check_rights import Rights
from kubevigil.app.check_rights_objects import RightsObjects
from kubevigil.healthchecks.manifest import CHECK, REMEDY, BadTemplate
from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.resources import Meta
from kubevigil.healthchecks.rights import ALLOWED, LABELS, OURS, defaults
from kubevigil.healthchecks.rights_rules import EXECUTOR, Right
from kubevigil.healthchecks.spec import judge
from kubevigil.healthchecks.status import Status
from kubevigil.kube.errors import Conflict
from tests.unit.healthchecks.making import CREATED, raw_spec

from .shelf import Shelf

HELD = EXECUTOR | defaults(cluster=True) | {Right("", "pods", "", "", "delete")}
GET_PODS, DELETE_PODS, GET_NODES = (
    Right("", resource, "", "", verb) for resource, verb in (("pods", "get"), ("pods", "delete"), ("nodes", "get"))
)
UNHELD = Right("apps", "deployments", "", "", "delete")
ACCOUNTS = "/api/v1/namespaces/health/serviceaccounts"
ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/health/roles"
ALL_LOCAL = {"serviceaccounts/checker", "roles/checker-ns-role", "rolebindings/checker-ns-role-binding"}
ALL = ALL_LOCAL | {"clusterroles/checker-cluster-role", "clusterrolebindings/checker-cluster-role-binding"}


def check(
    *rights: Right,
    name: str = "hello",
    account: str = "checker",
    level: str = "namespace",
    namespace: str = "health",
    remedy: Right | None = None,
    under_way: bool = False,
    healing: bool = False,
) -> Check:
    def part(*wanted: Right) -> dict[str, Any]:
        rules = [{"apiGroups": [one.group], "resources": [one.resource], "verbs": [one.verb]} for one in wanted]
        known = raw_spec()["workflow"]
        return {
            **known,
            "rbacRules": rules,
            "resource": {**known["resource"], "namespace": namespace, "serviceAccount": account},
        }

    raw = raw_spec(level=level, workflow=part(*rights), **({"remedyworkflow": part(remedy)} if remedy else {}))
    began = CREATED if healing else None
    status = Status(started_at=CREATED, finished_at=None if under_way else CREATED, remedy_triggered_at=began)
    return Check(Meta(name, f"uid-{name}", namespace, resource_version="1"), judge(raw), status, CREATED)


class Play:
    """Rights on a shelf; `checks` is the picture."""

    def __init__(self, rbac: str = "namespace", held: frozenset[Right] = HELD) -> None:
        self.shelf = Shelf(held)
        self.checks: list[Check] = []
        self.rights = self.anew(rbac)

    def anew(self, rbac: str = "namespace") -> Rights:
        """Those of another process."""
        self.rights = Rights(RightsObjects(self.shelf), lambda: self.checks, ALLOWED[rbac])
        return self.rights

    def run(self, check: Check, kind: str = CHECK) -> str:
        """A run begins; as whom."""
        self.checks = [*(one for one in self.checks if one.meta.uid != check.meta.uid), check]
        spec = check.judged.spec
        part = spec and (spec.workflow if kind == CHECK else spec.remedy)
        assert part
        chosen = self.rights.chosen(check, part, kind)
        self.rights.prepare(check, chosen, kind)
        return chosen.service_account


def test_switched_off_nothing_is_asked_of_the_api_server() -> None:
    play = Play("off")
    assert play.run(check(GET_PODS)) == "checker"
    assert play.run(check(GET_PODS, remedy=DELETE_PODS), REMEDY) == "checker"
    play.rights.tidy()
    assert not play.shelf.asked
    assert not play.shelf.objects


def test_a_check_has_its_account_and_its_role_before_it_runs_and_nothing_is_written_a_second_time() -> None:
    play = Play()
    assert play.run(check(GET_PODS)) == "checker"
    assert play.shelf.names() == ALL_LOCAL
    assert play.shelf.rights("checker-ns-role") == EXECUTOR | {GET_PODS}
    written = list(play.shelf.asked)
    play.run(check(GET_PODS))
    play.rights.tidy()
    assert play.shelf.asked == written


def test_of_the_whole_cluster_it_has_what_it_asks_for_and_argos_right_in_its_namespace() -> None:
    play = Play("cluster")
    play.run(check(GET_NODES, level="cluster"))
    assert play.shelf.names() == ALL
    assert play.shelf.rights("checker-ns-role") == EXECUTOR
    assert play.shelf.rights("checker-cluster-role") == {GET_NODES}


def test_what_the_exporter_does_not_hold_the_api_server_refuses_and_the_run_is_told_so() -> None:
    play = Play()
    with pytest.raises(
        BadTemplate, match=r"rbacRules cannot be given: the exporter gives only what its own role holds; .*403.*"
    ):
        play.run(check(UNHELD))
    assert "roles/checker-ns-role" not in play.shelf.names()


def test_a_check_that_asks_for_too_much_does_not_keep_its_neighbour_from_what_it_may_have() -> None:
    play = Play()
    greedy = check(UNHELD, name="greedy")
    with pytest.raises(BadTemplate):
        play.run(greedy)
    assert play.run(check(GET_PODS)) == "checker"
    assert play.shelf.rights("checker-ns-role") == EXECUTOR | {GET_PODS}
    with pytest.raises(BadTemplate):
        play.run(greedy)
    assert play.run(check(GET_PODS)) == "checker"
    assert play.run(check(DELETE_PODS, name="third")) == "checker"
    assert play.shelf.rights("checker-ns-role") == EXECUTOR | {GET_PODS, DELETE_PODS}


def test_a_neighbour_gets_its_binding_even_where_the_role_was_there_without_it() -> None:
    play = Play()
    play.run(check(GET_PODS))
    (binding,) = [path for path in play.shelf.objects if "rolebindings" in path]
    del play.shelf.objects[binding]
    with pytest.raises(BadTemplate):
        play.run(check(UNHELD, name="greedy"))
    play.run(check(GET_PODS))
    assert play.shelf.names() == ALL_LOCAL


@pytest.mark.parametrize("labels", [{}, LABELS], ids=["a person's", "active-monitor's"])
def test_an_account_that_is_there_is_used_as_it_is_and_given_nothing(labels: dict[str, str]) -> None:
    play = Play()
    play.shelf.put(f"{ACCOUNTS}/checker", {"metadata": {"labels": dict(labels)}})
    assert play.run(check(UNHELD)) == "checker"
    assert not play.shelf.asked
    play.checks = []
    play.rights.tidy()
    assert play.shelf.names() == {"serviceaccounts/checker"}


def test_a_role_that_is_somebody_elses_is_neither_changed_nor_bound_nor_deleted() -> None:
    play = Play()
    theirs = {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}
    play.shelf.put(f"{ROLES}/checker-ns-role", theirs)
    with pytest.raises(
        BadTemplate, match=r"serviceAccount cannot be given its rights: Role checker-ns-role in health is there"
    ):
        play.run(check(GET_PODS))
    assert play.shelf.names() == {"serviceaccounts/checker", "roles/checker-ns-role"}
    play.checks = []
    play.rights.tidy()
    assert play.shelf.names() == {"roles/checker-ns-role"}
    assert play.shelf.rights("checker-ns-role") == {Right("", "secrets", "", "", "get")}


def test_a_check_of_another_namespace_cannot_take_a_cluster_role_over() -> None:
    play = Play("cluster")
    play.run(check(GET_NODES, level="cluster"))
    with pytest.raises(BadTemplate, match="ClusterRole checker-cluster-role is there"):
        play.run(check(GET_PODS, name="other", level="cluster", namespace="shop"))
    assert play.shelf.rights("checker-cluster-role") == {GET_NODES}


def test_a_cluster_role_goes_with_its_own_namespaces_check_and_the_other_namespace_has_it_then() -> None:
    play = Play("cluster")
    first, second = check(GET_NODES, level="cluster"), check(GET_PODS, name="two", level="cluster", namespace="shop")
    play.run(first)
    with pytest.raises(BadTemplate):
        play.run(second)
    play.rights.tidy()
    assert play.shelf.rights("checker-cluster-role") == {GET_NODES}
    play.checks = [second]
    play.rights.tidy()
    assert "clusterrolebindings/checker-cluster-role-binding" not in play.shelf.names()
    play.run(second)
    assert play.shelf.rights("checker-cluster-role") == {GET_PODS}


def test_a_binding_that_binds_something_else_is_not_called_ours() -> None:
    play = Play()
    play.run(check(GET_PODS))
    (path,) = [path for path in play.shelf.objects if "rolebindings" in path]
    bent = play.shelf.objects[path]
    bent["roleRef"] = {**bent["roleRef"], "kind": "ClusterRole", "name": "cluster-admin"}
    with pytest.raises(BadTemplate, match="RoleBinding checker-ns-role-binding in health is there"):
        play.run(check(GET_PODS))


def test_all_goes_with_the_last_check_that_needs_it_bindings_first() -> None:
    play = Play("cluster")
    one, two = check(GET_NODES, level="cluster"), check(GET_NODES, name="two", level="cluster")
    play.run(one)
    play.run(two)
    play.checks = [two]
    play.rights.tidy()
    assert play.shelf.names() == ALL
    play.checks = []
    play.anew("cluster").tidy()
    assert not play.shelf.objects
    gone = [path.split("/")[-2] for verb, path in play.shelf.asked if verb == "delete"]
    assert gone == ["clusterrolebindings", "clusterroles", "rolebindings", "roles", "serviceaccounts"]


def test_a_check_that_is_being_deleted_needs_nothing_more() -> None:
    play = Play()
    one = check(GET_PODS)
    play.run(one)
    play.checks = [replace(one, meta=Meta("hello", "uid-hello", "health", deletion_timestamp="2026-01-01T00:00:00Z"))]
    play.rights.tidy()
    assert not play.shelf.objects


def test_a_role_becomes_narrower_when_a_check_asks_for_less() -> None:
    play = Play()
    play.run(check(GET_PODS, DELETE_PODS))
    play.checks = [check(GET_PODS)]
    play.rights.tidy()
    assert play.shelf.rights("checker-ns-role") == EXECUTOR | {GET_PODS}


def test_a_run_that_goes_on_keeps_its_account_through_an_edit_and_loses_it_afterwards() -> None:
    play = Play()
    play.run(check(GET_PODS, under_way=True))
    play.checks = [check(GET_PODS, account="other", under_way=True)]
    play.rights.tidy()
    assert play.shelf.names() == ALL_LOCAL
    play.checks = [check(GET_PODS, account="other")]
    play.rights.tidy()
    assert not play.shelf.objects


def test_a_remedy_has_its_rights_while_it_is_under_way_and_its_check_never_has_them() -> None:
    play = Play()
    both, healing = (check(GET_PODS, remedy=DELETE_PODS, healing=yes) for yes in (False, True))
    play.run(both)
    assert play.run(healing, REMEDY) == "checker-remedy"
    play.rights.tidy()
    assert play.shelf.rights("checker-remedy-ns-role") == EXECUTOR | {DELETE_PODS}
    assert play.shelf.rights("checker-ns-role") == EXECUTOR | {GET_PODS}
    play.checks = [both]
    play.anew().tidy()
    assert play.shelf.names() == ALL_LOCAL


def test_what_somebody_changed_since_it_was_seen_is_not_deleted_by_what_was_seen() -> None:
    play = Play()
    play.run(check(GET_PODS))
    path, seen = next((path, dict(one)) for path, one in play.shelf.objects.items() if path.startswith(ACCOUNTS))
    play.shelf.put(path, {"metadata": {**seen["metadata"], "labels": {}}})
    objects = RightsObjects(play.shelf)
    objects.delete("serviceaccounts", seen)
    assert path in play.shelf.objects


def test_an_object_that_another_makes_at_the_same_moment_is_a_conflict_and_read_again() -> None:
    play = Play()
    one = check(GET_PODS)
    play.run(one)
    objects = RightsObjects(_Blind(play.shelf))
    rights = Rights(objects, lambda: [one], ALLOWED["namespace"])
    assert one.judged.spec is not None
    with pytest.raises(Conflict):
        rights.prepare(one, one.judged.spec.workflow, CHECK)


class _Blind:
    """An API server that does not show what it has."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def get_bytes(self, path: str, query: Any = None) -> bytes:
        return Shelf(()).get_bytes(path, query)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shelf, name)


def test_labels_that_were_copied_to_another_namespace_are_none_of_ours() -> None:
    play = Play()
    play.shelf.put("/api/v1/namespaces/shop/serviceaccounts/checker", {"metadata": {"labels": {OURS: "health"}}})
    play.rights.tidy()
    assert play.shelf.names() == {"serviceaccounts/checker"}
