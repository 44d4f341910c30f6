"""An exporter and two sidecars of one sink write at once, each in a process of its own, one of them killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from kubevigil.store.outbox_balance import Balance

from .making import NOW, Store
from .places import Place, opened_outbox, url_of

SINK = "elasticsearch"
CRASHES = 120
ROOT = Path(__file__).parents[3]
DEADLINE_SECONDS = 60

SIDECAR = """
import sys
from kubevigil.store.errors import NoStore, WriteFailed
from tests.unit.store.places import opened_outbox, place_of

crashes, now = int(sys.argv[2]), float(sys.argv[3])
outbox = opened_outbox(place_of(sys.argv[1]), "elasticsearch")
said = refused = 0
while True:
    try:
        due = outbox.claim(now, 7, 1 << 20)
        for one in due[:1]:
            if one.attempts == 0:
                outbox.retry([one.record.id], now, "busy")
                due = due[1:]
        bad = [one.record.id for one in due if one.record.container.restart_count % 10 == 3]
        for id_ in bad:
            outbox.dead(id_, "no")
        outbox.sent([one.record.id for one in due if one.record.id not in bad], now)
        balance = outbox.balance(now)
    except (NoStore, WriteFailed):  # on a machine that is too busy a turn may take longer than is waited for
        continue
    assert balance.seen == balance.waiting + balance.sent + balance.dead, balance
    if balance.seen == crashes and not balance.waiting:
        break
    print(balance.sent, flush=True)
"""


EXPORTER = """
import sys
from kubevigil.store.batch import Batch
from tests.unit.store.making import Store, crash, record, said
from tests.unit.store.places import place_of

store = Store(place_of(sys.argv[1]), sinks=("elasticsearch",))
for number in range(int(sys.argv[2])):
    dead = record(number)
    store.journal.commit(crash(dead))
    print(number, flush=True)
    store.journal.commit(Batch(evidence={dead.id: said(f"words of {number}")}))
store.journal.close()
"""


@contextmanager
def running(script: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def sidecar(place: Place) -> AbstractContextManager[subprocess.Popen[bytes]]:
    return running(SIDECAR, url_of(place), CRASHES, NOW + 1000)


def test_an_exporter_and_two_sidecars_write_at_once_and_the_books_agree(place: Place) -> None:
    with sidecar(place) as first, sidecar(place) as second, sidecar(place) as victim:
        store = Store(place, sinks=(SINK,))
        for number in range(CRASHES):
            store.crash(number)
            if number == CRASHES // 3:
                assert victim.stdout is not None
                victim.stdout.readline()
                os.kill(victim.pid, signal.SIGKILL)
        ends = [process.communicate(timeout=DEADLINE_SECONDS) for process in (first, second)]
        assert [(process.returncode, end[1]) for process, end in zip((first, second), ends, strict=True)] == [
            (0, b""),
            (0, b""),
        ]
    balance = opened_outbox(place, SINK).balance(NOW)
    assert balance == Balance(seen=CRASHES, sent=CRASHES - CRASHES // 10, dead=CRASHES // 10)
    states = store.rows("SELECT state, count(*) FROM kubevigil_outbox GROUP BY state ORDER BY state")
    assert states == [("dead", CRASHES // 10), ("sent", CRASHES - CRASHES // 10)]
    assert store.one("SELECT count(*) FROM kubevigil_crash_logs WHERE result = 'timeout'") == CRASHES
    store.journal.close()
    if isinstance(place, Path):
        assert [f.name for f in place.iterdir() if "damaged" in f.name] == []


def test_an_exporter_that_is_killed_again_and_again_beside_a_sidecar_leaves_one_row_a_crash(place: Place) -> None:
    with sidecar(place) as shipping:
        for life in range(6):
            with running(EXPORTER, url_of(place), CRASHES) as exporter:
                assert exporter.stdout is not None
                for _ in range(1 + life * 20):
                    exporter.stdout.readline()
                exporter.kill()
        with running(EXPORTER, url_of(place), CRASHES) as exporter:
            _, told = exporter.communicate(timeout=DEADLINE_SECONDS)
            assert (exporter.returncode, told) == (0, b"")
        _, told = shipping.communicate(timeout=DEADLINE_SECONDS)
        assert (shipping.returncode, told) == (0, b"")
    store = Store(place, sinks=(SINK,))
    for table in ("crashes", "crash_order", "crash_logs", "outbox"):
        assert store.one(f"SELECT count(*) FROM kubevigil_{table}") == CRASHES
    balance = opened_outbox(place, SINK).balance(NOW)
    assert balance == Balance(seen=CRASHES, sent=CRASHES - CRASHES // 10, dead=CRASHES // 10)
    store.journal.close()
