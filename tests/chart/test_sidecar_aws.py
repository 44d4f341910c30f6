"""The log sidecar where requests are signed for AWS: by the role of its account, or by keys in a Secret."""

from pathlib import Path

import pytest

from kubevigil.app.settings import Settings
from kubevigil.app.sink_credentials import credentials_of

from .helm import Helm, Object, Values, ci, joined, nested
from .test_sidecar import SHIPS, held, read

FOR_AWS: Values = joined(SHIPS, nested("config.elasticsearch.aws_region", "eu-west-1"))
BY_KEYS: Values = joined(FOR_AWS, {"elasticsearch": {"existingSecret": "keys", "auth": "aws"}})
FILE = {"name": "AWS_SHARED_CREDENTIALS_FILE", "value": "/etc/kubevigil/elasticsearch/credential"}
SET_UP: Values = {"elasticsearch": {"setup": {"enabled": True}}}


def signs_for(settings: Settings) -> tuple[str, str]:
    assert credentials_of(settings).kind == "AWS signature"
    return settings.elasticsearch_aws_region, settings.elasticsearch_aws_service


def of_aws(container: Object) -> list[Object]:
    return [item for item in container.get("env", []) if item["name"].startswith("AWS_")]


def test_by_a_role_it_needs_no_secret_and_the_account_is_told_which(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(ci("aws"))
    assert signs_for(read(objects, "ship", tmp_path)) == ("eu-west-1", "es")
    assert held(objects) == []
    assert of_aws(objects.container("ship")) == []
    account = objects.one("ServiceAccount")
    assert account["metadata"]["annotations"] == ci("aws")["serviceAccount"]["annotations"]
    assert objects.pod()["spec"]["serviceAccountName"] == account["metadata"]["name"]


def test_keys_in_a_secret_are_a_file_of_the_sidecar_alone(helm: Helm, tmp_path: Path) -> None:
    objects = helm.objects(BY_KEYS)
    (volume,) = held(objects)
    source = {"name": "keys", "optional": True, "items": [{"key": "credentials", "path": "credential"}]}
    assert volume["projected"] == {"defaultMode": 0o440, "sources": [{"secret": source}]}
    assert of_aws(objects.container("ship")) == [FILE]
    assert "env" not in objects.container()
    assert signs_for(read(objects, "ship", tmp_path)) == ("eu-west-1", "es")


def test_no_key_is_an_argument_or_a_variable(helm: Helm) -> None:
    sidecar = helm.objects(BY_KEYS).container("ship")
    assert all("value" in item for item in sidecar["env"])
    assert len(sidecar["args"]) == 2


def test_the_job_signs_as_the_sidecar_does(helm: Helm, tmp_path: Path) -> None:
    values = joined(BY_KEYS, nested("config.elasticsearch.aws_service", "aoss"))
    objects = helm.objects(joined(values, SET_UP))
    for name in ("setup", "ship"):
        assert signs_for(read(objects, name, tmp_path)) == ("eu-west-1", "aoss")
        assert of_aws(objects.container(name)) == [FILE]


def test_the_job_may_have_a_user_of_its_own_while_the_sidecar_signs(helm: Helm, tmp_path: Path) -> None:
    own = {"elasticsearch": {"setup": {"existingSecret": "master"}}}
    objects = helm.objects(joined(joined(FOR_AWS, SET_UP), own))
    setup = read(objects, "setup", tmp_path)
    assert (credentials_of(setup).kind, setup.elasticsearch_aws_region) == ("basic", "")
    assert signs_for(read(objects, "ship", tmp_path)) == ("eu-west-1", "es")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (FOR_AWS, "signed for AWS, region eu-west-1, by the role of the service account or of the machine\n"),
        (BY_KEYS, "signed by the key credentials of the Secret keys\n"),
    ],
    ids=["a role", "keys"],
)
def test_the_notes_tell_who_signs(helm4: Helm, values: Values, line: str) -> None:
    assert line in helm4.notes(values)
