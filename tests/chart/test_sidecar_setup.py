"""The Job that sets up Elasticsearch or OpenSearch before an installation, if it is asked for."""

from pathlib import Path

import pytest

from kubevigil.app.sink_credentials import credentials_of

from .helm import Helm, Object, Objects, Values, ci, joined
from .test_sidecar import SHIPS, SIGNED, read

SET_UP: Values = joined(SHIPS, {"elasticsearch": {"setup": {"enabled": True}}})


def secrets(pod: Object) -> list[tuple[str, str]]:
    """The name and the key of each Secret that is mounted."""
    mounted = [source["secret"] for volume in pod["spec"]["volumes"] for source in _sources(volume)]
    return [(secret["name"], item["key"]) for secret in mounted for item in secret["items"]]


def job(objects: Objects) -> Object:
    """The Job's pod."""
    template: Object = objects.one("Job")["spec"]["template"]
    return template


def test_nothing_is_set_up_unless_it_is_asked_for(helm: Helm) -> None:
    assert helm.objects(SIGNED).of("Job") == []


def test_it_runs_before_what_sends_and_one_that_failed_stays(helm: Helm) -> None:
    annotations = helm.objects(SET_UP).one("Job")["metadata"]["annotations"]
    assert annotations == {
        "helm.sh/hook": "pre-install,pre-upgrade",
        "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
    }


def test_it_sets_up_what_the_sidecar_sends_to(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(ci("everything"))
    assert objects.container("setup")["args"] == ["elasticsearch", "setup"]
    own, sidecar = (read(without_store(objects), name, tmp_path) for name in ("setup", "ship"))
    for name in ("hosts", "index", "retention", "replicas"):
        assert getattr(own, f"elasticsearch_{name}") == getattr(sidecar, f"elasticsearch_{name}"), name
    assert own.elasticsearch_replicas == 2
    assert Path(own.elasticsearch_ca_file) == tmp_path / "ca.crt"


def test_settings_that_are_not_given_are_the_defaults_of_both(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(SET_UP)
    own, sidecar = (read(objects, name, tmp_path) for name in ("setup", "ship"))
    assert (own.elasticsearch_index, own.elasticsearch_retention) == (
        sidecar.elasticsearch_index,
        sidecar.elasticsearch_retention,
    )


def test_replicas_may_be_none(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(joined(SET_UP, {"config": {"elasticsearch": {"replicas": 0}}}))
    assert read(objects, "setup", tmp_path).elasticsearch_replicas == 0


def test_its_rights_are_of_a_secret_of_its_own_which_the_sidecar_does_not_get(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(ci("elasticsearch"))
    ca = ("logs-es-http-certs-public", "ca.crt")
    assert secrets(job(objects)) == [("logs-es-elastic-user", "elastic"), ca]
    assert secrets(objects.pod()) == [("kubevigil-elasticsearch", "password"), ca]
    assert read(objects, "setup", tmp_path).elasticsearch_username == "elastic"


def test_without_one_it_signs_as_the_sidecar_does(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(joined(SET_UP, {"elasticsearch": {"existingSecret": "es", "auth": "apiKey"}}))
    assert secrets(job(objects)) == secrets(objects.pod()) == [("es", "apiKey")]
    assert credentials_of(read(objects, "setup", tmp_path)).kind == "API key"


def test_with_neither_it_mounts_nothing(helm: Helm) -> None:
    assert "volumes" not in job(helm.objects(SET_UP))["spec"]


def test_it_has_no_token_and_needs_no_account_of_the_release(helm: Helm) -> None:
    spec = job(helm.objects(SET_UP))["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in spec


@pytest.mark.parametrize("values", [SET_UP, ci("everything")], ids=["a bare one", "everything"])
def test_neither_service_nor_policy_nor_deployment_takes_it_for_an_exporter(helm: Helm, values: Values) -> None:
    objects = helm.objects(values)
    labels = job(objects)["metadata"]["labels"]
    assert not objects.one("Service")["spec"]["selector"].items() <= labels.items()
    assert labels.items() >= values.get("commonLabels", {}).items()


def without_store(objects: Objects) -> Objects:
    """Without the store's Secret, which is not there to be read."""
    for container in objects.containers():
        container["env"] = [item for item in container["env"] if item["name"] != "KUBEVIGIL_STORE_FILE"]
    return objects


def _sources(volume: Object) -> list[Object]:
    sources: list[Object] = volume.get("projected", {}).get("sources", [])
    return sources
