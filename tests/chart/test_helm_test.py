"""What `helm test` runs, as it is rendered, against the ports of an exporter and of a sidecar."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from kubevigil.app.routes import Check

from .asked_ports import AUTHORITY, Ports
from .helm import CHART, Helm, Object, Objects, Values, ci, joined
from .test_sidecar import SHIPS

PASSWORD = "hunter2hunter2"
HASHED = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
SCRIPT = CHART / "files/helm_test.py"
CLOSED = {"serviceMonitor": {"basicAuth": {key: {"name": "scraper", "key": key} for key in ("username", "password")}}}
TLS = {"web": {"existingSecret": "web", "tls": True}, "serviceMonitor": {"enabled": True}}
BY_OUR_CA = {"serviceMonitor": {"tlsConfig": {"ca": {"secret": {"name": "web", "key": "ca.crt"}}}}}
MUTUAL = {
    "serviceMonitor": {
        "tlsConfig": {
            "cert": {"secret": {"name": "client", "key": "tls.crt"}},
            "keySecret": {"name": "client", "key": "tls.key"},
        }
    }
}


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[Ports]:
    ports = Ports(tmp_path)
    yield ports
    ports.stop()


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What the Secrets of these tests hold, by `<name>-<key>`."""
    client = AUTHORITY.certificate("prometheus")
    held = {
        "web-ca.crt": AUTHORITY.pem,
        "scraper-username": b"prometheus",
        "scraper-password": PASSWORD.encode(),
        "client-tls.crt": client.cert_chain_pems[0].bytes(),
        "client-tls.key": client.private_key_pem.bytes(),
    }
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, content in held.items():
        (folder / name).write_bytes(content)
    return folder


def pod(objects: Objects) -> Object:
    found: Object = objects.one("Pod")["spec"]
    return found


def mounted(spec: Object, secrets: Path, folder: Path) -> Path:
    """What the kubelet would mount as the volume of credentials."""
    folder.mkdir(exist_ok=True)
    for volume in spec.get("volumes", []):
        for source in volume["projected"]["sources"]:
            for item in source["secret"]["items"]:
                (folder / item["path"]).write_bytes(
                    (secrets / f"{source['secret']['name']}-{item['key']}").read_bytes()
                )
    return folder


def outcome(spec: Object, urls: list[str], credentials: Path, *, seconds: float = 0) -> tuple[int, str]:
    """Runs the pod's command, its Service's URLs being these; exit code and log."""
    (container,) = spec["containers"]
    assert container["command"][:2] == ["python3.11", "-Ic"]
    given = [argument for argument in container["args"] if argument.startswith("http")]
    assert [url.partition(":")[0] for url in given] == [url.partition(":")[0] for url in urls]
    flags = [argument for argument in container["args"] if argument not in given]
    flags = [flag.replace("--credentials=/credentials", f"--credentials={credentials}") for flag in flags]
    command = [sys.executable, *container["command"][1:], *urls, *flags, f"--seconds={seconds}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout


READY = Check("shipper", ok=True, detail="")


def test_the_exporter_and_the_sidecar_are_asked_and_found_well(helm: Helm, ports: Ports, tmp_path: Path) -> None:
    exporter, sidecar = ports.exporter(), ports.port(READY)
    code, told = outcome(pod(helm.objects(SHIPS)), [exporter, sidecar], tmp_path)
    assert code == 0
    assert [line.partition(" series")[0].rpartition(" ")[0] for line in told.splitlines()] == [
        f"ok: {exporter}: ready,",
        f"ok: {sidecar}: ready,",
    ]


def test_what_is_not_ready_is_told_with_the_reason_and_the_others_are_asked(
    helm: Helm, ports: Ports, tmp_path: Path
) -> None:
    down = ports.port(Check("elasticsearch", ok=False, detail="refused, for 7 s"), READY)
    code, told = outcome(pod(helm.objects(SHIPS)), [down, ports.port(READY)], tmp_path)
    assert code == 1
    assert told.splitlines()[0] == f"failed: {down}/readyz: not ready: elasticsearch refused, for 7 s"
    assert told.splitlines()[1].startswith("ok: ")


@pytest.mark.parametrize("series", [b"", b'other_build_info{version="1"} 1\n'], ids=["nothing", "another's"])
def test_metrics_of_somebody_else_are_no_success(helm: Helm, ports: Ports, tmp_path: Path, series: bytes) -> None:
    code, told = outcome(pod(helm.objects()), [ports.port(READY, series=series)], tmp_path)
    assert (code, "/metrics: 200, without our series" in told) == (1, True)


def test_nobody_there_is_told_as_no_answer(helm: Helm, tmp_path: Path) -> None:
    code, told = outcome(pod(helm.objects()), ["http://127.0.0.1:1"], tmp_path)
    assert (code, told.startswith("failed: http://127.0.0.1:1: no answer: ConnectionRefusedError")) == (1, True)


def test_one_that_is_still_starting_gets_time(helm: Helm, ports: Ports, tmp_path: Path) -> None:
    own = ports.starting()
    code, told = outcome(pod(helm.objects()), [own], tmp_path, seconds=30)
    assert (code, told.count("ok: ")) == (0, 1), told


ENCRYPTED = {"tls_server_config": {"cert_file": "tls.pem", "key_file": "tls.pem"}}
KNOWN = {"basic_auth_users": {"prometheus": HASHED}}
TO_CLIENTS = {
    "tls_server_config": {
        **ENCRYPTED["tls_server_config"],
        "client_ca_file": "ca.pem",
        "client_auth_type": "RequireAndVerifyClientCert",
    }
}
WEB: dict[str, tuple[Mapping[str, Any], Values]] = {
    "a password": (KNOWN, CLOSED),
    "TLS": (ENCRYPTED, joined(TLS, BY_OUR_CA)),
    "TLS and a password": ({**ENCRYPTED, **KNOWN}, joined(joined(TLS, BY_OUR_CA), CLOSED)),
    "client certificates": (TO_CLIENTS, joined(joined(TLS, BY_OUR_CA), MUTUAL)),
    "another name": (
        ENCRYPTED,
        joined(joined(TLS, BY_OUR_CA), {"serviceMonitor": {"tlsConfig": {"serverName": "other.test"}}}),
    ),
    "not verified": (ENCRYPTED, joined(TLS, {"serviceMonitor": {"tlsConfig": {"insecureSkipVerify": True}}})),
}


@pytest.mark.parametrize("title", WEB)
def test_it_asks_as_the_service_monitor_has_prometheus_ask(
    helm: Helm, ports: Ports, secrets: Path, tmp_path: Path, title: str
) -> None:
    config, values = WEB[title]
    spec = pod(helm.objects(values))
    credentials = mounted(spec, secrets, tmp_path / "credentials")
    code, told = outcome(spec, [ports.exporter(config)], credentials)
    assert code == 0, told
    assert PASSWORD not in told + json.dumps(spec)


NOT_PROVEN: dict[str, tuple[Mapping[str, Any], Values, str]] = {
    "no password": (KNOWN, {}, "/metrics: 401, it wants a password: give Prometheus' as serviceMonitor.basicAuth"),
    "an unknown authority": (
        ENCRYPTED,
        TLS,
        "TLS failed, which serviceMonitor.tlsConfig verifies here as in Prometheus",
    ),
    "no client certificate": (TO_CLIENTS, joined(TLS, BY_OUR_CA), "failed: "),
    "a name that it has not": (
        ENCRYPTED,
        joined(joined(TLS, BY_OUR_CA), {"serviceMonitor": {"tlsConfig": {"serverName": "third.test"}}}),
        "Hostname mismatch",
    ),
    "plain HTTP to TLS": (ENCRYPTED, {}, "use https://"),
}


@pytest.mark.parametrize("title", NOT_PROVEN)
def test_what_prometheus_would_not_get_fails_it(
    helm: Helm, ports: Ports, secrets: Path, tmp_path: Path, title: str
) -> None:
    config, values, said = NOT_PROVEN[title]
    url = ports.exporter(config)
    spec = pod(helm.objects(values))
    asked = url if values else url.replace("https", "http")
    code, told = outcome(spec, [asked], mounted(spec, secrets, tmp_path / "credentials"))
    assert (code, said in told) == (1, True), told


def test_it_is_run_by_helm_test_alone_and_goes_when_it_was_well(helm: Helm) -> None:
    annotations = helm.objects().one("Pod")["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "test"
    assert annotations["helm.sh/hook-delete-policy"].split(",") == ["before-hook-creation", "hook-succeeded"]
    assert helm.objects({}, "--skip-tests").of("Pod") == []


def test_it_has_no_token_and_nobody_takes_it_for_an_exporter(helm: Helm) -> None:
    objects = helm.objects(ci("everything"))
    spec, labels = pod(objects), objects.one("Pod")["metadata"]["labels"]
    assert spec["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in spec
    assert not objects.one("Service")["spec"]["selector"].items() <= labels.items()
    assert labels.items() >= ci("everything")["commonLabels"].items()


def test_its_command_has_nothing_that_the_kubelet_would_replace() -> None:
    assert "$(" not in SCRIPT.read_text(encoding="utf-8")


def test_the_policy_lets_it_in_while_it_runs(helm: Helm) -> None:
    objects = helm.objects(joined(ci("networkpolicy"), SHIPS))
    own, lasting = sorted(objects.of("NetworkPolicy"), key=lambda item: "annotations" not in item["metadata"])
    assert "annotations" not in lasting["metadata"]
    annotations = own["metadata"]["annotations"]
    assert (annotations["helm.sh/hook"], int(annotations["helm.sh/hook-weight"]) < 0) == ("test", True)
    assert "hook-failed" in annotations["helm.sh/hook-delete-policy"]
    assert own["spec"]["podSelector"] == lasting["spec"]["podSelector"]
    (rule,) = own["spec"]["ingress"]
    assert rule["ports"] == lasting["spec"]["ingress"][0]["ports"]
    (peer,) = rule["from"]
    labels = objects.one("Pod")["metadata"]["labels"]
    assert peer["podSelector"]["matchLabels"].items() <= labels.items()
    assert "Egress" not in own["spec"]["policyTypes"]


def test_where_everybody_is_let_in_it_needs_no_policy(helm: Helm) -> None:
    assert len(helm.objects({"networkPolicy": {"enabled": True}}).of("NetworkPolicy")) == 1
