"""Two exporters of one cluster, and now one, now the other is split off from the database, in mid-word."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from threading import Thread

import pytest
from sqlalchemy import URL

from tests.api.running import until
from tests.conftest import Tell
from tests.unit.store.making import LABELS, NOW, Store
from tests.unit.store.places import opened_outbox, url_of

from .wire import Wire

pytestmark = pytest.mark.timeout(300)

CRASHES = 80
SPLITS = 6
STEPS = 3
"""So many commits the other makes while one is split off."""

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 60

EXPORTER = """
import sys
from random import Random
from kubevigil.store import server
from kubevigil.store.address import address_of
from kubevigil.store.batch import Batch
from kubevigil.store.errors import WriteFailed
from tests.unit.store.making import Store, crash, record, said

# Ten seconds, half a minute and a minute, in short. Who waits for a turn is told before he gives up, as always: servers
# would go on giving turns to those that are gone.
server.CONNECT_SECONDS = server.ANSWER_SECONDS = 3
MYSQL = {"idle_transaction_timeout = 60": "idle_transaction_timeout = 1", "wait_timeout = 10,": "wait_timeout = 1,"}
for long, short in MYSQL.items():
    assert long in server._MYSQL_SESSION
    server._MYSQL_SESSION = server._MYSQL_SESSION.replace(long, short)
server._POSTGRESQL_SESSION = (
    "SET lock_timeout = '1s'", "SET idle_in_transaction_session_timeout = '1s'"
)
store = Store(address_of(sys.argv[1]), sinks=("elasticsearch",))
numbers = [*range(int(sys.argv[2]))]
Random(sys.argv[3]).shuffle(numbers)
failed = 0
def commit(batch):
    global failed
    while True:
        try:
            return store.journal.commit(batch)
        except WriteFailed:
            failed += 1
for number in numbers:
    dead = record(number)
    commit(crash(dead))
    commit(Batch(evidence={dead.id: said(f"words of {number}")}))
    print(number, flush=True)
store.journal.close()
print("failed", failed, flush=True)
"""


class Exporter:
    """One that writes through a wire of its own; `commits` is how far it is."""

    def __init__(self, process: subprocess.Popen[str], wire: Wire) -> None:
        self.process = process
        self.wire = wire
        self.commits = 0
        self.failed = 0
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("failed"):
                self.failed = int(line.split()[1])
            else:
                self.commits += 1

    def finished(self) -> None:
        """Waits for its end, however long that takes it; for its next commit not for ever."""
        assert self.process.stderr is not None
        while self.process.poll() is None:
            before = self.commits
            until(lambda: self.process.poll() is not None or self.commits > before, DEADLINE_SECONDS)  # noqa: B023
        assert self.process.returncode == 0, self.process.stderr.read()
        self._reader.join()


@contextmanager
def exporter(place: URL, seed: int) -> Iterator[Exporter]:
    assert place.port is not None
    wire = Wire(place.port)
    command = [sys.executable, "-c", EXPORTER, url_of(place.set(port=wire.port)), str(CRASHES), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield Exporter(process, wire)
        finally:
            process.kill()
            wire.close()


def test_two_exporters_of_which_now_one_now_the_other_is_split_off_count_each_death_once(
    place: URL, tell: Tell
) -> None:
    random = Random(13)
    with ExitStack() as stack:
        both = [stack.enter_context(exporter(place, seed)) for seed in (1, 2)]
        until(lambda: all(one.commits for one in both), DEADLINE_SECONDS)
        for number in range(SPLITS):
            away, other = both if number % 2 else reversed(both)
            before = away.commits + random.randrange(3)
            until(lambda: away.commits >= before, DEADLINE_SECONDS)  # noqa: B023  called at once
            with away.wire.cut():
                goal = other.commits + STEPS
                until(lambda: other.commits >= goal, DEADLINE_SECONDS)  # noqa: B023  called at once
        for one in both:
            one.finished()
        failed = [one.failed for one in both]
    store = Store(place, sinks=("elasticsearch",))
    for table in ("seen", "crashes", "crash_order", "crash_logs", "outbox"):
        assert store.one(f"SELECT count(*) FROM kubevigil_{table}") == CRASHES
    assert store.rows("SELECT seq FROM kubevigil_crash_order ORDER BY seq") == [(n + 1,) for n in range(CRASHES)]
    assert store.journal.load().workloads == {LABELS: CRASHES}
    balance = opened_outbox(place, "elasticsearch").balance(NOW)
    assert (balance.seen, balance.waiting) == (CRASHES, CRASHES)
    tell(splits=SPLITS, commits_that_were_tried_again=sum(failed), lost=0, doubled=0)
