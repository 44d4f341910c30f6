"""The exporter on a real cluster: its numbers against containerd's exits and the API's, pod by pod."""

import base64
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kubevigil.metrics.text import Family, family_text

from .cluster import CRASHER, TESTBED, Kubectl, WitnessLog, component, wait_for
from .exporter import Exporter
from .misery import HARD_TO_TELL, assert_counted, play_misery, real_deaths, uids_of

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

READER = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: kubevigil}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: kubevigil}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: kubevigil}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: kubevigil}
subjects: [{kind: ServiceAccount, name: kubevigil, namespace: ACCOUNT}]
"""


@pytest.fixture
def exporter(kubeconfig: Path, tmp_path: Path) -> Iterator[Exporter]:
    with Exporter(tmp_path / "data", kubeconfig) as exporter:
        yield exporter.until_ready()


def test_every_death_of_every_kind_of_misery_is_counted_once(
    exporter: Exporter, namespace: Kubectl, witness: WitnessLog
) -> None:
    uids = play_misery(namespace, seconds=45)
    assert real_deaths(witness, uids).total() > 60
    assert_counted(exporter, witness, uids, namespace.namespace)


def test_kills_of_the_exporter_and_of_the_api_server_lose_and_double_nothing(
    exporter: Exporter, namespace: Kubectl, witness: WitnessLog
) -> None:
    acts = ["exporter", "api server", "exporter", "both", "exporter"]

    def act() -> None:
        what = acts.pop(0)
        if what != "exporter":
            component("kill", "kube-apiserver")
        if what != "api server":
            exporter.stop(signal.SIGKILL)
        if what != "exporter":
            component("start", "kube-apiserver")
            wait_for("the API server is back", lambda: api_answers(namespace), 60)
        if what != "api server":
            exporter.start()
        if not acts:
            exporter.until_ready()  # whose pods are deleted while it starts can never see how they died

    uids = play_misery(namespace, seconds=60, between=(8, 16, 26, 36, 50), act=act, without=HARD_TO_TELL)
    assert not acts
    assert_counted(exporter, witness, uids, namespace.namespace)


def api_answers(kubectl: Kubectl) -> bool:
    command = ["kubectl", f"--kubeconfig={kubectl.kubeconfig}", "get", "--raw", "/readyz", "--request-timeout=2s"]
    return subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0


def test_the_restarts_are_the_apis_own_pod_by_pod(exporter: Exporter, namespace: Kubectl) -> None:
    namespace.apply(TESTBED / "manifests/misery-pods.yaml")
    wait_for("restarts", lambda: sum(restarts(namespace).values()) > 10, 60)

    def equal() -> bool:
        before = restarts(namespace)
        shown = exporter.samples("kubevigil_container_restarts_total")
        ours = {(pod, name): int(n) for (name, _, space, pod), n in shown.items() if space == namespace.namespace}
        return before == restarts(namespace) and before == ours

    wait_for("a moment at which nothing restarts and both show the same", equal, 30)
    wanted, seen = {"CrashLoopBackOff", "CreateContainerConfigError"}, set[str]()

    def all_seen() -> bool:
        """A loop is in its back-off now and then."""
        seen.update(labels[-1] for labels in exporter.samples("kubevigil_container_crash_state"))
        return wanted <= seen

    wait_for("crash states", all_seen, 60)


def restarts(namespace: Kubectl) -> dict[tuple[str, str], int]:
    return {
        (pod["metadata"]["name"], status["name"]): status["restartCount"]
        for pod in namespace.json("get", "pods")["items"]
        for kind in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
        for status in pod["status"].get(kind, [])
    }


def test_a_role_on_pods_in_two_namespaces_is_all_it_needs(
    kubectl: Kubectl, kubeconfig: Path, tmp_path: Path, witness: WitnessLog
) -> None:
    with (
        kubectl.fresh_namespace("allowed-one") as one,
        kubectl.fresh_namespace("allowed-two") as two,
        kubectl.fresh_namespace("not-allowed") as other,
    ):
        for space in (one, two):
            space.apply(READER.replace("ACCOUNT", one.namespace))
        own = reader_config(one, kubeconfig, tmp_path)
        scopes = f"{one.namespace},{two.namespace}"
        with Exporter(tmp_path / "data", own, "--namespaces", scopes) as exporter:
            exporter.until_ready()
            for space in (one, two, other):
                space.apply(CRASHER)
            uids = uids_of(one) | uids_of(two)
            wait_for("deaths in both", lambda: len(real_deaths(witness, uids)) == 2, 30)
            wait_for(
                "both are counted",
                lambda: exporter.terminations(one.namespace) and exporter.terminations(two.namespace),
            )
            assert exporter.terminations(other.namespace) == 0


def test_in_a_cluster_it_needs_no_kubeconfig_but_the_pods_own_account(
    namespace: Kubectl, kubeconfig: Path, tmp_path: Path, witness: WitnessLog
) -> None:
    """The files and variables that a kubelet gives to every pod, here on the node itself."""
    namespace.apply(READER.replace("ACCOUNT", namespace.namespace))
    account = Path("/var/run/secrets/kubernetes.io/serviceaccount")
    account.mkdir(parents=True)
    cluster = Kubectl(kubeconfig).json("config", "view", "--raw", "--flatten")["clusters"][0]["cluster"]
    (account / "ca.crt").write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    (account / "token").write_text(namespace("create", "token", "kubevigil"))
    address = urlsplit(cluster["server"])
    inside = {"KUBERNETES_SERVICE_HOST": str(address.hostname), "KUBERNETES_SERVICE_PORT": str(address.port)}
    try:
        with Exporter(tmp_path / "data", None, "--namespaces", namespace.namespace, **inside) as exporter:
            exporter.until_ready()
            namespace.apply(CRASHER)
            uids = uids_of(namespace)
            wait_for("a death", lambda: real_deaths(witness, uids))
            wait_for("it is counted", lambda: exporter.terminations(namespace.namespace))
    finally:
        shutil.rmtree(account)


def test_without_rights_it_names_the_verb_and_the_resource_and_recovers_when_they_are_granted(
    namespace: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    account, *rest = READER.split("---\n")
    namespace.apply(account)
    with Exporter(
        tmp_path / "data", reader_config(namespace, kubeconfig, tmp_path), "--namespaces", namespace.namespace
    ) as exporter:
        refused = wait_for("a refusal", lambda: "may not list pods" in str(exporter.ready()) and exporter.ready(), 30)
        assert f"in namespace '{namespace.namespace}'" in str(refused)
        assert exporter.get("/readyz")[0] == 503
        assert exporter.get("/metrics")[0] == 200
        namespace.apply("---\n".join(rest).replace("ACCOUNT", namespace.namespace))
        exporter.until_ready()
        told = [line for line in exporter.log() if line["level"] == "warning" and "may not list pods" in str(line)]
        assert len(told) == 1


def reader_config(namespace: Kubectl, admin: Path, folder: Path) -> Path:
    """A kubeconfig of the service account `kubevigil`, its token in a file of its own, as rotated tokens are."""
    token = namespace("create", "token", "kubevigil")
    (folder / "token").write_text(token)
    own = folder / "kubeconfig"
    own.write_text(admin.read_text())
    view = Kubectl(own).json("config", "view", "--raw")
    view["users"] = [{"name": "reader", "user": {"tokenFile": str(folder / "token")}}]
    view["contexts"][0]["context"]["user"] = "reader"
    own.write_text(json.dumps(view))
    return own


def test_sigterm_ends_it_in_good_order_and_in_time(exporter: Exporter) -> None:
    assert exporter.stop(signal.SIGTERM) == 0
    assert not list(exporter.data.glob("*-wal"))


def test_promtool_finds_nothing_to_say_about_the_metrics(exporter: Exporter, namespace: Kubectl) -> None:
    namespace.apply(CRASHER)
    wait_for("a termination", lambda: exporter.terminations(namespace.namespace))
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=exporter.get("/metrics")[1], capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


NASTY = ('"', "\\", "a\nb", "\x00", "\r", "\t", "\ud800", "\u2028", "\x85", "ü", "🦈", "{}", "# HELP", "")


def test_promtool_reads_labels_that_kubernetes_could_and_could_not_hold() -> None:
    family = Family("kubevigil_test_total", "counter", "A test.", ("value",))
    text = family_text(family, [((f"{i} {value}",), 1) for i, value in enumerate(NASTY)])
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
