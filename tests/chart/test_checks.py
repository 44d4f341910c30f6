"""The ready-made checks as the chart renders them: off unless asked for, each with the rights it needs and no more."""

import json
from typing import Any

import pytest
import yaml
from charts.generate.shapes import READY_CHECKS

from kubevigil.app.manifest_yaml import document
from kubevigil.healthchecks.lint import lint
from kubevigil.healthchecks.manifest import API_VERSION, KIND

from .checks_script import FOLDER
from .helm import CI, NAMESPACE, Helm, Object, Objects, Refused, Values, ci, joined

ON: Values = {"healthchecks": {"enabled": True}}
REMEDIES = ("clusterDns", "criticalPods")
NODES = ("nodeLocalDns", "nodeDisk", "nodeThreads")
"""Those that run on each node."""

EXECUTOR = "create,patch workflowtaskresults"
RIGHTS = {
    "clusterDns": {NAMESPACE: [EXECUTOR]},
    "nodeLocalDns": {NAMESPACE: [EXECUTOR], "": ["list nodes"]},
    "apiObjects": {NAMESPACE: ["create configmaps", "get,delete configmaps kubevigil-api-objects", EXECUTOR]},
    "access": {NAMESPACE: ["get configmaps kube-root-ca.crt", EXECUTOR]},
    "nodeDisk": {NAMESPACE: [EXECUTOR], "": ["list nodes"]},
    "nodeThreads": {NAMESPACE: [EXECUTOR], "": ["list nodes"]},
    "storage": {NAMESPACE: [EXECUTOR]},
    "imagePull": {NAMESPACE: [EXECUTOR]},
    "criticalPods": {NAMESPACE: [EXECUTOR], "kube-system": ["list pods"]},
    "certificates": {NAMESPACE: [EXECUTOR]},
    "policyEngine": {NAMESPACE: ["create pods", EXECUTOR]},
}
"""Of each check by namespace; the empty one is the whole cluster."""

RIGHTS_OF_REMEDIES = {
    "clusterDns": {NAMESPACE: [EXECUTOR], "kube-system": ["get,list,watch,patch deployments coredns"]},
    "criticalPods": {NAMESPACE: [EXECUTOR], "kube-system": ["list,delete pods"]},
}


def ready(*keys: str, **more: Any) -> Values:
    """Values with these checks on; `more` is of each."""
    return joined(ON, {"checks": {key: {"enabled": True, **more} for key in keys}})


ALL = joined(ready(*READY_CHECKS), ready(*REMEDIES, remedy={"enabled": True}))


def rendered(helm: Helm, values: Values = ALL) -> Objects:
    """The checks' objects, in a release named like the chart."""
    return helm.objects(values, "--show-only=templates/checks.yaml", release="kubevigil")


def rights(objects: Objects, account: str) -> dict[str, list[str]]:
    """What is bound to that account, by namespace."""
    found: dict[str, list[str]] = {}
    for binding in objects.of("RoleBinding", "ClusterRoleBinding"):
        (subject,) = binding["subjects"]
        if subject == {"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}:
            kind, name = binding["roleRef"]["kind"], binding["roleRef"]["name"]
            home = binding["metadata"].get("namespace", "")
            (role,) = [
                role
                for role in objects.of(kind)
                if (role["metadata"]["name"], role["metadata"].get("namespace", "")) == (name, home)
            ]
            found[home] = [_words(rule) for rule in role["rules"]]
    return found


def _words(rule: Object) -> str:
    resources = ",".join(rule["resources"] + rule.get("resourceNames", []))
    return f"{','.join(rule['verbs'])} {resources}".replace("configmaps,", "configmaps ").replace(
        "deployments,", "deployments "
    )


def templates(check: Object) -> list[Object]:
    """The workflow templates of a check, and of its remedy."""
    parts = [check["spec"][key] for key in ("workflow", "remedyworkflow") if key in check["spec"]]
    return [yaml.safe_load(part["resource"]["source"]["inline"])["spec"] for part in parts]


def test_no_check_is_made_unless_it_is_asked_for_by_name(helm: Helm) -> None:
    assert helm.objects(ON).of("HealthCheck") == []
    for key in READY_CHECKS:
        (check,) = rendered(helm, ready(key)).of("HealthCheck")
        assert check["metadata"]["name"].removeprefix("kubevigil-").replace("-", "") == key.lower()
        assert "remedyworkflow" not in check["spec"]


KNOWN = "--api-versions=apiregistration.k8s.io/v1"
"""What every cluster has, and nobody who renders without one."""


def test_a_cluster_that_does_not_know_the_kind_yet_gets_the_rest_of_the_release(helm: Helm) -> None:
    objects = helm.objects(ALL, KNOWN)
    assert objects.of("HealthCheck") == []
    assert objects.one("CustomResourceDefinition")
    kind = f"--api-versions={API_VERSION}/{KIND}"
    assert len(helm.objects(ALL, KNOWN, kind).of("HealthCheck")) == len(READY_CHECKS)


def test_each_file_of_facts_is_a_value_and_each_script_is_used(helm: Helm) -> None:
    names = {check["metadata"]["name"].removeprefix("kubevigil-") for check in rendered(helm).of("HealthCheck")}
    assert {path.stem for path in FOLDER.glob("*.yaml")} == names
    text = json.dumps([templates(check) for check in rendered(helm).of("HealthCheck")])
    for path in FOLDER.glob("*.sh"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert json.dumps(first)[1:-1] in text, path.name


def test_lint_takes_every_check_as_it_is(helm: Helm) -> None:
    verdicts = lint([("checks", item) for item in rendered(helm)], document)
    assert len(verdicts) == len(READY_CHECKS)
    for verdict in verdicts:
        # Of a remedy it tells what active-monitor does otherwise.
        others = [found for found in verdict["findings"] if not found["path"].startswith("spec.remedyworkflow")]
        assert (verdict["verdict"] != "refused", others) == (True, []), verdict


@pytest.mark.parametrize("key", READY_CHECKS)
def test_a_check_has_an_account_with_these_rights_and_no_others(helm: Helm, key: str) -> None:
    objects = rendered(helm, ready(key))
    (check,) = objects.of("HealthCheck")
    account = check["spec"]["workflow"]["resource"]["serviceAccount"]
    assert [made["metadata"]["name"] for made in objects.of("ServiceAccount")] == [account]
    assert rights(objects, account) == RIGHTS[key]


@pytest.mark.parametrize("key", REMEDIES)
def test_a_remedy_has_an_account_of_its_own_and_the_check_gets_no_right_by_it(helm: Helm, key: str) -> None:
    objects = rendered(helm, ready(key, remedy={"enabled": True}))
    (check,) = objects.of("HealthCheck")
    account = check["spec"]["remedyworkflow"]["resource"]["serviceAccount"]
    assert rights(objects, account) == RIGHTS_OF_REMEDIES[key]
    assert rights(objects, check["spec"]["workflow"]["resource"]["serviceAccount"]) == RIGHTS[key]
    assert (check["spec"]["remedyRunsLimit"], check["spec"]["remedyResetInterval"]) == (1, 3600)


def test_no_check_may_read_secrets_or_give_rights_away(helm: Helm) -> None:
    for role in rendered(helm).of("Role", "ClusterRole"):
        for rule in role["rules"]:
            assert not {"*", "secrets", "nodes/proxy", "pods/exec"} & {*rule["resources"], *rule["apiGroups"]}
            assert not {"*", "escalate", "bind", "impersonate"} & set(rule["verbs"])


def test_roles_are_left_to_others_where_the_chart_makes_none(helm: Helm) -> None:
    objects = rendered(helm, joined(ALL, {"rbac": {"create": False}}))
    assert {item["kind"] for item in objects} == {"HealthCheck", "ServiceAccount"}


def test_every_pod_passes_restricted_and_writes_only_where_it_is_bounded(helm: Helm) -> None:
    for check in rendered(helm).of("HealthCheck"):
        for spec in templates(check):
            assert spec["securityContext"]["runAsNonRoot"] is True
            assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            assert spec["volumes"] == [{"name": "scratch", "emptyDir": {"sizeLimit": "64Mi"}}]
            for container in [one["container"] for one in spec["templates"] if "container" in one]:
                own = container["securityContext"]
                assert (own["allowPrivilegeEscalation"], own["readOnlyRootFilesystem"]) == (False, True)
                assert own["capabilities"] == {"drop": ["ALL"]}
                assert "limits" in container["resources"]


def test_all_pods_run_in_the_one_image(helm: Helm) -> None:
    objects = rendered(helm, joined(ALL, {"checks": {"image": "mirror.test/tools:1"}}))
    used = {
        one["container"]["image"]
        for check in objects.of("HealthCheck")
        for spec in templates(check)
        for one in spec["templates"]
        if "container" in one
    }
    assert used == {"mirror.test/tools:1"}


def test_the_image_that_is_pulled_is_pulled_each_time(helm: Helm) -> None:
    (check,) = rendered(helm, ready("imagePull", image="registry.test/probe:1")).of("HealthCheck")
    (template,) = templates(check)[0]["templates"]
    container = template["container"]
    assert (container["image"], container["imagePullPolicy"]) == ("registry.test/probe:1", "Always")


@pytest.mark.parametrize("key", NODES)
def test_a_check_of_nodes_runs_on_each_that_a_first_step_lists_tainted_or_not(helm: Helm, key: str) -> None:
    (check,) = rendered(helm, ready(key)).of("HealthCheck")
    (spec,) = templates(check)
    nodes, listing, each = spec["templates"]
    assert spec["entrypoint"] == nodes["name"]
    assert nodes["steps"][1][0]["withParam"] == "{{steps.list.outputs.result}}"
    assert "get nodes" in listing["container"]["args"][0]
    assert each["nodeSelector"] == {"kubernetes.io/hostname": "{{inputs.parameters.host}}"}
    assert each["tolerations"] == [{"operator": "Exists"}]


def test_a_claim_is_made_for_a_run_and_goes_with_it(helm: Helm) -> None:
    (check,) = rendered(helm, ready("storage", storageClass="fast", size="1Gi")).of("HealthCheck")
    (spec,) = templates(check)
    assert spec["volumeClaimGC"] == {"strategy": "OnWorkflowCompletion"}
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["spec"]["storageClassName"] == "fast"
    assert claim["spec"]["resources"] == {"requests": {"storage": "1Gi"}}


def test_names_are_short_enough_however_long_the_release_is_called(helm: Helm) -> None:
    objects = helm.objects(ALL, "--show-only=templates/checks.yaml", release="r" * 53)
    for kind, _, name in objects.identities():
        assert len(name.removeprefix(f"{NAMESPACE}:")) <= 63, (kind, name)
    assert len(set(objects.identities())) == len(objects)


def test_a_value_that_a_script_would_run_is_refused(helm: Helm) -> None:
    with pytest.raises(Refused, match="hosts"):
        helm.objects(ready("certificates", hosts=["a;reboot"]))


def test_where_accounts_are_listed_those_of_the_checks_are_too(helm: Helm) -> None:
    def listed(values: Values) -> list[str]:
        settings = yaml.safe_load(helm.objects(values, release="kubevigil").settings())
        return list(settings["checks"].get("service_accounts", []))

    listing = {"config": {"checks": {"service_accounts": ["health/*"]}}}
    assert listed(ALL) == []
    assert listed(joined(ON, listing)) == ["health/*"]
    made = rendered(helm, ALL).of("ServiceAccount")
    accounts = {f"{NAMESPACE}/{account['metadata']['name']}" for account in made}
    assert len(accounts) == len(READY_CHECKS) + len(REMEDIES)
    assert set(listed(joined(ALL, listing))) == {"health/*", *accounts}


def test_the_notes_name_the_checks(helm4: Helm) -> None:
    assert "each has a value, checks.NAME.enabled" in helm4.notes(ON)
    assert "checks of the chart's own: access, storage" in helm4.notes(ready("storage", "access"))


@pytest.mark.parametrize("name", [name for name in CI if "checks" in ci(name)])
def test_the_checks_of_an_example_pass_lint(helm: Helm, name: str) -> None:
    checks = helm.objects(ci(name)).of("HealthCheck")
    assert checks
    verdicts = lint([(name, item) for item in checks], document)
    assert [verdict for verdict in verdicts if verdict["verdict"] == "refused"] == []
