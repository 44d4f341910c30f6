"""Setting a server up: what is asked of it, and that asking twice changes nothing."""

import json
from typing import Any

import msgspec
import pytest

from kubevigil.delivery.errors import NotUnderstood
from kubevigil.delivery.indices import BadPrefix
from kubevigil.delivery.setup.applying import Report, set_up
from kubevigil.delivery.setup.comparing import has_all
from kubevigil.delivery.setup.server import Kind, Server, TooOld, server_of
from kubevigil.delivery.setup.steps import Change
from kubevigil.delivery.setup.wanted import Wanted

from .setup_server import (
    ELASTICSEARCH,
    ISM,
    NO_HANDLER,
    OPENSEARCH,
    Cluster,
    Told,
    root,
)

TEMPLATE = "/_index_template/k8s-crash-monitor"
ILM = "/_ilm/policy/k8s-crash-monitor"


def changes(report: Report) -> list[str]:
    return [step.change.value for step in report.steps]


@pytest.mark.parametrize(
    ("about", "policy"), [(ELASTICSEARCH, ILM), (OPENSEARCH, ISM)], ids=["elasticsearch", "opensearch"]
)
def test_the_policy_and_the_template_are_made_once(about: Any, policy: str) -> None:
    cluster = Cluster(about)
    first = set_up(cluster, Wanted())
    assert (changes(first), first.changed) == (["create", "create"], 2)
    assert cluster.puts == [policy, TEMPLATE]
    second = set_up(cluster, Wanted())
    assert (changes(second), second.changed) == (["none", "none"], 0)
    assert cluster.puts == [policy, TEMPLATE]


def test_a_setting_that_changed_is_changed_there() -> None:
    cluster = Cluster(ELASTICSEARCH)
    set_up(cluster, Wanted())
    assert changes(set_up(cluster, Wanted(retention_days=7))) == ["update", "none"]
    assert changes(set_up(cluster, Wanted(retention_days=7, replicas=0))) == ["none", "update"]
    assert cluster.kept[ILM]["policy"]["phases"]["delete"]["min_age"] == "7d"
    assert cluster.kept[TEMPLATE]["template"]["settings"]["index"]["number_of_replicas"] == "0"


def test_opensearch_is_told_which_version_of_a_policy_is_changed() -> None:
    cluster = Cluster(OPENSEARCH)
    set_up(cluster, Wanted())
    set_up(cluster, Wanted(retention_days=7))
    assert cluster.puts[-1] == f"{ISM}?if_seq_no=7&if_primary_term=3"
    assert changes(set_up(cluster, Wanted(retention_days=7))) == ["none", "none"]


@pytest.mark.parametrize("about", [ELASTICSEARCH, OPENSEARCH], ids=["elasticsearch", "opensearch"])
def test_a_server_without_policies_gets_the_template_alone_and_that_is_told(about: Any) -> None:
    cluster = Cluster(about, has_policies=False)
    report = set_up(cluster, Wanted())
    assert changes(report) == ["skip", "create"]
    assert "delete old indices by other means" in report.steps[0].why
    assert cluster.puts == [TEMPLATE]
    assert "lifecycle" not in cluster.kept[TEMPLATE]["template"]["settings"]["index"]
    assert set_up(cluster, Wanted()).changed == 0


def test_only_elasticsearch_is_told_of_the_policy_by_the_template() -> None:
    """OpenSearch's policy says by itself which indices it is for, and that server refuses the setting."""
    for about, named in ((ELASTICSEARCH, True), (OPENSEARCH, False)):
        cluster = Cluster(about)
        set_up(cluster, Wanted())
        index = cluster.kept[TEMPLATE]["template"]["settings"]["index"]
        assert index.get("lifecycle") == ({"name": "k8s-crash-monitor"} if named else None)
    assert cluster.kept[ISM]["policy"]["ism_template"][0]["index_patterns"] == ["k8s-crash-monitor-*"]


@pytest.mark.parametrize("about", [ELASTICSEARCH, OPENSEARCH], ids=["elasticsearch", "opensearch"])
def test_without_a_retention_no_policy_is_made_and_none_is_named(about: Any) -> None:
    cluster = Cluster(about)
    report = set_up(cluster, Wanted(retention_days=0))
    assert changes(report) == ["skip", "create"]
    assert "kept for ever" in report.steps[0].why
    assert "lifecycle" not in cluster.kept[TEMPLATE]["template"]["settings"]["index"]


def test_a_dry_run_shows_the_requests_and_changes_nothing() -> None:
    cluster = Cluster(ELASTICSEARCH)
    report = set_up(cluster, Wanted(), dry_run=True)
    assert cluster.puts == []
    told = report.as_json()
    assert json.loads(json.dumps(told)) == told
    assert [(r["method"], r["path"]) for r in told["requests"]] == [("PUT", ILM), ("PUT", TEMPLATE)]
    assert (told["changed"], told["dry_run"]) == (2, True)
    assert told["server"] == {"kind": "elasticsearch", "version": "8.15.0", "cluster": "lab"}
    set_up(cluster, Wanted())
    assert set_up(cluster, Wanted(), dry_run=True).as_json()["requests"] == []


def test_the_template_has_what_was_asked_for() -> None:
    cluster = Cluster(OPENSEARCH)
    set_up(cluster, Wanted(prefix="crashes-", replicas=2, shards=3, refresh_seconds=10))
    template = cluster.kept["/_index_template/crashes"]
    assert template["index_patterns"] == ["crashes-*"]
    assert template["priority"] > 100
    index = template["template"]["settings"]["index"]
    assert (index["number_of_replicas"], index["number_of_shards"]) == ("2", "3")
    assert (index["refresh_interval"], index["codec"]) == ("10s", "best_compression")
    mappings = template["template"]["mappings"]
    assert mappings["dynamic"] == "false"
    assert mappings["properties"]["message"] == {"type": "text", "norms": False}
    assert mappings["properties"]["namespace"]["ignore_above"] == 1_024


def test_a_prefix_that_cannot_be_is_refused() -> None:
    with pytest.raises(BadPrefix):
        Wanted(prefix="Crashes-")


@pytest.mark.parametrize(
    ("about", "kind"),
    [
        (root("7.8.0", build_flavor="oss"), Kind.ELASTICSEARCH),
        (root("7.10.2"), Kind.ELASTICSEARCH),
        (root("9.1.0-SNAPSHOT"), Kind.ELASTICSEARCH),
        (root("1.0.0", distribution="opensearch"), Kind.OPENSEARCH),
        (root("3.2.0", distribution="opensearch"), Kind.OPENSEARCH),
        (root("7.10.2") | {"tagline": "The OpenSearch Project: https://opensearch.org/"}, Kind.OPENSEARCH),
    ],
    ids=lambda value: value if isinstance(value, Kind) else value["version"]["number"],
)
def test_the_servers_that_can_be_set_up_are_known(about: Any, kind: Kind) -> None:
    """The last calls itself Elasticsearch, as OpenSearch does for old clients if it is told to."""
    assert server_of(json.dumps(about).encode()) == Server(kind, about["version"]["number"], "lab")


@pytest.mark.parametrize("number", ["6.8.23", "7.7.1", "0.9", "", "new"])
def test_one_that_is_too_old_is_refused_with_what_is_needed(number: str) -> None:
    with pytest.raises(TooOld, match=r"7\.8 or newer"):
        server_of(json.dumps(root(number)).encode())


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"{}", b"[]", b'{"version":"7.10"}', b"\xff", b"[" * 100_000], ids=range(7)
)
def test_something_else_that_answers_there_is_told_as_such(answer: bytes) -> None:
    with pytest.raises(NotUnderstood, match="neither Elasticsearch nor OpenSearch"):
        server_of(answer)


def test_a_server_that_knows_no_templates_is_told_as_such() -> None:
    cluster = Cluster(ELASTICSEARCH)
    cluster.answers[TEMPLATE] = Told(*NO_HANDLER)
    with pytest.raises(NotUnderstood, match="does not know index templates"):
        set_up(cluster, Wanted())
    assert cluster.puts == []


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>"], ids=range(3))
@pytest.mark.parametrize("path", [ILM, TEMPLATE])
def test_what_is_there_and_cannot_be_read_is_left_alone(path: str, body: bytes) -> None:
    cluster = Cluster(ELASTICSEARCH)
    cluster.answers[path] = Told(200, body)
    with pytest.raises(NotUnderstood):
        set_up(cluster, Wanted())
    assert cluster.puts == []


@pytest.mark.parametrize("body", [{}, {"k8s-crash-monitor": {}}, {"other": 1}], ids=range(3))
def test_a_policy_of_another_shape_is_written_anew(body: Any) -> None:
    cluster = Cluster(ELASTICSEARCH)
    cluster.answers[ILM] = Told(200, body)
    assert changes(set_up(cluster, Wanted()))[0] == "update"


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ({"a": "1", "b": 2}, {"a": 1}, True),
        ({"a": False}, {"a": "false"}, True),
        ({"a": 1}, {"a": 2}, False),
        ({}, {"a": 1}, False),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": [{"x": 1, "y": 2}]}, {"a": [{"x": 1}]}, True),
        ({"a": [1]}, {"a": 1}, False),
        ({"a": 1}, {"a": {"b": 1}}, False),
        ({"a": None}, {"a": {}}, False),
        (None, {}, False),
        ({"a": "b"}, {"a": ["b"]}, False),
    ],
)
def test_what_a_server_adds_is_no_difference_and_what_it_lacks_is(theirs: Any, ours: Any, *, same: bool) -> None:
    assert has_all(theirs, ours) is same


def test_a_step_that_is_skipped_has_nothing_to_send() -> None:
    report = set_up(Cluster(OPENSEARCH, has_policies=False), Wanted(), dry_run=True)
    assert report.steps[0].change is Change.SKIP
    assert report.steps[0].body == {}
    assert msgspec.structs.asdict(report)["dry_run"] is True
