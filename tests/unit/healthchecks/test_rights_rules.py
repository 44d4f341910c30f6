"""The rules that a check may ask for: what is never given, and that what is given is exactly what was asked for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.rights_rules import EXECUTOR, MOST, Right, covers, judged, rights_of, rules_of, told

PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}

names = st.sampled_from(["", "apps", "pods", "nodes", "a.test", "x"])
rights = st.frozensets(
    st.builds(Right, names, names.filter(bool), names, st.just(""), st.sampled_from(["get", "list", "patch"]))
    | st.builds(Right, st.just(""), st.just(""), st.just(""), st.sampled_from(["/healthz", "/livez"]), st.just("get"))
)


def rule(group: str = "", resource: str = "pods", verb: str = "get", *names: str) -> dict[str, Any]:
    named = {"resourceNames": list(names)} if names else {}
    return {"apiGroups": [group], "resources": [resource], "verbs": [verb], **named}


def why(*rules: Any, cluster: bool = True) -> str:
    given, findings = judged(rules, "spec.workflow.rbacRules", cluster=cluster)
    assert bool(given) is not bool(findings)
    return "\n".join(map(str, findings))


@pytest.mark.parametrize("cluster", [False, True])
@pytest.mark.parametrize(
    "bad",
    [
        rule("*"),
        rule(resource="*"),
        rule(resource="*/scale"),
        rule(verb="*"),
        rule("rbac.authorization.k8s.io", "roles", "escalate"),
        rule("rbac.authorization.k8s.io", "clusterroles", "bind"),
        rule("rbac.authorization.k8s.io", "rolebindings", "create"),
        rule("rbac.authorization.k8s.io", "clusterrolebindings", "patch", "mine"),
        rule("", "users", "impersonate", "system:admin"),
        rule("", "serviceaccounts", "impersonate"),
        rule("", "serviceaccounts/token", "create", "checker"),
        rule("", "pods/exec", "create"),
        rule("", "pods/exec", "get"),
        rule("", "pods/attach", "create"),
        rule("", "pods/ephemeralcontainers", "patch"),
        rule("", "nodes/proxy", "get"),
        rule("", "serviceaccounts", "create"),
        rule("", "serviceaccounts", "delete", "other"),
        rule("argoproj.io", "workflows", "create"),
        rule("argoproj.io", "workflows", "delete"),
        rule("argoproj.io", "workflowtemplates", "patch"),
        rule("argoproj.io", "workflowtaskresults", "delete"),
        rule("activemonitor.keikoproj.io", "healthchecks/status", "patch"),
        rule("certificates.k8s.io", "certificatesigningrequests/approval", "update"),
        rule("certificates.k8s.io", "signers", "approve", "a.test/*"),
        rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "create"),
        rule("apiregistration.k8s.io", "apiservices", "patch"),
        rule("", "secrets", "get"),
        rule("", "secrets", "list", "one"),
        rule("", "secrets", "create"),
        rule("", "secrets", "patch", "one"),
        {"nonResourceURLs": ["/*"], "verbs": ["get"]},
        {"nonResourceURLs": ["*"], "verbs": ["get"]},
    ],
    ids=lambda bad: " ".join(str(text) for text in bad.values()) if isinstance(bad, dict) else str(bad),
)
def test_what_gives_more_than_it_says_is_never_given_and_neither_is_what_stands_beside_it(
    bad: dict[str, Any], cluster: bool
) -> None:
    assert why(PODS, bad, cluster=cluster).startswith("spec.workflow.rbacRules ask for ")


def test_a_secret_is_given_by_its_name_in_a_namespace_and_not_in_all() -> None:
    one = rule("", "secrets", "get", "tls")
    assert judged([one], "rules", cluster=False) == (frozenset({Right("", "secrets", "tls", "", "get")}), [])
    assert why(one) == (
        "spec.workflow.rbacRules ask for get on secrets tls: "
        "a Secret is given by its name (resourceNames), to get, and with level 'namespace'"
    )


@pytest.mark.parametrize(("resource", "verb"), [("pods/log", "get"), ("events", "create")])
def test_what_the_exporter_has_everywhere_for_its_own_work_is_given_in_a_namespace_only(
    resource: str, verb: str
) -> None:
    one = rule("", resource, verb)
    assert judged([one], "rules", cluster=False)[0] == {Right("", resource, "", "", verb)}
    assert why(one) == (
        f"spec.workflow.rbacRules ask for {verb} on {resource}: "
        "the exporter has it everywhere for its own work; level 'namespace' gives it"
    )


def test_an_address_is_given_for_the_whole_cluster_only() -> None:
    healthz = {"nonResourceURLs": ["/healthz"], "verbs": ["get"]}
    assert judged([healthz], "rules", cluster=True)[0] == {Right("", "", "", "/healthz", "get")}
    assert "level must be 'cluster'" in why(healthz, cluster=False)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"apiGroups": [""], "resources": ["pods"]}, "[0].verbs are missing"),
        ({"resources": ["pods"], "verbs": ["get"]}, "[0] must have apiGroups and resources"),
        ({"apiGroups": [""], "verbs": ["get"]}, "[0] must have apiGroups and resources"),
        ({**PODS, "nonResourceURLs": ["/healthz"]}, "[0] must have apiGroups and resources"),
        ({**PODS, "verbs": "get"}, "[0].verbs must be a list"),
        ({**PODS, "verbs": ["get", 1]}, "[0].verbs must be a list of texts"),
        ({**PODS, "verb": ["get"]}, "[0].verb is no field of a rule"),
        (
            {"apiGroups": [str(n) for n in range(72)], "resources": [str(n) for n in range(70)], "verbs": ["get"]},
            f"[0] is too much: {MOST:,} single rights are the most",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "rule",
)
def test_a_rule_that_the_api_server_would_not_take_is_told_by_its_place(bad: dict[str, Any], told: str) -> None:
    assert f"spec.workflow.rbacRules{told}" in why(bad)


def test_many_small_rules_are_too_much_as_one_large_one_is() -> None:
    rules = [rule("", f"r{number}") for number in range(MOST + 1)]
    assert "[5000] is too much" in why(*rules)


@given(rights)
def test_rules_give_exactly_the_rights_they_were_made_of(given: frozenset[Right]) -> None:
    assert rights_of(rules_of(given)) == given


@given(rights, rights)
def test_equal_rights_have_equal_rules_and_who_has_all_covers_each(
    one: frozenset[Right], two: frozenset[Right]
) -> None:
    assert rules_of(one | two) == rules_of(two | one)
    assert covers(one | two, one)
    assert covers(one, two) or not two <= one


def test_a_right_on_all_objects_covers_that_on_one_and_not_the_other_way() -> None:
    everything, one = frozenset({Right("", "pods", "", "", "get")}), frozenset({Right("", "pods", "a", "", "get")})
    assert covers(everything, one)
    assert not covers(one, everything)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("*"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["apiGroups", "resources", "verbs", "resourceNames", "nonResourceURLs", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.sampled_from(["apiGroups", "resources", "verbs", "nonResourceURLs"]), json)), json)
def test_whatever_stands_there_raises_nothing_and_no_wildcard_passes(rules: list[Any], role: Any) -> None:
    given, findings = judged(rules, "rules", cluster=True)
    assert not (given and findings)
    assert not any("*" in text for right in given for text in (right.group, right.resource, right.verb, right.url))
    rights_of(role)


def test_rights_are_told_as_kubectl_tells_them() -> None:
    assert [told(right) for right in sorted(EXECUTOR)] == [
        "create on workflowtaskresults.argoproj.io",
        "patch on workflowtaskresults.argoproj.io",
    ]
    assert told(Right("", "pods", "a", "", "get")) == "get on pods a"
    assert told(Right("", "", "", "/healthz", "get")) == "get on /healthz"
