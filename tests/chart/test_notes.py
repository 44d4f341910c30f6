"""What an installation tells the user: what was found and chosen, and commands that work as printed."""

import re

import pytest

from .helm import CI, Helm, Values, ci

API = ("--api-versions", "monitoring.coreos.com/v1")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "watches      the whole cluster"),
        ({}, "rights       list and watch on pods, get on pods and their logs, list on events, by a ClusterRole"),
        ({}, "store        SQLite that ends with the pod"),
        ({}, "--reset-then-reuse-values --set persistence.enabled=true"),
        ({}, "image        kubevigil/kubevigil:0.1.0"),
        ({}, "--set image.registry=REGISTRY"),
        ({}, "monitoring   no ServiceMonitor: the cluster has no monitoring.coreos.com/v1"),
        ({}, "vigil-kubevigil.monitoring.svc:8080 with honor_labels: true"),
        ({"namespaces": ["shop", "payments"]}, "watches      the namespaces shop, payments"),
        ({"namespaces": ["shop"]}, "by a Role in each of them"),
        (
            {"rbac": {"create": False}},
            "bind list and watch on pods, get on pods and their logs, list on events to vigil-kubevigil",
        ),
        ({}, "healthchecks off: healthchecks.enabled is false"),
        ({"healthchecks": {"enabled": True}}, "list on events, those of health checks, by a ClusterRole"),
        ({"healthchecks": {"enabled": True, "rights": {"level": "cluster"}}}, "made for checks, level cluster:"),
        ({"persistence": {"enabled": True}}, "store        SQLite on the claim vigil-kubevigil"),
        ({"persistence": {"enabled": True, "existingClaim": "mine"}}, "SQLite on the claim mine"),
        ({"store": {"existingSecret": "db"}}, "the URL in the Secret db"),
        ({"image": {"registry": "r.test"}}, "image        r.test/kubevigil/kubevigil:0.1.0"),
        ({"serviceMonitor": {"enabled": False}}, "no ServiceMonitor: serviceMonitor.enabled is false"),
        ({"serviceMonitor": {"enabled": True}}, "a ServiceMonitor with the labels release=kube-prometheus-stack"),
        ({"serviceMonitor": {"enabled": True}}, "from the default of kube-prometheus-stack"),
        ({"serviceMonitor": {"enabled": True}}, "--set serviceMonitor.labels.release=NAME"),
        ({"serviceMonitor": {"enabled": True, "labels": {"a": "b"}}}, "with the labels a=b\n"),
        ({"serviceMonitor": {"enabled": True, "labels": {"a": "b"}}}, "from serviceMonitor.labels"),
    ],
)
def test_the_notes_tell_what_was_chosen_and_the_way_to_change_it(helm4: Helm, values: Values, line: str) -> None:
    assert line in helm4.notes(values)


def test_an_image_with_a_registry_needs_no_advice(helm4: Helm) -> None:
    assert "image.registry" not in helm4.notes({"image": {"registry": "r.test"}})
    assert "image.registry" not in helm4.notes({"global": {"imageRegistry": "r.test"}})


@pytest.mark.parametrize("name", CI)
def test_the_next_three_commands_are_about_objects_that_there_are(helm4: Helm, name: str) -> None:
    objects, notes = helm4.objects(ci(name)), helm4.notes(ci(name))
    (_, namespace, deployment), service = (
        objects.one("Deployment") and _key(objects.one("Deployment")),
        objects.one("Service"),
    )
    commands = [line.strip() for line in notes.partition("Next:\n")[2].partition("\n\n")[0].splitlines()]
    assert commands[:2] == [
        f"kubectl -n {namespace} rollout status deployment/{deployment} --timeout=2m",
        f"kubectl -n {namespace} logs deployment/{deployment}",
    ]
    (last,) = commands[2:]
    proxied = re.fullmatch(r"kubectl get --raw /api/v1/namespaces/(.+)/services/(https?):(.+):(.+)/proxy/readyz", last)
    if proxied is None:
        assert last == f"kubectl -n {namespace} port-forward deployment/{deployment} 8080"
    else:
        tls = ci(name).get("web", {}).get("tls", False)
        ports = [port["name"] for port in service["spec"]["ports"]]
        assert proxied.groups() == (namespace, "https" if tls else "http", service["metadata"]["name"], ports[0])


@pytest.mark.parametrize("name", CI)
def test_the_notes_have_no_ragged_lines(helm4: Helm, name: str) -> None:
    lines = helm4.notes(ci(name)).splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\n\n\n" not in "\n".join(lines)


def _key(item: dict[str, dict[str, str]]) -> tuple[str, str, str]:
    return str(item["kind"]), item["metadata"]["namespace"], item["metadata"]["name"]
