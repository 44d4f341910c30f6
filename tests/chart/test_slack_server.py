"""Slack's objects on a real API server: what the cluster has decides where they go and what is missing."""

import base64
from collections.abc import Iterator

import pytest

from . import apiserver
from .apiserver import ApiServer
from .binaries import Binaries
from .helm import CHART, NAMESPACE, RELEASE, Helm, Object, Refused, Values, ci, joined
from .installing import Tried, of_operator, on, taken, there, tried

pytestmark = [pytest.mark.timeout(300)]

TEAMS = ("shop", "payments")
HOOK = "https://hooks.test/services/T0/B0/verysecret"
NAMESPACED: Values = {
    "mode": "perNamespace",
    "secret": {"name": "slack"},
    "routes": [
        {"name": "shop", "namespaces": ["shop"], "secret": {"name": "slack-shop"}},
        {"name": "payments", "namespaces": ["payments"], "secret": {"name": "slack-payments", "key": "webhook"}},
    ],
}
CLUSTER: Values = {"mode": "cluster", "secret": {"name": "slack"}}
SELECTED: Values = {"alertmanagerConfigSelector": {}, "alertmanagerConfigNamespaceSelector": {}}


@pytest.fixture(scope="module")
def server(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with apiserver.running(binaries, tmp_path_factory.mktemp("slack")) as server:
        for name in (NAMESPACE, *TEAMS):
            server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        server.knows("servicemonitors", "prometheuses", "prometheusrules", "alertmanagers", "alertmanagerconfigs")
        yield server


def secret(namespace: str, name: str, key: str = "url") -> Object:
    metadata = {"name": name, "namespace": namespace}
    data = {key: base64.b64encode(HOOK.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


def alertmanager(strategy: str, namespace: str = "default", **more: Values) -> Object:
    """One that looks at all namespaces; without a strategy as the operator has it by default."""
    spec = {**SELECTED, **more, **({"alertmanagerConfigMatcherStrategy": {"type": strategy}} if strategy else {})}
    return of_operator("Alertmanager", "main", spec, namespace)


def places(found: Tried) -> list[str]:
    """The namespaces of the AlertmanagerConfig objects."""
    return [item["metadata"]["namespace"] for item in found.objects.of("AlertmanagerConfig")]


@pytest.mark.parametrize("name", ["slack", "slack-namespaces", "everything"])
def test_the_server_takes_the_objects(helm3: Helm, helm4: Helm, server: ApiServer, name: str) -> None:
    for helm in (helm3, helm4):
        taken(server, helm.objects(ci(name)).of("AlertmanagerConfig"))


def test_a_team_is_told_once_its_secret_is_there(helm3: Helm, helm4: Helm, server: ApiServer) -> None:
    with there(server, secret(NAMESPACE, "slack"), secret("shop", "slack-shop")):
        for helm in (helm3, helm4):
            found = tried(helm, server, {"slack": NAMESPACED})
            assert places(found) == [NAMESPACE, "shop"]
            assert "missing: the Secret slack-payments in the namespace payments; what needs it is left" in found.notes
    with there(server, secret("payments", "slack-payments", "webhook")):
        found = tried(helm3, server, {"slack": NAMESPACED})
        assert places(found) == ["payments"]
        assert "missing: the Secret slack in the namespace monitoring; " in found.notes


def test_a_secret_without_the_key_is_missing_it(helm: Helm, server: ApiServer) -> None:
    with there(server, secret("payments", "slack-payments", "url")):
        found = tried(helm, server, {"slack": NAMESPACED})
        assert "missing: the key webhook of the Secret slack-payments in the namespace payments;" in found.notes
        assert "payments" not in places(found)


def test_a_bot_needs_the_address_of_the_api_as_well(helm: Helm, server: ApiServer) -> None:
    bot = joined(NAMESPACED, {"tokenType": "bot", "channel": "#all", "routes": []})
    with there(server, secret(NAMESPACE, "slack")):
        assert "missing: the key api-url of the Secret slack in the name" in tried(helm, server, {"slack": bot}).notes


def test_with_no_secret_at_all_nothing_is_made(helm: Helm, server: ApiServer) -> None:
    found = tried(helm, server, {"slack": NAMESPACED})
    assert places(found) == []
    assert "slack        no AlertmanagerConfig\n" in found.notes
    assert f"helm upgrade {RELEASE} CHART -n {NAMESPACE} --reset-then-reuse-values" in found.notes


def test_what_a_secret_holds_is_nowhere(helm: Helm, server: ApiServer) -> None:
    with there(server, secret(NAMESPACE, "slack"), alertmanager("None")):
        for slack in (NAMESPACED, CLUSTER):
            found = tried(helm, server, {"slack": slack})
            for text in (HOOK, base64.b64encode(HOOK.encode()).decode(), "verysecret"):
                assert text not in found.notes + str(found.objects)


@pytest.mark.parametrize("strategy", ["", "OnNamespace"])
def test_one_object_for_all_is_refused_where_it_would_get_the_alerts_of_one_namespace(
    helm3: Helm, helm4: Helm, server: ApiServer, strategy: str
) -> None:
    with there(server, alertmanager(strategy)):
        for helm in (helm3, helm4):
            with pytest.raises(Refused, match=r"OnNamespace \(from the Alertmanager default/main\)"):
                tried(helm, server, {"slack": CLUSTER})


def test_under_none_it_is_in_the_namespace_of_the_release(helm: Helm, server: ApiServer) -> None:
    with there(server, alertmanager("None")):
        found = tried(helm, server, {"slack": CLUSTER})
        assert places(found) == [NAMESPACE]
        assert "the matcher strategy is None, from the Alertmanager default/main\n" in found.notes
        assert "selected by the Alertmanager default/main\n" in found.notes


def test_under_the_third_strategy_it_goes_to_the_alertmanagers_namespace(helm: Helm, server: ApiServer) -> None:
    with there(server, alertmanager("OnNamespaceExceptForAlertmanagerNamespace")):
        assert places(tried(helm, server, {"slack": CLUSTER})) == ["default"]


def test_of_two_the_one_that_hides_nothing_counts(helm: Helm, server: ApiServer) -> None:
    with there(server, alertmanager("OnNamespace"), alertmanager("None", "shop")):
        assert "from the Alertmanager shop/main\n" in tried(helm, server, {"slack": CLUSTER}).notes
        with pytest.raises(Refused, match="from the Alertmanager default/main"):
            tried(helm, server, {"slack": {**CLUSTER, "alertmanagerNamespace": "default"}})


def test_a_strategy_that_is_given_is_not_asked_for(helm: Helm, server: ApiServer) -> None:
    with there(server, alertmanager("OnNamespace")):
        assert places(tried(helm, server, {"slack": {**CLUSTER, "matcherStrategy": "None"}})) == [NAMESPACE]


def test_without_an_alertmanager_the_strategy_must_be_told(helm: Helm, server: ApiServer) -> None:
    with pytest.raises(Refused, match=r"set slack\.matcherStrategy"):
        tried(helm, server, {"slack": CLUSTER})


def test_the_labels_are_those_that_the_alertmanager_selects_by(helm: Helm, server: ApiServer) -> None:
    with there(server, alertmanager("None", alertmanagerConfigSelector={"matchLabels": {"routes": "acme"}})):
        found = tried(helm, server, {"slack": CLUSTER})
        assert found.objects.one("AlertmanagerConfig")["metadata"]["labels"]["routes"] == "acme"


def test_one_that_selects_none_is_named(helm: Helm, server: ApiServer) -> None:
    plain = of_operator("Alertmanager", "main", {"alertmanagerConfigMatcherStrategy": {"type": "None"}})
    with there(server, plain):
        assert "not selected by the Alertmanager default/main" in tried(helm, server, {"slack": CLUSTER}).notes


def test_in_one_object_for_all_what_is_missing_is_named_and_nothing_left_out(helm: Helm, server: ApiServer) -> None:
    routed = {**CLUSTER, "routes": [{"name": "shop", "secret": {"name": "slack-shop"}}]}
    with there(server, alertmanager("None"), secret(NAMESPACE, "slack")):
        found = tried(helm, server, {"slack": routed})
        assert "missing: the Secret slack-shop in the namespace monitoring; until it is there nothing" in found.notes
        names = [one["name"] for one in found.objects.one("AlertmanagerConfig")["spec"]["receivers"]]
        assert names == ["kubevigil-null", "kubevigil-route-shop", "kubevigil"]


def test_both_helms_install_change_and_remove_the_objects(helm3: Helm, helm4: Helm, server: ApiServer) -> None:
    held = (secret(NAMESPACE, "slack"), secret("shop", "slack-shop"))
    with there(server, *held):
        for number, helm in enumerate((helm3, helm4)):
            admin, release = on(helm, server), f"release-{number}"
            admin.run(["install", release, str(CHART)], {"slack": NAMESPACED})
            names = ["get", "alertmanagerconfigs", "--all-namespaces", "--output=name"]
            assert server.kubectl(*names).count(release) == 2
            admin.run(["upgrade", release, str(CHART), "--reset-then-reuse-values"], {"slack": {"routes": []}})
            assert server.kubectl(*names).count(release) == 1
            admin.run(["uninstall", release])
            assert release not in server.kubectl(*names)
