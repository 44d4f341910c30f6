"""The pod passes Pod Security "restricted" (Kubernetes, "Pod Security Standards"), and holds no secret."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kubevigil.app.declaring import Surroundings
from kubevigil.app.sources import load

from .helm import CI, Helm, Object, Objects, Values, ci, joined

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
"""Kinds of volumes that "restricted" allows."""

OPENSHIFT = "openshift"


@pytest.mark.parametrize("name", CI)
def test_every_pod_passes_restricted(helm: Helm, name: str) -> None:
    for pod in helm.objects(ci(name)).every_pod():
        spec = pod["spec"]
        assert {"hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"} & set(spec) == set()
        assert {kind for volume in spec.get("volumes", []) for kind in volume if kind != "name"} <= VOLUMES
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        denied = {"sysctls", "seLinuxOptions", "windowsOptions", "supplementalGroups"}
        assert denied & set(spec["securityContext"]) == set()


@pytest.mark.parametrize("name", CI)
def test_every_container_passes_restricted(helm: Helm, name: str) -> None:
    for container in containers(helm.objects(ci(name))):
        assert all("hostPort" not in port for port in container.get("ports", []))
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert not own.get("privileged")
        assert {"procMount", "seccompProfile", "runAsUser", "runAsNonRoot"} & set(own) == set()


@pytest.mark.parametrize("name", CI)
def test_the_root_file_system_is_read_only_and_what_is_written_is_bounded(helm: Helm, name: str) -> None:
    for pod in helm.objects(ci(name)).every_pod():
        volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            ours = [mount for mount in container.get("volumeMounts", []) if mount["name"] != "more"]
            for mount in ours:
                volume = volumes[mount["name"]]
                assert mount.get("readOnly") or "persistentVolumeClaim" in volume or volume["emptyDir"]["sizeLimit"]


@pytest.mark.parametrize("name", sorted(set(CI) - {OPENSHIFT, "everything"}))
def test_the_process_is_65532_and_the_volume_is_its_own(helm: Helm, name: str) -> None:
    for pod in helm.objects(ci(name)).every_pod():
        context = pod["spec"]["securityContext"]
        assert [context[key] for key in ("runAsUser", "runAsGroup", "fsGroup")] == [65532] * 3


OPENSHIFT_API = ("--api-versions", "security.openshift.io/v1")
IDS = {"runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"}
"""What SCC "restricted-v2" gives each namespace a range of, and refuses outside of it."""


def test_on_openshift_no_id_is_asked_for(helm3: Helm, helm4: Helm) -> None:
    values = joined(ci("everything"), {"podSecurityContext": {"runAsNonRoot": True, "runAsUser": 12345}})
    asked = joined(values, {"openshift": True, "checks": {"podSecurityContext": {"runAsUser": 1, "fsGroup": 1}}})
    for helm in (helm3, helm4):
        for given in (ci(OPENSHIFT), asked):
            found = list(contexts(helm.objects(given)))
            assert len(found) == (3 if given is asked else 2) + len(helm.objects(given).of("HealthCheck"))
            assert [set(context) & IDS for context in found] == [set()] * len(found)
            assert all(context["runAsNonRoot"] for context in found)


@pytest.mark.parametrize(
    ("values", "api", "chosen"),
    [
        ({}, (), False),
        ({}, OPENSHIFT_API, True),
        ({"openshift": False}, OPENSHIFT_API, False),
        ({"openshift": True}, (), True),
    ],
    ids=["elsewhere", "found", "refused", "told"],
)
def test_openshift_is_found_where_it_is_and_can_be_told(
    helm: Helm, values: Values, api: tuple[str, ...], chosen: bool
) -> None:
    for pod in helm.objects(values, *api).every_pod():
        assert bool(set(pod["spec"]["securityContext"]) & IDS) is not chosen


@pytest.mark.parametrize("name", CI)
def test_no_pod_asks_for_an_architecture(helm: Helm, name: str) -> None:
    for pod in helm.objects(ci(name)).every_pod():
        assert "kubernetes.io/arch" not in json.dumps(pod)


@pytest.mark.parametrize("name", CI)
def test_secrets_are_named_and_never_held(helm: Helm, name: str) -> None:
    objects = helm.objects(ci(name))
    assert objects.of("Secret") == []
    assert not _is_secret(re.sub(r"https://[a-z0-9.-]+(:[0-9]+)?(/es)?\n", "", objects.settings()))
    for container in containers(objects):
        assert all("=" not in argument or not _is_secret(argument) for argument in container["args"])
        for variable in container.get("env", []):
            assert not _is_secret(variable["name"]) or variable["value"].startswith("/etc/kubevigil/")


def test_the_stores_url_is_read_from_a_file_of_its_secret(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects({"store": {"existingSecret": "the-store", "key": "dsn"}})
    assert _mounted(objects, "store") == {"secretName": "the-store", "items": [{"key": "dsn", "path": "url"}]}
    (variable,) = objects.container()["env"]
    assert Path(variable["value"]).parent == Path("/etc/kubevigil/store")
    (tmp_path / "url").write_text("sqlite:////data/kubevigil.db\n", encoding="utf-8")
    environment = {variable["name"]: str(tmp_path / Path(variable["value"]).name)}
    store = load({}, Surroundings(environment, is_terminal=False)).settings.store
    assert store.reveal() == "sqlite:////data/kubevigil.db"


def test_the_web_secret_is_mounted_where_the_settings_say(helm: Helm) -> None:
    objects = helm.objects({"web": {"existingSecret": "the-web"}})
    assert _mounted(objects, "web") == {"secretName": "the-web"}
    assert "config_file: /etc/kubevigil/web/" in objects.settings()


def test_only_the_pod_gets_the_accounts_token(helm: Helm) -> None:
    objects = helm.objects()
    assert objects.one("ServiceAccount")["automountServiceAccountToken"] is False
    assert objects.pod()["spec"]["automountServiceAccountToken"] is True


def test_the_policy_lets_in_whom_it_names_and_out_to_names_and_the_api_server(helm: Helm) -> None:
    spec = helm.objects(ci("networkpolicy"), "--skip-tests").one("NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    (ingress,) = spec["ingress"]
    assert ingress["ports"] == [{"port": "metrics", "protocol": "TCP"}]
    assert ingress["from"] == ci("networkpolicy")["networkPolicy"]["from"]
    names, api = spec["egress"]
    assert names["ports"] == [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    assert api == {"ports": [{"port": 443, "protocol": "TCP"}], "to": [{"ipBlock": {"cidr": "10.96.0.1/32"}}]}


def test_the_policy_is_of_the_exporters_pod_alone(helm: Helm) -> None:
    objects = helm.objects({"networkPolicy": {"enabled": True}, "podLabels": {"more": "labels"}})
    assert _selects(objects.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"], objects.pod())


def contexts(objects: Objects) -> Iterator[Object]:
    """The security context of each pod, those of the workflows of ready-made checks too."""
    for pod in objects.every_pod():
        yield pod["spec"]["securityContext"]
    for check in objects.of("HealthCheck"):
        workflow = yaml.safe_load(check["spec"]["workflow"]["resource"]["source"]["inline"])
        yield workflow["spec"]["securityContext"]


def containers(objects: Objects) -> list[Object]:
    """Of every pod."""
    return [container for pod in objects.every_pod() for container in pod["spec"]["containers"]]


def _mounted(objects: Objects, name: str) -> Object:
    """The volume's secret, after its mount and its mode are found to be right."""
    (volume,) = [volume for volume in objects.pod()["spec"]["volumes"] if volume["name"] == name]
    mount = {"name": name, "mountPath": f"/etc/kubevigil/{name}", "readOnly": True}
    assert mount in objects.container()["volumeMounts"]
    secret = dict(volume["secret"])
    assert secret.pop("defaultMode") == 0o440
    return secret


def _is_secret(text: str) -> bool:
    return any(word in text.lower() for word in ("store", "password", "token", "api_key", "secret", "://"))


def _selects(labels: Object, pod: Object) -> bool:
    return bool(labels) and labels.items() <= pod["metadata"]["labels"].items()
