"""Names that Kubernetes takes, and that clash with nobody's."""

import re

import pytest

from .helm import Helm, Refused

LONGEST = "r" * 53
"""Helm's own limit for a release's name."""

LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""What a Service's name may be (RFC 1035 label), and with it what all others may be."""

LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


@pytest.mark.parametrize("release", [LONGEST, "a", "kubevigil", "a-kubevigil"])
@pytest.mark.parametrize("name", ["", "n" * 63])
def test_names_and_labels_are_valid_however_long_the_release_is_called(helm: Helm, release: str, name: str) -> None:
    objects = helm.objects({"nameOverride": name, "serviceMonitor": {"enabled": True}}, release=release)
    for kind, _, own in objects.identities():
        assert LABEL.fullmatch(own.removeprefix("monitoring:")), (kind, own)
    for item in objects:
        assert all(LABEL_VALUE.fullmatch(value) for value in item["metadata"]["labels"].values())


def test_two_releases_in_one_namespace_do_not_clash(helm: Helm) -> None:
    values = {"serviceMonitor": {"enabled": True}, "networkPolicy": {"enabled": True}, "persistence": {"enabled": True}}
    first, second = (helm.objects(values, release=release) for release in ("one", "two"))
    assert set(first.identities()) & set(second.identities()) == set()
    selectors = [objects.one("Service")["spec"]["selector"] for objects in (first, second)]
    assert selectors[0] != selectors[1]


def test_a_release_called_like_the_chart_does_not_say_it_twice(helm: Helm) -> None:
    assert helm.objects(release="kubevigil").one("Deployment")["metadata"]["name"] == "kubevigil"


@pytest.mark.parametrize("release", ["1password", "a.b"])
def test_a_name_that_no_service_can_have_is_refused_with_the_way_out(helm: Helm, release: str) -> None:
    with pytest.raises(Refused, match="set fullnameOverride"):
        helm.objects(release=release)
    assert helm.objects({"fullnameOverride": "vigil"}, release=release).one("Service")


@pytest.mark.parametrize("word", ["true", "0777", "1e3", "null"])
def test_words_that_yaml_would_take_for_something_else_stay_words(helm: Helm, word: str) -> None:
    values = {"fullnameOverride": "vigil", "namespaceOverride": word, "store": {"existingSecret": word, "key": word}}
    objects = helm.objects({**values, "serviceAccount": {"name": word}, "priorityClassName": word}, release=word)
    assert objects.one("Service")["spec"]["selector"]["app.kubernetes.io/instance"] == word
    assert {namespace for _, namespace, _ in objects.identities()} == {"", word}
    assert objects.one("ServiceAccount")["metadata"]["name"] == word
    (secret,) = [volume["secret"] for volume in objects.pod()["spec"]["volumes"] if "secret" in volume]
    assert (secret["secretName"], secret["items"]) == (word, [{"key": word, "path": "url"}])
