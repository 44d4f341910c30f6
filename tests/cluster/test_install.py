"""`helm install`, as the README says it: our image on a real kubelet, found by the operator, scraped by Prometheus.

Release and namespace have other names than in the docs, and the namespace admits only what Pod Security "restricted"
does. KUBEVIGIL_TESTBED_APPLICATION names the archive of the image.
"""

import base64
import itertools
import json
import os
import re
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import bcrypt
import pytest

from tests.conftest import Tell

from .cluster import CRASHER, TESTBED, Kubectl, WitnessLog, wait_for
from .installing import HELMS, Release, restricted_namespace
from .misery import real_deaths
from .monitoring import RELEASE, Prometheus, operated_prometheus

pytestmark = [pytest.mark.real, pytest.mark.timeout(480)]

TERMINATIONS = "kubevigil_workload_terminations_total"
RESTARTS = "kubevigil_container_restarts_total"

VOLUME = """
apiVersion: v1
kind: PersistentVolume
metadata: {name: NAME}
spec:
  capacity: {storage: 2Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: NAME
  local: {path: PATH}
  nodeAffinity:
    required:
      nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node-1]}]}]
"""
"""What an administrator provides where the cluster has no storage class."""

ALERT = """
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: in-crash-loop, labels: {release: acme}}
spec:
  groups:
    - name: NAMESPACE
      interval: 1s
      rules:
        - alert: InCrashLoop
          expr: max by (pod) (max_over_time(kubevigil_container_crash_state{namespace="NAMESPACE"}[1m])) > 0
"""
"""A state alert in the form that the metrics' docs give."""


@pytest.fixture(scope="module", autouse=True)
def image() -> None:
    archive = os.environ["KUBEVIGIL_TESTBED_APPLICATION"]
    subprocess.run([TESTBED / "cluster/import-image", archive], check=True, timeout=120)


@pytest.fixture
def home(kubectl: Kubectl) -> Iterator[Kubectl]:
    """The namespace of the release."""
    with restricted_namespace(kubectl, "operations") as own:
        yield own


@pytest.fixture
def release(home: Kubectl) -> Iterator[Release]:
    release = Release(home, "night-watch")
    yield release
    release.uninstall()


@pytest.fixture(scope="module")
def prometheus(kubectl: Kubectl) -> Iterator[Prometheus]:
    with operated_prometheus(kubectl) as prometheus:
        yield prometheus


@pytest.fixture
def volume(kubectl: Kubectl, tmp_path: Path) -> Iterator[str]:
    """A volume that outlives the pod; the name of its class."""
    name = f"kept-{uuid.uuid4().hex[:6]}"
    (tmp_path / "volume").mkdir(mode=0o777)
    (tmp_path / "volume").chmod(0o777)
    kubectl.apply(VOLUME.replace("NAME", name).replace("PATH", str(tmp_path / "volume")))
    yield name
    kubectl("delete", "persistentvolume", name, "--wait=false")


def until_scraped(prometheus: Prometheus, namespace: str) -> None:
    def up() -> bool:
        return [target["health"] for target in prometheus.targets(namespace)] == ["up"]

    try:
        wait_for("the one target is up", up, 90)
    except AssertionError as error:
        raise AssertionError(f"{error}: {json.dumps(prometheus.targets(namespace), indent=1)}") from error


@pytest.mark.parametrize("helm", HELMS)
def test_a_bare_install_on_a_bare_cluster_is_ready_and_counts(
    helm: str, home: Kubectl, namespace: Kubectl, tell: Tell
) -> None:
    release = Release(home, "night-watch", helm=helm)
    began = time.monotonic()
    notes = release.install()
    ready = time.monotonic() - began
    first = release.first_metric() - began
    namespace.apply(CRASHER)
    wait_for("a termination is counted", lambda: release.samples(TERMINATIONS, namespace=namespace.namespace), 60)
    wait_for("its last words are kept", lambda: "the last words" in last_words(release), 30)
    tell(helm=helm, seconds_to_ready=round(ready, 1), seconds_to_first_metric=round(first, 1))
    for command in next_commands(notes):
        # Its Service may hear of the pod some time after the rollout has.
        wait_for(f"`{command}` succeeds", partial(succeeds, command), 60)
    assert re.search(r"Phase: +Succeeded", release.test())
    assert f"{release.fullname}-test" not in home("get", "pods", "--output=name")
    release.uninstall()
    left = home("get", "all,configmap,role,rolebinding,pvc,serviceaccount", "--output=name").split()
    ours = [name for name in left if "night-watch" in name and not name.startswith("pod/")]
    assert ours == []
    assert home.namespace not in home("get", "clusterrole,clusterrolebinding", "--output=name")


def last_words(release: Release) -> str:
    """Of the latest crash, as docs/crashes.md has one ask for it in a cluster."""
    command = ("exec", f"deploy/{release.fullname}", "--", "kubevigil", "crashes", "list", "--json", "--limit=1")
    records = json.loads(release.kubectl(*command))
    return "".join(record["log"]["text"] for record in records if record["log"])


def succeeds(command: str) -> bool:
    """As a person types it."""
    return subprocess.run(["bash", "-c", command], check=False, timeout=60, capture_output=True).returncode == 0


def next_commands(notes: str) -> list[str]:
    """What stands under "Next:" in the chart's notes, as a person would paste it."""
    commands = re.findall(r"^  (kubectl .*)$", notes.partition("Next:")[2], re.MULTILINE)
    assert len(commands) == 3
    return [str(command) for command in commands]


def test_the_operator_has_prometheus_scrape_it_and_sums_equal_the_store(
    release: Release, prometheus: Prometheus, namespace: Kubectl, witness: WitnessLog, tell: Tell
) -> None:
    began = time.monotonic()
    notes = release.install()
    assert f"release={RELEASE}" in notes, "the label is read from the cluster's Prometheus"
    home = release.kubectl.namespace
    until_scraped(prometheus, home)
    tell(seconds_to_the_first_scrape=round(time.monotonic() - began, 1))
    namespace.apply(CRASHER)
    uid = namespace.pod("crasher")["metadata"]["uid"]
    wait_for("three deaths", lambda: real_deaths(witness, {uid}).total() >= 3, 60)
    namespace("delete", "pod", "crasher")
    real = real_deaths(witness, {uid}).total()
    total = f'sum({TERMINATIONS}{{namespace="{namespace.namespace}"}})'
    wait_for("Prometheus has every death", lambda: prometheus.number(total) == real, 60)
    assert sum(value for _, value in release.samples(TERMINATIONS, namespace=namespace.namespace)) == real
    (series,) = prometheus.query(f'{TERMINATIONS}{{namespace="{namespace.namespace}",class="error"}}')
    own_target = {"instance", "job", "prometheus", "prometheus_replica"}
    # A bare pod's workload has no name, and Prometheus has no labels without a value.
    assert set(series["metric"]) - own_target == {
        *("__name__", "namespace", "workload_kind", "container"),
        *("container_type", "class", "reason", "exit_code"),
    }
    assert series["metric"]["namespace"] == namespace.namespace, "no exported_namespace"
    assert (series["metric"]["job"], series["metric"]["instance"]) == ("kubevigil", f"{home}/{release.fullname}")


@pytest.fixture
def lasting(release: Release, volume: str) -> Release:
    """Installed with a volume that outlives the pod."""
    release.install(persistence={"enabled": True, "storageClass": volume, "size": "1Gi"})
    return release


def test_its_pod_is_replaced_in_mid_storm_and_no_series_starts_anew(
    lasting: Release, prometheus: Prometheus, namespace: Kubectl, witness: WitnessLog, tell: Tell
) -> None:
    release, home = lasting, lasting.kubectl.namespace
    until_scraped(prometheus, home)
    names = [f"crasher-{n}" for n in range(5)]
    for name in names:
        namespace.apply(CRASHER.replace("name: crasher", f"name: {name}"))
    namespace.apply(ALERT.replace("NAMESPACE", namespace.namespace))
    firing = f'ALERTS{{alertname="InCrashLoop",alertstate="firing",pod=~"{"|".join(names)}"}}'
    try:  # the kubelet renews a mounted ConfigMap, which has the rules, once a minute or later
        wait_for("the alert fires for each", lambda: len(prometheus.query(firing)) == len(names), 180)
    except AssertionError as error:
        states = prometheus.query(f'kubevigil_container_crash_state{{namespace="{namespace.namespace}"}}')
        raise AssertionError(f"{error}: {prometheus.rule_groups()}, {prometheus.query('ALERTS')}, {states}") from error
    since = prometheus.now()
    before = release.pod()
    began = time.monotonic()
    release.kubectl("delete", "pod", before, "--wait=false")
    wait_for("another pod answers", lambda: release.pod() != before and answers(release), 90)
    away = time.monotonic() - began
    uids = {namespace.pod(name)["metadata"]["uid"] for name in names}
    seen = real_deaths(witness, uids).total()
    wait_for("every pod dies again", lambda: real_deaths(witness, uids).total() >= seen + 2 * len(names), 90)
    namespace("delete", "pods", *names)
    real = real_deaths(witness, uids).total()
    space = f'namespace="{namespace.namespace}"'
    wait_for("no death is lost", lambda: prometheus.number(f"sum({TERMINATIONS}{{{space}}})") == real, 60)
    tell(deaths=real, seconds_without_the_exporter=round(away, 1))
    assert prometheus.query(f"resets({{__name__=~'{TERMINATIONS}|{RESTARTS}',{space}}}[5m]) > 0") == []
    about_itself = f'{{__name__!~"kubevigil_(container|pod)_.*",job="kubevigil",pod=~"{release.fullname}.*"}}'
    assert prometheus.query(f"last_over_time({about_itself}[10m])") == []
    assert len(prometheus.query(f"count by (instance, job) (last_over_time({TERMINATIONS}{{{space}}}[10m]))")) == 1
    for moments in prometheus.over_time(firing, since, step=1):
        gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
        assert max(gaps) == 1, "the alert was resolved for a while"
        assert moments[0] - since < 2


def answers(release: Release) -> bool:
    try:
        return bool(json.loads(release.get("/readyz"))["ready"])
    except OSError:
        return False


def test_tls_and_a_password_by_the_fields_web_config_file(
    release: Release, prometheus: Prometheus, tmp_path: Path
) -> None:
    home = release.kubectl.namespace
    host = f"{release.fullname}.{home}.svc"
    key, certificate = tmp_path / "tls.key", tmp_path / "tls.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days=2", "-subj", f"/CN={host}"),
            *(f"-addext=subjectAltName=DNS:{host}", f"-keyout={key}", f"-out={certificate}"),
        ],
        check=True,
        capture_output=True,
    )
    password = uuid.uuid4().hex
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(8)).decode()
    (tmp_path / "web-config.yaml").write_text(
        json.dumps(
            {
                "tls_server_config": {"cert_file": "tls.crt", "key_file": "tls.key"},
                "basic_auth_users": {"prometheus": hashed},
            }
        )
    )
    files = [f"--from-file={path}" for path in (key, certificate, tmp_path / "web-config.yaml")]
    release.kubectl("create", "secret", "generic", "web", *files)
    release.kubectl(
        "create",
        "secret",
        "generic",
        "scraper",
        "--from-literal=username=prometheus",
        f"--from-literal=password={password}",
    )
    web = {"existingSecret": "web", "tls": True}
    verified = {"tlsConfig": {"ca": {"secret": {"name": "web", "key": "tls.crt"}}}}
    signed_in = {"basicAuth": {key: {"name": "scraper", "key": key} for key in ("username", "password")}}
    release.install(web=web, serviceMonitor={**verified, **signed_in})
    until_scraped(prometheus, home)
    (target,) = prometheus.targets(home)
    assert target["scrapeUrl"].startswith("https://")
    assert re.search(r"Phase: +Succeeded", release.test())
    spec = json.dumps(release.pods())
    assert password not in spec
    assert base64.b64encode(password.encode()).decode() not in spec
    assert hashed not in spec
    release.upgrade(web=web, serviceMonitor=verified)
    with pytest.raises(AssertionError, match="-test"):
        release.test()
    assert "401, it wants a password" in release.kubectl("logs", f"{release.fullname}-test")


def test_it_runs_under_any_id_as_openshift_gives_one(release: Release, namespace: Kubectl, volume: str) -> None:
    """What the SCC "restricted-v2" makes of a pod without ids: a user of the namespace's range, the group 0."""
    range_of_the_namespace = 1_000_660_000
    release.install(
        podSecurityContext={"runAsUser": range_of_the_namespace, "runAsGroup": 0, "fsGroup": range_of_the_namespace},
        persistence={"enabled": True, "storageClass": volume, "size": "1Gi"},
    )
    namespace.apply(CRASHER)
    wait_for("its deaths are counted", counted_in(release, namespace), 60)
    wait_for("its last words are kept", lambda: "the last words" in last_words(release), 30)
    assert re.search(r"Phase: +Succeeded", release.test())


def counted_in(release: Release, space: Kubectl) -> Callable[[], object]:
    return lambda: release.samples(TERMINATIONS, namespace=space.namespace)


def test_a_release_for_two_namespaces_sees_these_and_has_no_right_elsewhere(
    release: Release, kubectl: Kubectl, namespace: Kubectl
) -> None:
    with kubectl.fresh_namespace("second") as second, kubectl.fresh_namespace("third") as third:
        for space in (namespace, second, third):
            space.apply(CRASHER)
        release.install(namespaces=[namespace.namespace, second.namespace])
        for space in (namespace, second):
            wait_for("its deaths are counted", counted_in(release, space), 60)
        assert release.samples(RESTARTS, namespace=third.namespace) == []
        account = f"--as=system:serviceaccount:{release.kubectl.namespace}:{release.fullname}"
        refused = subprocess.run(
            ["kubectl", "auth", "can-i", "list", "pods", f"--namespace={third.namespace}", account],
            capture_output=True,
            text=True,
            check=False,
        )
        assert refused.stdout.strip() == "no"
