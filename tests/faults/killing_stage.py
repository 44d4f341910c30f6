"""One play of kills: a simulated cluster in misery, a scraper, and exporters that follow one another over one store."""

import json
import random
import signal
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.kubeconfig import write_kubeconfig
from tests.api.running import until
from tests.ports import free_port

from .audit import Labels, Verdict, audit
from .audit_store import is_baselined, read_store
from .killing_misery import Misery
from .killing_scraper import Scraper
from .process import Child, Start, get
from .process_nursery import Order

SETTLE_SECONDS = 20.0


class Stage:
    """The play. `start` makes exporters; `pause` is in seconds between two things that happen to pods.

    On entry the store is baselined, and misery and scrapes begin; `verdict` ends them.
    """

    def __init__(self, folder: Path, start: Start, *, seed: int, twin: str = "", pause: float = 0.02) -> None:
        self.data = folder / "data"
        self.random = random.Random(seed)
        self.port = free_port()
        self._start = start
        self._twin = twin
        self._cluster = SimulatedCluster(seed=seed)
        self._kubeconfig = write_kubeconfig(folder, self._cluster.start())
        self.misery = Misery(self._cluster, seed=seed, pause=pause)
        self.scraper = Scraper(lambda: get(self.port, "/metrics"))
        self._child: Child | None = None

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._end)
            child = self.exporter()
            until(self.ready, SETTLE_SECONDS)
            until(lambda: is_baselined(self.data), SETTLE_SECONDS)
            self.kill(child)
            self.misery.start()
            self.scraper.start()
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def exporter(self, *, point: str = "", passing: int = 1) -> Child:
        """The next exporter; it has been forked and is about to start."""
        listen = f"127.0.0.1:{self.port}"
        order = Order(str(self._kubeconfig), str(self.data), listen, point=point, passing=passing, twin=self._twin)
        self._child = self._start(order)
        return self._child

    def kill(self, child: Child) -> None:
        child.kill()
        self._child = None

    def stop(self, child: Child) -> None:
        """SIGTERM; it must end well."""
        child.signal(signal.SIGTERM)
        code = self.end_of(child)
        assert code == 0, f"it ended with {code}:\n{child.last_words()}"

    def end_of(self, child: Child) -> int:
        """The exit code of one that ends by itself."""
        code = child.wait()
        self._child = None
        return code

    def ready(self) -> bool:
        """Whether the list is complete and the store takes writes."""
        answer = get(self.port, "/readyz")
        return answer is not None and bool(json.loads(answer)["ready"])

    def verdict(self, scraped_elsewhere: Callable[[], dict[Labels, float]] | None = None) -> Verdict:
        """Ends the misery, lets a last exporter catch up and see every pod's graceful end, and audits.

        `scraped_elsewhere`: what counters grew by, as somebody else scraped them.
        """
        self.misery.stop()
        child = self.exporter()
        until(self.ready, SETTLE_SECONDS)
        self.scraper.stop()
        self._scrape_until(lambda: self.scraper.restarts == self.misery.restarts())
        self.misery.delete_all()
        last = self.misery.new_pod()  # what it is counted for comes after all else in the bookkeeper's order
        workload = self.misery.workloads[self._cluster.world.uid(last)]
        self._scrape_until(lambda: any(labels[2] == workload for labels in self.scraper.increases))
        scraped = self.scraper.increases
        if scraped_elsewhere is not None:
            until(lambda: any(labels[2] == workload for labels in scraped_elsewhere()), SETTLE_SECONDS)
            scraped = scraped_elsewhere()
        self.stop(child)
        verdict = audit(self._cluster.truth(), read_store(self.data), scraped, self.misery.workloads)
        verdict.doubled += self.scraper.falls
        return verdict

    def _end(self) -> None:
        with ExitStack() as last:
            last.callback(self._cluster.stop)
            last.callback(self.scraper.stop)
            last.callback(self.misery.stop)
            if self._child is not None:
                last.callback(self._child.wait)
                with suppress(ProcessLookupError):  # it has just ended by itself
                    self._child.signal(signal.SIGKILL)

    def _scrape_until(self, done: Callable[[], bool]) -> None:
        until(lambda: self.scraper.scrape() and done(), SETTLE_SECONDS)
