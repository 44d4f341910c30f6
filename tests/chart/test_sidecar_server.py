"""The log sidecar on a real API server: what is missing is named, the token is the exporter's, it comes and goes."""

import base64
import json
from collections.abc import Iterator

import pytest

from . import apiserver
from .apiserver import ApiServer, as_json
from .binaries import Binaries
from .helm import CHART, NAMESPACE, Helm, Object, Values, ci, joined
from .installing import on, taken, there, tried
from .test_sidecar import SHIPS, SIGNED, TOKEN

pytestmark = [pytest.mark.timeout(300)]

PASSWORD = "verysecret"


@pytest.fixture(scope="module")
def server(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with apiserver.running(binaries, tmp_path_factory.mktemp("ship"), gives_tokens=True) as server:
        server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        server.knows("servicemonitors", "prometheuses", "prometheusrules", "alertmanagerconfigs")
        yield server


def secret(name: str, *keys: str) -> Object:
    data = {key: base64.b64encode(PASSWORD.encode()).decode() for key in keys}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}, "data": data}


@pytest.mark.parametrize("name", ["elasticsearch", "everything"])
def test_the_server_takes_the_objects(helm3: Helm, helm4: Helm, server: ApiServer, name: str) -> None:
    for helm in (helm3, helm4):
        taken(server, helm.objects(ci(name)).of("Deployment", "Job", "Service", "ServiceMonitor", "NetworkPolicy"))


def test_a_secret_that_is_missing_is_named_and_nothing_else_changes(
    helm3: Helm, helm4: Helm, server: ApiServer
) -> None:
    with_a_ca = joined(SIGNED, {"elasticsearch": {"ca": {"existingSecret": "ca"}}})
    for helm in (helm3, helm4):
        found = tried(helm, server, with_a_ca)
        assert "missing: the Secret es in the namespace monitoring; until it is there nothing is sent" in found.notes
        assert "missing: the Secret ca in the namespace monitoring; until it is there nothing is sent" in found.notes
        assert found.notes.count("missing: ") == 2
        assert [item["name"] for item in found.objects.containers()] == ["kubevigil", "ship"]


@pytest.mark.parametrize(
    ("elasticsearch", "missing"),
    [
        ({}, ["the key username of the Secret es"]),
        ({"username": "me"}, []),
        ({"auth": "apiKey"}, ["the key apiKey of the Secret es"]),
        ({"auth": "apiKey", "key": "password"}, []),
        ({"key": "elastic"}, ["the key elastic of the Secret es", "the key username of the Secret es"]),
    ],
)
def test_a_key_that_the_secret_lacks_is_named_and_what_it_holds_is_not_shown(
    helm: Helm, server: ApiServer, elasticsearch: Values, missing: list[str]
) -> None:
    with there(server, secret("es", "password")):
        notes = tried(helm, server, joined(SIGNED, {"elasticsearch": elasticsearch})).notes
    told = [line.strip() for line in notes.splitlines() if "missing: " in line]
    assert told == [
        f"missing: {what} in the namespace monitoring; until it is there nothing is sent" for what in missing
    ]
    assert PASSWORD not in notes


def test_the_accounts_token_is_mounted_for_the_exporter_alone(helm: Helm, server: ApiServer) -> None:
    objects = helm.objects(SHIPS)
    pod = objects.pod() | {"apiVersion": "v1", "kind": "Pod"}
    pod["metadata"] |= {"name": "tried", "namespace": NAMESPACE}
    with there(server, objects.one("ServiceAccount")):
        arguments = ["create", "--dry-run=server", "--validate=strict", "--filename=-", "--output=json"]
        made = json.loads(server.kubectl(*arguments, stdin=as_json([pod])))
    exporter, sidecar = made["spec"]["containers"]
    assert [volume["name"][:15] for volume in _at(made, exporter, TOKEN)] == ["kube-api-access"]
    assert _at(made, sidecar, TOKEN) == [{"name": "no-token", "emptyDir": {"sizeLimit": "1Mi"}}]
    (token,) = [volume for volume in made["spec"]["volumes"] if volume["name"].startswith("kube-api-access")]
    assert token["name"] not in {mount["name"] for mount in sidecar["volumeMounts"]}


def test_both_helms_add_the_sidecar_to_a_release_and_take_it_out(helm3: Helm, helm4: Helm, server: ApiServer) -> None:
    for number, helm in enumerate((helm3, helm4)):
        admin, release = on(helm, server), f"release-{number}"
        admin.run(["install", release, str(CHART)])
        seen = []
        for hosts in (["http://es:9200"], []):
            values = {"config": {"elasticsearch": {"hosts": hosts}}}
            admin.run(["upgrade", release, str(CHART), "--reset-then-reuse-values"], values)
            seen.append(_names(server, f"{release}-kubevigil"))
        assert seen == [(["kubevigil", "ship"], ["metrics", "ship"]), (["kubevigil"], ["metrics"])]
        admin.run(["uninstall", release])


def _names(server: ApiServer, name: str) -> tuple[list[str], list[str]]:
    """The containers of the Deployment, and the ports of the Service."""
    deployment, service = (
        json.loads(server.kubectl("get", kind, name, f"--namespace={NAMESPACE}", "--output=json"))["spec"]
        for kind in ("deployment", "service")
    )
    containers = deployment["template"]["spec"]["containers"]
    return [item["name"] for item in containers], [item["name"] for item in service["ports"]]


def _at(pod: Object, container: Object, path: str) -> list[Object]:
    """The volumes that are mounted there."""
    names = {mount["name"] for mount in container["volumeMounts"] if mount["mountPath"] == path}
    return [volume for volume in pod["spec"]["volumes"] if volume["name"] in names]
