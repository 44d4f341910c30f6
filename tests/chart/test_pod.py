"""The pod: its image, settings, probes and volumes."""

from pathlib import Path
from typing import Any

import pytest
from charts.generate import settings

from kubevigil.app.declaring import Surroundings
from kubevigil.app.settings import Settings
from kubevigil.app.sources import load

from .helm import CI, Helm, Values, ci

DIGEST = "sha256:" + "0" * 64
IN_A_POD = Surroundings({}, is_terminal=False)


@pytest.mark.parametrize(
    ("values", "reference"),
    [
        ({}, "kubevigil/kubevigil:0.1.0"),
        ({"image": {"registry": "r.test"}}, "r.test/kubevigil/kubevigil:0.1.0"),
        ({"image": {"registry": "r.test/"}}, "r.test/kubevigil/kubevigil:0.1.0"),
        ({"global": {"imageRegistry": "g.test"}}, "g.test/kubevigil/kubevigil:0.1.0"),
        ({"global": {"imageRegistry": "g.test"}, "image": {"registry": "r.test"}}, "r.test/kubevigil/kubevigil:0.1.0"),
        ({"image": {"repository": "vigil", "tag": "1.2"}}, "vigil:1.2"),
        ({"image": {"tag": "1.2", "digest": DIGEST}}, f"kubevigil/kubevigil@{DIGEST}"),
    ],
)
def test_the_image_is_named_as_told(helm: Helm, values: Values, reference: str) -> None:
    assert helm.objects(values).container()["image"] == reference


@pytest.mark.parametrize("name", CI)
def test_the_exporter_reads_the_settings_file_without_a_fault(helm: Helm, name: str, tmp_path: Path) -> None:
    read = _read(helm.objects(ci(name)).settings(), tmp_path)
    assert read.listen == ":8080"
    assert read.data_dir == Path("/var/lib/kubevigil")
    assert list(read.namespaces) == ci(name).get("namespaces", [])


def test_every_setting_of_config_arrives_as_it_was_written(helm: Helm, tmp_path: Path) -> None:
    # Without the chart's own checks, whose accounts it adds to those that are listed.
    read = _read(helm.objects({**ci("everything"), "checks": {}}).settings(), tmp_path)
    for name, key in settings.CONFIGURABLE.items():
        given: Any = ci("everything")["config"]
        for part in name.split("."):
            given = given[part]
        raw = tuple(given) if isinstance(given, list) else str(given)
        assert getattr(read, key.field) == key.kind.read(raw), name


def test_the_settings_file_is_where_the_exporter_looks(helm: Helm) -> None:
    container = helm.objects().container()
    assert container["args"] == ["run", "--config=/etc/kubevigil/settings/settings.yaml"]
    assert {"name": "settings", "mountPath": "/etc/kubevigil/settings", "readOnly": True} in container["volumeMounts"]


def test_the_web_file_is_told_to_the_exporter(helm: Helm) -> None:
    assert "config_file: /etc/kubevigil/web/web-config.yaml" in helm.objects(ci("tls-auth")).settings()


@pytest.mark.parametrize("values", [{"config": {"log_level": "debug"}}, {"namespaces": ["shop"]}])
def test_a_change_of_the_settings_restarts_the_pod(helm: Helm, values: Values) -> None:
    assert _annotations(helm, values) != _annotations(helm, {})


def test_a_change_of_anything_else_does_not(helm: Helm) -> None:
    changed = {"serviceMonitor": {"enabled": True}, "service": {"port": 9090}, "networkPolicy": {"enabled": True}}
    assert helm.objects(changed).pod() == helm.objects().pod()


def test_the_old_pod_is_gone_before_the_new_one_begins(helm: Helm) -> None:
    spec = helm.objects().one("Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


@pytest.mark.parametrize("name", CI)
def test_the_selector_is_of_the_pod_and_of_nothing_that_may_change(helm: Helm, name: str) -> None:
    objects = helm.objects(ci(name))
    selector = objects.one("Deployment")["spec"]["selector"]["matchLabels"]
    assert set(selector) == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}
    assert selector.items() <= objects.pod()["metadata"]["labels"].items()
    assert objects.one("Service")["spec"]["selector"] == selector


def test_labels_of_the_user_cannot_take_the_pod_out_of_the_selector(helm: Helm) -> None:
    other = {"app.kubernetes.io/name": "other"}
    objects = helm.objects({"podLabels": other, "commonLabels": other})
    assert objects.pod()["metadata"]["labels"]["app.kubernetes.io/name"] == "kubevigil"


def test_labels_for_all_are_on_all_and_on_the_pod(helm: Helm) -> None:
    objects = helm.objects(
        {"commonLabels": {"team": "platform"}, "namespaces": ["shop"], "persistence": {"enabled": True}}
    )
    assert {item["metadata"]["labels"]["team"] for item in objects} == {"platform"}
    assert objects.pod()["metadata"]["labels"]["team"] == "platform"


@pytest.mark.parametrize(
    ("web", "handlers"),
    [
        ({}, [("httpGet", "HTTP", "/healthz"), ("httpGet", "HTTP", "/healthz"), ("httpGet", "HTTP", "/readyz")]),
        (
            {"tls": True},
            [("httpGet", "HTTPS", "/healthz"), ("httpGet", "HTTPS", "/healthz"), ("httpGet", "HTTPS", "/readyz")],
        ),
        ({"tls": True, "clientCertificates": True}, [("tcpSocket", None, None)] * 3),
    ],
)
def test_probes_ask_as_the_port_is_served(helm: Helm, web: Values, handlers: list[tuple[str, str, str]]) -> None:
    container = helm.objects({"web": {"existingSecret": "web", **web} if web else {}}).container()
    assert [_handler(container[f"{name}Probe"]) for name in ("startup", "liveness", "readiness")] == handlers


def test_probes_name_a_port_that_there_is(helm: Helm) -> None:
    container = helm.objects().container()
    assert container["ports"] == [{"name": "metrics", "containerPort": 8080, "protocol": "TCP"}]
    assert {container[f"{name}Probe"]["httpGet"]["port"] for name in ("startup", "liveness", "readiness")} == {
        "metrics"
    }


def test_a_probes_figures_can_be_given_one_by_one(helm: Helm) -> None:
    probe = helm.objects({"livenessProbe": {"periodSeconds": 30}}).container()["livenessProbe"]
    assert (probe["periodSeconds"], probe["timeoutSeconds"], probe["failureThreshold"]) == (30, 5, 6)


@pytest.mark.parametrize(
    ("persistence", "volume"),
    [
        ({}, {"emptyDir": {"sizeLimit": "2Gi"}}),
        ({"enabled": True}, {"persistentVolumeClaim": {"claimName": "vigil-kubevigil"}}),
        ({"enabled": True, "existingClaim": "mine"}, {"persistentVolumeClaim": {"claimName": "mine"}}),
    ],
)
def test_the_store_is_on_the_volume_that_was_asked_for(helm: Helm, persistence: Values, volume: Values) -> None:
    objects = helm.objects({"persistence": persistence})
    assert {"name": "data", **volume} in objects.pod()["spec"]["volumes"]
    assert {"name": "data", "mountPath": "/var/lib/kubevigil"} in objects.container()["volumeMounts"]
    assert bool(objects.of("PersistentVolumeClaim")) == (persistence == {"enabled": True})


@pytest.mark.parametrize(
    ("given", "told"), [("", {}), ("fast", {"storageClassName": "fast"}), ("-", {"storageClassName": ""})]
)
def test_a_claims_class_is_the_clusters_a_named_one_or_none(helm: Helm, given: str, told: Values) -> None:
    claim = helm.objects({"persistence": {"enabled": True, "storageClass": given}}).one("PersistentVolumeClaim")
    rest = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    assert claim["spec"] == {**rest, **told}


def test_what_is_added_may_be_a_template(helm: Helm) -> None:
    objects = helm.objects(ci("everything"))
    assert {"name": "RELEASE", "value": "vigil"} in objects.container()["env"]
    assert [item["metadata"]["name"] for item in objects.of("ConfigMap")][-2:] == ["vigil-more", "vigil-text"]


def _read(text: str, folder: Path) -> Settings:
    file = folder / "settings.yaml"
    file.write_text(text, encoding="utf-8")
    return load({}, IN_A_POD, str(file)).settings


def _annotations(helm: Helm, values: Values) -> Any:
    return helm.objects(values).pod()["metadata"]["annotations"]


def _handler(probe: Any) -> tuple[str, str | None, str | None]:
    (kind,) = {"httpGet", "tcpSocket"} & set(probe)
    return kind, probe[kind].get("scheme"), probe[kind].get("path")
