"""What a sink refused is told, and is sent again when somebody says so."""

from pathlib import Path

import pytest

from kubevigil.model.record import Delivery, DeliveryState
from kubevigil.store.database import FILE_NAME
from kubevigil.store.errors import NoStore
from kubevigil.store.outbox_balance import Balance
from kubevigil.store.replaying import replay, replay_all
from kubevigil.store.sharing import SharedStore

from .making import NOW, Store, record, said
from .places import Place, address, opened_archive, opened_outbox

LATER = NOW + 5000


@pytest.fixture
def store(place: Place) -> Store:
    """Crashes 1 to 4 wait for two sinks; a refused 1 and 2, b refused 2."""
    store = Store(place, sinks=("a", "b"))
    store.crash(1, 2, 3, 4, evidence=lambda n: said(str(n)))
    for sink, number in (("a", 1), ("a", 2), ("b", 2)):
        outbox = opened_outbox(place, sink)
        outbox.retry([record(number).id], LATER + 1000, "busy")
        outbox.dead(record(number).id, f"{sink} will not")
    return store


@pytest.fixture
def shared(store: Store, place: Place) -> SharedStore:
    assert store
    return SharedStore(address(place))


def waiting(place: Place, sink: str) -> dict[str, int]:
    """What is handed out, and after how many attempts."""
    return {due.record.id: due.attempts for due in opened_outbox(place, sink).claim(LATER, 99, 1 << 20)}


def test_dead_letters_are_the_crashes_that_any_sink_refused_the_newest_first(store: Store, place: Place) -> None:
    archive = opened_archive(place)
    assert [dead.id for dead in archive.dead_letters(9)] == [record(2).id, record(1).id]
    assert [dead.id for dead in archive.dead_letters(1)] == [record(2).id]
    assert archive.dead_letters(9)[0].delivery == (
        Delivery("a", DeliveryState.DEAD, 2, "a will not"),
        Delivery("b", DeliveryState.DEAD, 2, "b will not"),
    )
    assert [dead.log and (dead.log.text, dead.log.bytes) for dead in archive.dead_letters(9)] == [("", 1), ("", 1)]
    assert store.one("SELECT count(*) FROM kubevigil_outbox WHERE state = 'dead'") == 3


def test_a_replayed_crash_waits_as_on_its_first_day_for_those_that_refused_it(
    shared: SharedStore, store: Store, place: Place
) -> None:
    done = replay(shared, record(2).id[:8].upper(), LATER)
    assert (done.sinks, done.candidates) == (("a", "b"), ())
    assert waiting(place, "a") == {record(n).id: 0 for n in (2, 3, 4)}
    assert opened_archive(place).find(record(2).id)[0].delivery == (
        Delivery("a", DeliveryState.WAITING),
        Delivery("b", DeliveryState.WAITING),
    )
    times = store.rows(f"SELECT DISTINCT due_at, next_at FROM kubevigil_outbox WHERE id = '{record(2).id}'")
    assert times == [(LATER, LATER)]
    balance = opened_outbox(place, "a").balance(LATER + 5)
    assert balance == Balance(seen=4, waiting=3, dead=1, oldest_seconds=5005.0)


def test_a_crash_that_one_sink_refused_is_replayed_to_it_alone(shared: SharedStore, place: Place) -> None:
    opened_outbox(place, "b").sent([record(1).id], NOW)
    assert replay(shared, record(1).id, LATER).sinks == ("a",)
    assert opened_archive(place).find(record(1).id)[0].delivery[1] == Delivery("b", DeliveryState.SENT, 1)


def test_all_are_replayed_at_once_and_then_there_are_none(shared: SharedStore, place: Place) -> None:
    assert [replay_all(shared, LATER), replay_all(shared, LATER)] == [2, 0]
    assert [len(waiting(place, sink)) for sink in ("a", "b")] == [4, 4]
    assert opened_archive(place).dead_letters(9) == []


def test_what_was_not_refused_is_named_and_left_alone(shared: SharedStore, store: Store) -> None:
    before = store.rows("SELECT * FROM kubevigil_outbox")
    done = replay(shared, record(3).id, LATER)
    assert (done.sinks, [one.id for one in done.candidates]) == ((), [record(3).id])
    assert store.rows("SELECT * FROM kubevigil_outbox") == before


@pytest.mark.parametrize("prefix", ["", "zz", "%", "f" * 64, "'"])
def test_what_is_no_id_replays_nothing(prefix: str, shared: SharedStore) -> None:
    assert replay(shared, prefix, LATER) == ((), ())
    assert replay_all(shared, LATER) == 2


def test_a_beginning_that_several_refused_ones_share_replays_none_of_them(shared: SharedStore, store: Store) -> None:
    with store.engine.begin() as connection:
        for number in (1, 2):
            for table in ("crashes", "crash_order", "crash_logs", "outbox"):
                connection.exec_driver_sql(
                    f"UPDATE kubevigil_{table} SET id = 'abc{record(number).id[3:]}' WHERE id = '{record(number).id}'"
                )
    done = replay(shared, "abc", LATER)
    assert (done.sinks, len(done.candidates)) == ((), 2)
    assert store.one("SELECT count(*) FROM kubevigil_outbox WHERE state = 'dead'") == 3


def test_a_beginning_that_others_share_means_the_one_that_was_refused(shared: SharedStore, store: Store) -> None:
    with store.engine.begin() as connection:
        for number in (1, 3):
            for table in ("crashes", "crash_order", "crash_logs", "outbox"):
                connection.exec_driver_sql(
                    f"UPDATE kubevigil_{table} SET id = 'abc{record(number).id[3:]}' WHERE id = '{record(number).id}'"
                )
    assert replay(shared, "abc", LATER).sinks == ("a",)


def test_replaying_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(NoStore):
        replay_all(SharedStore(tmp_path / FILE_NAME), NOW)
    assert list(tmp_path.iterdir()) == []
