"""One scope's watch: what scrapes see and what the bookkeeper is told."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from kubevigil.model.pod import Annotations, ContainerStatus, OwnerReference
from kubevigil.pods.families import FAMILIES, POD_OWNER_INFO
from kubevigil.pods.observation import Gone, Listed, Observed
from kubevigil.pods.selection import Selection

from .statuses import crash_loop, never_ran, pod, running, terminated
from .watch import Watch


def test_nothing_is_shown_until_the_list_is_complete() -> None:
    watch = Watch()
    watch.intake.sync_started()
    watch.intake.page([pod(running(2))])
    assert watch.text() == ""
    watch.intake.sync_finished("1")
    assert "kubevigil_container_restarts_total{" in watch.text()


def test_a_relist_shows_the_old_state_until_the_new_one_is_whole_and_drops_what_is_gone() -> None:
    watch = Watch().listed(pod(running(0), uid="a", name="a"), pod(running(0), uid="b", name="b"))
    watch.intake.sync_started()
    watch.intake.page([pod(running(0), uid="b", name="b")])
    assert 'pod="a"' in watch.text()
    watch.intake.vanished("a")
    watch.intake.sync_finished("2")
    assert 'pod="a"' not in watch.text()
    assert watch.items == [
        Listed("", frozenset({"a", "b"})),
        Gone("a", "shop", vanished=True),
        Listed("", frozenset({"b"})),
    ]


def test_a_pod_that_cannot_be_read_shows_nothing_and_is_not_taken_for_gone() -> None:
    watch = Watch().listed(pod(running(3), uid="a", name="a"))
    watch.intake.sync_started()
    watch.intake.page([])
    watch.intake.unreadable("a")
    watch.intake.sync_finished("2")
    assert watch.text() == ""
    assert watch.items[-1] == Listed("", frozenset({"a"}))


def test_a_healthy_container_costs_one_series_and_an_unwell_one_tells_what_is_wrong() -> None:
    watch = Watch().listed(pod(running(0), name="well", uid="1"), pod(crash_loop(3), name="unwell", uid="2"))
    lines = watch.text().splitlines()
    assert len([line for line in lines if 'pod="well"' in line]) == 1
    unwell = [line.split("{")[0] for line in lines if 'pod="unwell"' in line]
    assert unwell == [f.name for f in FAMILIES if f is not POD_OWNER_INFO]
    assert 'reason="CrashLoopBackOff"} 1' in watch.text()
    assert 'reason="Error",exit_code="1",signal="",class="error"} 1' in watch.text()


def test_the_rows_of_each_family_stand_in_its_own_place() -> None:
    owned = {"annotations": Annotations(owner="team-shop")}
    shown = Watch().listed(pod(crash_loop(3), meta=owned)).intake.snapshot() or ()
    names = [{line.split(b"{")[0].decode() for text in texts for line in text.splitlines()} for texts in shown]
    assert names == [{family.name} for family in FAMILIES]


def test_pod_info_is_there_for_all_pods_if_asked_for() -> None:
    assert "kubevigil_pod_info{" in Watch(always_info=True).listed(pod(running(0))).text()


def test_an_event_older_than_what_is_known_is_dropped() -> None:
    watch = Watch().listed(pod(terminated(5), version=50))
    watch.intake.changed(pod(terminated(3), version=30))
    watch.intake.changed(pod(terminated(5), version=50))
    assert 'container_type="app"} 5\n' in watch.text()
    assert len(watch.items) == 2


def test_a_list_is_taken_at_its_word_even_if_versions_fell() -> None:
    watch = Watch().listed(pod(terminated(5), version=50)).listed(pod(running(0), version=2))
    assert 'container_type="app"} 0\n' in watch.text()


def test_a_deleted_pod_is_not_raised_by_a_replay_of_its_past() -> None:
    watch = Watch().listed(pod(running(0), version=10))
    watch.intake.deleted(pod(running(0), version=12))
    watch.intake.changed(pod(running(0), version=11))
    watch.intake.deleted(pod(running(0), version=12))
    assert watch.text() == ""
    assert [i for i in watch.items if isinstance(i, Gone)] == [Gone("uid-1", "shop", vanished=True)]


def test_a_pod_deleted_with_a_final_status_or_before_it_started_did_not_vanish() -> None:
    watch = Watch().listed()
    final = pod(terminated(0), uid="a", status={"phase": "Failed"})
    never = pod(never_ran(), uid="b", status={"phase": "Pending"})
    watch.intake.deleted(final)
    watch.intake.deleted(never)
    assert [i for i in watch.items if isinstance(i, Gone)] == [
        Gone("a", "shop", vanished=False),
        Gone("b", "shop", vanished=False),
    ]


def test_the_last_body_of_a_deleted_pod_is_looked_at_for_deaths() -> None:
    watch = Watch().listed(pod(running(0), version=1))
    watch.intake.deleted(pod(terminated(0), version=2, status={"phase": "Failed"}))
    observed = [i for i in watch.items if isinstance(i, Observed)]
    assert [(o.containers[0][1].restart_count, o.was_running) for o in observed] == [(0, frozenset({"app"}))]


def test_ignored_namespaces_containers_and_pods_are_not_observed_at_all() -> None:
    selection = Selection(ignore_namespaces=["kube-*"], ignore_containers=["istio-*"])
    mesh = ContainerStatus(name="istio-proxy", restart_count=9)
    watch = Watch(selection).listed(
        pod(terminated(1), namespace="kube-system", uid="1"),
        pod(terminated(2), uid="2", meta={"annotations": Annotations(ignore="true")}),
        pod(running(0), mesh, uid="3"),
    )
    assert [line.split("{")[0] for line in watch.text().splitlines()] == ["kubevigil_container_restarts_total"]
    assert [i for i in watch.items if isinstance(i, Observed)] == []


def test_a_pod_annotated_later_leaves_and_comes_back() -> None:
    watch = Watch().listed(pod(running(1), version=1))
    watch.intake.changed(pod(running(1), version=2, meta={"annotations": Annotations(ignore="true")}))
    assert watch.text() == ""
    watch.intake.changed(pod(running(1), version=3))
    assert "restarts_total" in watch.text()


nasty = st.text(st.characters(codec=None, categories=None), max_size=30)


@given(nasty, nasty, nasty, nasty)
def test_whatever_stands_in_a_label_the_text_is_utf8_and_parses(
    name: str, namespace: str, node: str, reason: str
) -> None:
    status = crash_loop(1, reason=reason)
    owner = OwnerReference(kind=reason, name=node, controller=True)
    watch = Watch().listed(pod(status, name=name, namespace=namespace, owner=owner, spec={"node_name": node}))
    header = b"".join(f.header() for f in FAMILIES).decode()
    samples = [s for f in text_string_to_metric_families(header + watch.text()) for s in f.samples]
    assert {"kubevigil_container_restarts_total", "kubevigil_pod_info"} <= {s.name for s in samples}
