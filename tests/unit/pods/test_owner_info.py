"""The series that tells whose a pod is: when it is there, what it says, when it ends."""

import json

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from kubevigil.kube.decode import Decoder
from kubevigil.model.pod import Annotations, ContainerState, ContainerStatus, Pod, Waiting
from kubevigil.pods.families import FAMILIES, POD_INFO, POD_OWNER_INFO
from kubevigil.pods.ownership import ownership_of
from kubevigil.pods.selection import Selection

from .statuses import crash_loop, pod, running
from .watch import Watch

SHOP = {"annotations": Annotations(owner="team-shop", slack_channel="shop-alerts")}
SHOPS_SERIES = 'owner="team-shop",slack_channel="#shop-alerts"} 1'


def series(watch: Watch, name: str) -> list[str]:
    """What stands behind the labels `namespace` and `pod` in the family's lines."""
    lines = (line for line in watch.text().splitlines() if line.startswith(name + "{"))
    return [line.split(",", 2)[2] for line in lines]


def owners(watch: Watch) -> list[str]:
    return series(watch, POD_OWNER_INFO.name)


def pulling(reason: str) -> ContainerStatus:
    return ContainerStatus(name="app", state=ContainerState(waiting=Waiting(reason=reason)))


def test_a_pod_that_is_well_costs_no_series_for_its_owner() -> None:
    assert owners(Watch().listed(pod(running(0), meta=SHOP))) == []


def test_the_owner_is_there_from_the_first_restart_and_for_all_pods_if_asked_for() -> None:
    assert owners(Watch().listed(pod(running(1), meta=SHOP))) == [SHOPS_SERIES]
    assert owners(Watch(always_info=True).listed(pod(running(0), meta=SHOP))) == [SHOPS_SERIES]


def test_a_pod_without_these_annotations_has_none() -> None:
    watch = Watch(always_info=True).listed(
        pod(crash_loop(3), uid="1", name="bare"),
        pod(crash_loop(3), uid="2", name="other", meta={"annotations": Annotations(redaction="off")}),
        pod(crash_loop(3), uid="3", name="unusable", meta={"annotations": Annotations(slack_channel="Not One")}),
    )
    assert len(series(watch, POD_INFO.name)) == 3
    assert owners(watch) == []


def test_the_owner_comes_and_goes_with_pod_info() -> None:
    watch = Watch().listed(pod(pulling("ContainerCreating"), version=1, meta=SHOP))
    assert owners(watch) == series(watch, POD_INFO.name) == []
    watch.intake.changed(pod(pulling("ImagePullBackOff"), version=2, meta=SHOP))
    assert owners(watch) == [SHOPS_SERIES]
    assert len(series(watch, POD_INFO.name)) == 1
    watch.intake.changed(pod(running(0), version=3, meta=SHOP))
    assert owners(watch) == series(watch, POD_INFO.name) == []


def test_an_annotation_changed_in_place_takes_the_place_of_the_one_before() -> None:
    watch = Watch().listed(pod(running(1), version=1))
    assert owners(watch) == []
    watch.intake.changed(pod(running(1), version=2, meta=SHOP))
    assert owners(watch) == [SHOPS_SERIES]
    watch.intake.changed(pod(running(1), version=3, meta={"annotations": Annotations(slack_channel="#new")}))
    assert owners(watch) == ['owner="",slack_channel="#new"} 1']
    watch.intake.changed(pod(running(1), version=4, meta={"annotations": Annotations()}))
    assert owners(watch) == []


def test_the_owner_goes_with_its_pod_deleted_or_missing_from_a_list() -> None:
    watch = Watch().listed(pod(running(1), uid="a", name="a", meta=SHOP), pod(running(1), uid="b", name="b", meta=SHOP))
    assert len(owners(watch)) == 2
    watch.intake.deleted(pod(running(1), uid="a", name="a", version=2, meta=SHOP))
    assert len(owners(watch)) == 1
    watch.listed()
    assert owners(watch) == []


def test_a_pod_that_is_not_observed_has_no_owner_either() -> None:
    ignored = Annotations(ignore="true", owner="team-shop")
    watch = Watch(Selection(ignore_namespaces=["kube-*"])).listed(
        pod(crash_loop(3), uid="1", meta={"annotations": ignored}),
        pod(crash_loop(3), uid="2", namespace="kube-system", meta=SHOP),
    )
    assert owners(watch) == []


def test_what_the_api_sends_is_what_the_series_says() -> None:
    annotations = {"kubevigil.io/owner": 'The "A" team\n', "kubevigil.io/slack-channel": "a-team", "team": "b"}
    metadata = {"name": "web-1", "uid": "u", "namespace": "shop", "resourceVersion": "7", "annotations": annotations}
    status = {"phase": "Running", "containerStatuses": [{"name": "app", "restartCount": 1}]}
    listed = json.dumps({"metadata": {"resourceVersion": "9"}, "items": [{"metadata": metadata, "status": status}]})
    watch = Watch().listed(*Decoder(Pod).page(listed.encode()).items)
    line = r'kubevigil_pod_owner_info{namespace="shop",pod="web-1",owner="The \"A\" team",slack_channel="#a-team"} 1'
    assert line in watch.text().splitlines()


hostile = st.text(st.characters(codec=None, categories=None), max_size=100) | st.sampled_from(
    ['x"} 1\nevil{a="b', "back\\", 'quote"', "#team", "C0123ABCD", "x" * 300, "\x85\u2028", "{{ .Values }}", "<!here>"]
)


@given(st.none() | hostile, st.none() | hostile, hostile)
def test_whatever_is_annotated_a_scrape_parses_and_the_series_means_what_was_made_of_it(
    owner: str | None, channel: str | None, name: str
) -> None:
    annotations = Annotations(owner=owner, slack_channel=channel)
    watch = Watch().listed(
        pod(crash_loop(1), uid="1", name=name, meta={"annotations": annotations}),
        pod(crash_loop(1), uid="2", name="neighbour", namespace="other", meta=SHOP),
    )
    header = b"".join(f.header() for f in FAMILIES).decode()
    samples = [s for f in text_string_to_metric_families(header + watch.text()) for s in f.samples]
    assert len([s for s in samples if s.name == POD_INFO.name]) == 2
    shown = {
        s.labels["namespace"]: (s.labels["owner"], s.labels["slack_channel"])
        for s in samples
        if s.name == POD_OWNER_INFO.name
    }
    expected = {"shop": ownership_of(annotations), "other": ("team-shop", "#shop-alerts")}
    assert shown == {namespace: found for namespace, found in expected.items() if found}
