"""The log sidecar: a second container beside the exporter, where crashes are to be sent."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubevigil.app.declaring import Surroundings
from kubevigil.app.settings import Settings
from kubevigil.app.sink_credentials import credentials_of
from kubevigil.app.sources import load

from .helm import CHART, CI, Helm, Object, Objects, Values, ci, joined, nested

SHIPS: Values = nested("config.elasticsearch.hosts", ["https://es.logging.svc:9243"])
SIGNED: Values = joined(SHIPS, {"elasticsearch": {"existingSecret": "es"}})
SETTINGS = "/etc/kubevigil/settings/settings.yaml"
HELD = "/etc/kubevigil/elasticsearch/"
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where the kubelet puts the account's token, unless something else is there."""

FILES = {"credential": "held-by-the-secret\n", "ca.crt": "PEM"}
"""What the mounted Secrets hold."""


def read(objects: Objects, container: str, folder: Path) -> Settings:
    """What the process reads in that container, `folder` being in the place of what the kubelet mounts."""
    (folder / "settings.yaml").write_text(objects.settings(), encoding="utf-8")
    for volume in held(objects):
        for source in volume["projected"]["sources"]:
            for item in source["secret"]["items"]:
                (folder / item["path"]).write_text(FILES[item["path"]], encoding="utf-8")
    own = objects.container(container)
    environment = {item["name"]: item.get("value", "from-the-secret") for item in own.get("env", [])}
    moved = {name: value.replace(HELD, f"{folder}/") for name, value in environment.items()}
    config = str(folder / "settings.yaml") if f"--config={SETTINGS}" in own["args"] else None
    return load({}, Surroundings(moved, is_terminal=False), config).settings


def held(objects: Objects) -> list[Object]:
    """The volumes with what connections need, of all pods."""
    return [v for pod in objects.pods() for v in pod["spec"].get("volumes", []) if v["name"] == "elasticsearch"]


@pytest.mark.parametrize("values", [{}, nested("config.elasticsearch.hosts", [""])], ids=["no hosts", "an empty one"])
def test_without_a_server_there_is_no_sidecar_and_nothing_of_it(helm: Helm, values: Values) -> None:
    objects = helm.objects(joined(values, {"networkPolicy": {"enabled": True}, "serviceMonitor": {"enabled": True}}))
    assert [container["name"] for container in objects.containers()] == ["kubevigil"]
    assert [port["name"] for port in objects.one("Service")["spec"]["ports"]] == ["metrics"]
    assert len(objects.one("ServiceMonitor")["spec"]["endpoints"]) == 1
    assert len(objects.one("NetworkPolicy")["spec"]["egress"]) == 2


def test_with_a_server_it_is_beside_the_exporter_from_the_same_image(helm: Helm) -> None:
    objects = helm.objects(SHIPS)
    exporter, sidecar = objects.containers()
    assert (exporter["name"], sidecar["name"]) == ("kubevigil", "ship")
    assert (sidecar["image"], sidecar["imagePullPolicy"]) == (exporter["image"], exporter["imagePullPolicy"])
    assert sidecar["args"] == ["ship", f"--config={SETTINGS}"]
    assert sidecar["securityContext"] == exporter["securityContext"]


def test_logs_and_exec_without_a_container_are_the_exporters(helm: Helm) -> None:
    annotations = helm.objects(SHIPS).pod()["metadata"]["annotations"]
    assert annotations["kubectl.kubernetes.io/default-container"] == "kubevigil"


@pytest.mark.parametrize("name", ["everything", "elasticsearch"])
def test_both_know_the_server_the_index_and_the_store(helm: Helm, name: str, tmp_path: Path) -> None:
    objects = helm.objects(joined(ci(name), {"store": {"existingSecret": ""}}))
    exporter, sidecar = (read(objects, container, tmp_path) for container in ("kubevigil", "ship"))
    assert (
        sidecar.elasticsearch_hosts
        == exporter.elasticsearch_hosts
        == tuple(ci(name)["config"]["elasticsearch"]["hosts"])
    )
    assert sidecar.elasticsearch_index == exporter.elasticsearch_index
    assert sidecar.data_dir == exporter.data_dir
    assert sidecar.ship_listen == ":8081"


def test_both_write_to_the_same_volume(helm: Helm) -> None:
    objects = helm.objects(SHIPS)
    for name in ("kubevigil", "ship"):
        assert {"name": "data", "mountPath": "/var/lib/kubevigil"} in objects.container(name)["volumeMounts"]


def test_a_store_by_its_url_is_the_stores_of_both(helm: Helm) -> None:
    objects = helm.objects(joined(SHIPS, {"store": {"existingSecret": "db"}}))
    for name in ("kubevigil", "ship"):
        container = objects.container(name)
        assert {"name": "KUBEVIGIL_STORE_FILE", "value": "/etc/kubevigil/store/url"} in container["env"]
        assert "store" in {mount["name"] for mount in container["volumeMounts"]}


def test_they_share_no_other_place_to_write(helm: Helm) -> None:
    objects = helm.objects(ci("everything"))
    written = [
        {mount["name"] for mount in objects.container(name)["volumeMounts"] if not mount.get("readOnly")} - {"more"}
        for name in ("kubevigil", "ship")
    ]
    assert written[0] & written[1] == {"data"}


@pytest.mark.parametrize(
    ("elasticsearch", "kind"),
    [
        ({}, "none"),
        ({"existingSecret": "es"}, "basic"),
        ({"existingSecret": "es", "username": "me"}, "basic"),
        ({"existingSecret": "es", "auth": "apiKey"}, "API key"),
        ({"existingSecret": "es", "auth": "bearerToken"}, "bearer token"),
    ],
)
def test_it_signs_by_what_the_secret_holds(helm: Helm, elasticsearch: Values, kind: str, tmp_path: Path) -> None:
    objects = helm.objects(joined(SHIPS, {"elasticsearch": elasticsearch}))
    credentials = credentials_of(read(objects, "ship", tmp_path))
    assert credentials.kind == kind
    assert credentials_of(read(objects, "kubevigil", tmp_path)).kind == "none"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({}, "password"),
        ({"auth": "apiKey"}, "apiKey"),
        ({"auth": "bearerToken"}, "bearerToken"),
        ({"auth": "apiKey", "key": "encoded"}, "encoded"),
    ],
)
def test_the_secret_is_a_file_of_the_sidecar_alone(helm: Helm, given: Values, key: str) -> None:
    objects = helm.objects(joined(SIGNED, {"elasticsearch": given}))
    (volume,) = held(objects)
    source = {"name": "es", "optional": True, "items": [{"key": key, "path": "credential"}]}
    assert volume["projected"] == {"defaultMode": 0o440, "sources": [{"secret": source}]}
    mount = {"name": "elasticsearch", "mountPath": HELD.rstrip("/"), "readOnly": True}
    assert mount in objects.container("ship")["volumeMounts"]
    assert mount not in objects.container()["volumeMounts"]


def test_the_users_name_is_told_or_is_in_the_secret(helm: Helm) -> None:
    told = joined(SIGNED, {"elasticsearch": {"username": "me"}})
    name = "KUBEVIGIL_ELASTICSEARCH_USERNAME"
    assert {"name": name, "value": "me"} in helm.objects(told).container("ship")["env"]
    of_the_secret = {"secretKeyRef": {"name": "es", "key": "username"}}
    assert {"name": name, "valueFrom": of_the_secret} in helm.objects(SIGNED).container("ship")["env"]


def test_a_secret_that_is_missing_does_not_keep_the_exporter_from_starting(helm: Helm) -> None:
    objects = helm.objects(joined(SIGNED, {"elasticsearch": {"ca": {"existingSecret": "ca"}}}))
    (volume,) = held(objects)
    assert all(source["secret"]["optional"] for source in volume["projected"]["sources"])
    assert "env" not in objects.container()


def test_a_ca_of_ones_own_verifies_the_server(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(joined(SHIPS, {"elasticsearch": {"ca": {"existingSecret": "ca", "key": "tls.crt"}}}))
    (volume,) = held(objects)
    (source,) = volume["projected"]["sources"]
    assert source["secret"]["items"] == [{"key": "tls.crt", "path": "ca.crt"}]
    assert Path(read(objects, "ship", tmp_path).elasticsearch_ca_file) == tmp_path / "ca.crt"


def test_the_accounts_token_is_the_exporters_alone(helm: Helm) -> None:
    objects = helm.objects(SHIPS)
    mounts = {container["name"]: _at(container, TOKEN) for container in objects.containers()}
    assert mounts == {"kubevigil": None, "ship": {"name": "no-token", "mountPath": TOKEN, "readOnly": True}}
    assert {"name": "no-token", "emptyDir": {"sizeLimit": "1Mi"}} in objects.pod()["spec"]["volumes"]


def test_a_server_that_is_away_makes_nothing_unready_and_a_sidecar_that_hangs_is_restarted(helm: Helm) -> None:
    sidecar = helm.objects(SHIPS).container("ship")
    assert "readinessProbe" not in sidecar
    for name in ("startupProbe", "livenessProbe"):
        assert sidecar[name]["httpGet"] == {"path": "/healthz", "port": "ship", "scheme": "HTTP"}
    assert sidecar["ports"] == [{"name": "ship", "containerPort": 8081, "protocol": "TCP"}]


@pytest.mark.parametrize(
    ("web", "kind"), [({"tls": True}, "httpGet"), ({"tls": True, "clientCertificates": True}, "tcpSocket")]
)
def test_its_port_is_served_and_asked_as_the_exporters(helm: Helm, web: Values, kind: str) -> None:
    objects = helm.objects(joined(SHIPS, {"web": {"existingSecret": "web", **web}}))
    sidecar = objects.container("ship")
    assert sidecar["livenessProbe"][kind]["port"] == "ship"
    assert sidecar["livenessProbe"][kind].get("scheme", "HTTPS") == "HTTPS"
    assert {"name": "web", "mountPath": "/etc/kubevigil/web", "readOnly": True} in sidecar["volumeMounts"]


def test_its_resources_are_its_own(helm: Helm) -> None:
    exporter, sidecar = helm.objects(joined(SHIPS, {"resources": {"limits": {"memory": "1Gi"}}})).containers()
    assert (exporter["resources"]["limits"]["memory"], sidecar["resources"]["limits"]["memory"]) == ("1Gi", "256Mi")


def test_the_service_has_a_port_of_its_own_for_it(helm: Helm) -> None:
    ports = {port["name"]: port for port in helm.objects(SHIPS).one("Service")["spec"]["ports"]}
    assert ports["ship"] == {"name": "ship", "port": 8081, "targetPort": "ship", "protocol": "TCP"}


def test_both_are_scraped_as_jobs_that_are_told_apart(helm: Helm) -> None:
    endpoints = helm.objects(joined(ci("everything"), {"serviceMonitor": {"enabled": True}})).one("ServiceMonitor")
    first, second = endpoints["spec"]["endpoints"]
    assert (first.pop("port"), second.pop("port")) == ("metrics", "ship")
    assert (_label(first, "job"), _label(second, "job")) == ("kubevigil", "kubevigil-ship")
    assert _label(first, "instance") == _label(second, "instance") == "europe-1"
    assert _without_job(first) == _without_job(second)


@pytest.mark.parametrize("path", sorted((CHART / "files").glob("rules-*.yaml")), ids=lambda path: path.stem)
def test_no_rule_takes_its_series_for_the_exporters_and_those_of_deliveries_are_of_any_job(path: Path) -> None:
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    expressions = "\n".join(rule["expr"] for group in groups for rule in group["rules"])
    assert set(re.findall(r'\bjob[=!~]+"[^"]*"', expressions)) <= {'job="kubevigil"', 'job="kube-state-metrics"'}
    of_deliveries = re.findall(r"kubevigil_sink_\w+\{([^}]*)\}", expressions)
    assert all("job" not in matchers for matchers in of_deliveries)


@pytest.mark.parametrize(
    ("hosts", "ports"),
    [
        (["https://a:9243", "http://b:9243/es"], [9243]),
        (["https://a", "http://[::1]:9201", "http://[2001:db8::1]"], [9200, 9201]),
    ],
)
def test_the_policy_lets_it_reach_the_ports_of_the_hosts(helm: Helm, hosts: list[str], ports: list[int]) -> None:
    values = joined(nested("config.elasticsearch.hosts", hosts), {"networkPolicy": {"enabled": True}})
    spec = helm.objects(values, "--skip-tests").one("NetworkPolicy")["spec"]
    assert spec["egress"][2] == {"ports": [{"port": port, "protocol": "TCP"} for port in ports]}
    assert [port["port"] for port in spec["ingress"][0]["ports"]] == ["metrics", "ship"]


def test_where_the_server_is_may_be_told_to_the_policy(helm: Helm) -> None:
    egress = helm.objects(ci("everything"), "--skip-tests").one("NetworkPolicy")["spec"]["egress"]
    to = [{"ipBlock": {"cidr": "192.0.2.0/24"}}]
    assert egress[2] == {"ports": [{"port": 9243, "protocol": "TCP"}], "to": to}


@pytest.mark.parametrize("name", CI)
def test_the_exporters_own_container_is_the_same_with_it(helm: Helm, name: str) -> None:
    given = {key: value for key, value in ci(name).items() if key != "elasticsearch"}
    without = joined(given, nested("config.elasticsearch.hosts", []))
    assert helm.objects(joined(without, SHIPS)).container() == helm.objects(without).container()


def _at(container: Object, path: str) -> Any:
    return next((mount for mount in container["volumeMounts"] if mount["mountPath"] == path), None)


def _label(endpoint: Object, label: str) -> Any:
    (rule,) = [rule for rule in endpoint["relabelings"] if rule.get("targetLabel") == label]
    return rule["replacement"]


def _without_job(endpoint: Object) -> Object:
    return {**endpoint, "relabelings": [r for r in endpoint["relabelings"] if r.get("targetLabel") != "job"]}
