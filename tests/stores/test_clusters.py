"""Several clusters in one database: what one's exporter and sidecar do is nothing to the others."""

from pathlib import Path

from sqlalchemy import URL

from kubevigil.store.archive import Filter
from kubevigil.store.batch import Batch, Entry, PodRow
from kubevigil.store.housekeeping import Retention
from kubevigil.store.outbox import Outbox
from tests.unit.store.making import LABELS, NOW, Store, noise, record, said
from tests.unit.store.places import address, opened_archive

SINK = "elasticsearch"
CLUSTERS = ("east", "West", "west")


def stores(place: URL) -> list[Store]:
    """One for each cluster, each with the same five crashes of the same pod."""
    found = [Store(place, cluster=cluster, sinks=(SINK,)) for cluster in CLUSTERS]
    for store, cluster in zip(found, CLUSTERS, strict=True):
        dead = [record(number, cluster=cluster) for number in range(5)]
        store.journal.commit(
            Batch(
                rows={"pod": PodRow("shop", f'{{"{cluster}":1}}')},
                entries=[Entry(one, LABELS) for one in dead],
                baselined=[""],
                evidence={one.id: said(f"{cluster} {noise(4000, n)}") for n, one in enumerate(dead)},
            )
        )
    return found


def kept(place: URL, cluster: str) -> int:
    return len(opened_archive(place).records(Filter(cluster=cluster), 100))


def test_each_cluster_reads_back_its_own_and_names_that_differ_in_case_differ(place: URL) -> None:
    for store, cluster in zip(stores(place), CLUSTERS, strict=True):
        loaded = store.journal.load()
        assert loaded.ledger == {"pod": PodRow("shop", f'{{"{cluster}":1}}')}
        assert (loaded.scopes, loaded.workloads) == ({""}, {LABELS: 5})
        assert kept(place, cluster) == 5
    assert len(opened_archive(place).records(Filter(), 100)) == 15


def test_what_one_cluster_keeps_less_of_the_others_keep(place: URL) -> None:
    first, *_ = stores(place)
    first.now = NOW + 10
    first.journal.tidy({("shop", "Deployment", "web")}, Retention(1e9, 1e9, most_records=2))
    assert [kept(place, cluster) for cluster in CLUSTERS] == [2, 5, 5]
    first.journal.tidy(set(), Retention(0.0, records=1.0, most_records=99))
    assert [kept(place, cluster) for cluster in CLUSTERS] == [2, 5, 5]  # they wait for the sink
    Store(place, cluster="east", now=NOW + 20).journal.tidy(set(), Retention(0.0, 1.0, 99))
    assert [kept(place, cluster) for cluster in CLUSTERS] == [0, 5, 5]
    assert Store(place, cluster="west").journal.load().workloads == {LABELS: 5}


def test_the_texts_of_one_cluster_do_not_give_way_to_those_of_another(place: URL) -> None:
    stores(place)
    small = Store(place, cluster="south", most_log_bytes=5000)
    for number in range(6):
        one = record(number, cluster="south")
        small.journal.commit(Batch(entries=[Entry(one, LABELS)], evidence={one.id: said(noise(4000, number))}))
    gone = small.rows("SELECT cluster, count(*) FROM kubevigil_crash_logs WHERE dropped GROUP BY cluster")
    assert [cluster for cluster, _ in gone] == ["south"]


def test_a_sidecar_gets_the_crashes_of_its_cluster_alone(place: URL) -> None:
    stores(place)
    outboxes = {cluster: Outbox(address(place), SINK, cluster=cluster) for cluster in CLUSTERS}
    for cluster, outbox in outboxes.items():
        due = outbox.claim(NOW, 99, 1 << 30)
        assert {one.record.cluster for one in due} == {cluster}
        assert len(due) == 5
    outboxes["west"].sent([record(number, cluster="west").id for number in range(5)], NOW)
    outboxes["east"].dead(record(0, cluster="east").id, "no")
    balances = {cluster: outbox.balance(NOW)[:5] for cluster, outbox in outboxes.items()}
    assert balances == {"east": (5, 4, 0, 1, 0), "West": (5, 5, 0, 0, 0), "west": (5, 0, 5, 0, 0)}
    (found,) = opened_archive(place).find(record(1, cluster="west").id)
    assert [one.sink for one in found.delivery] == [SINK]


def test_the_size_is_asked_for_when_the_store_is_read_and_tidied_and_not_for_each_scrape(place: URL) -> None:
    store = Store(place)
    assert store.journal.size() == 0
    store.journal.load()
    assert store.journal.size() > 0
    store.engine.dispose()
    assert store.journal.size() > 0
    assert not isinstance(place, Path)
