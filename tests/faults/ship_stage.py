"""One play of kills: a cluster in crash loops, an exporter and a sidecar over one store, and an index somewhere."""

import random
import signal
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Self

from kubevigil.demo.calls import Call
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.faults import Close, Quiet, Send, Step, watches
from kubevigil.demo.kubeconfig import write_kubeconfig
from kubevigil.demo.replies import error_line
from tests.api.running import until
from tests.ports import free_port

from .audit_logs_store import recorded
from .audit_store import is_baselined
from .process import Child, get
from .search_stand_in import Held, Place
from .ship_audit import IndexVerdict, audit_index
from .ship_misery import LoopingMisery
from .ship_process import Line, Start
from .ship_store import deliveries

SETTLE_SECONDS = 60.0
"""Longer than a document waits after five attempts, or a crash for its log."""


class Role(StrEnum):
    """The two commands."""

    EXPORTER = "run"
    SIDECAR = "ship"


class Expiring(Quiet):
    """Watches end with 410 by chance: a third of them at once, the others at every tenth event."""

    def __init__(self, random: Random) -> None:
        super().__init__(when=watches)
        self._random = random
        self.ended = 0

    def before(self, call: Call, /) -> list[Step] | None:
        return self._ending() if self._concerns(call) and self._random.random() < 1 / 3 else None

    def piece(self, call: Call, data: bytes, /) -> list[Step]:
        return self._ending() if self._concerns(call) and self._random.random() < 1 / 10 else [Send(data)]

    def _ending(self) -> list[Step]:
        self.ended += 1
        return [Send(error_line(410, "too old resource version: 1 (2)")), Close()]


class Stage:
    """The play: on entry the store is baselined, both commands run and containers crash, one every `pause` seconds.

    `starts` makes the commands. `hosts` is where the sidecar sends; `twin` what it does wrong, if anything.
    """

    def __init__(
        self,
        folder: Path,
        starts: dict[Role, Start],
        hosts: str,
        *,
        seed: int,
        pause: float,
        twin: str = "",
    ) -> None:
        self.data = folder / "data"
        self.random = random.Random(seed)
        self._starts = starts
        self._hosts = hosts
        self._twin = twin
        self.cluster = SimulatedCluster(seed=seed)
        self._kubeconfig = write_kubeconfig(folder, self.cluster.start())
        self.misery = LoopingMisery(self.cluster, seed=seed, pause=pause)
        self.expiring = Expiring(Random(seed))
        self._children: dict[Role, Child] = {}
        self._ports = {role: free_port() for role in Role}
        self.kills = dict.fromkeys(Role, 0)

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._end)
            self.begin(Role.EXPORTER)
            until(lambda: _told(lambda: is_baselined(self.data)), SETTLE_SECONDS)
            self.begin(Role.SIDECAR)
            self.cluster.faults.add(self.expiring)
            self.misery.start()
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def begin(self, role: Role) -> None:
        """It starts, and goes on until it is killed or ended."""
        self._children[role] = self._starts[role](
            Line(self.arguments(role), self._twin if role == Role.SIDECAR else "")
        )

    def arguments(self, role: Role) -> list[str]:
        """The command line."""
        common = [f"--data-dir={self.data}", f"--elasticsearch-hosts={self._hosts}", "--log-format=json"]
        if role is Role.SIDECAR:
            return [role.value, *common, f"--ship-listen=127.0.0.1:{self._ports[role]}"]
        own = [f"--kubeconfig={self._kubeconfig}", "--cluster-name=simulated"]
        return [role.value, *common, *own, f"--listen=127.0.0.1:{self._ports[role]}"]

    def kill(self, role: Role) -> None:
        """`kill -9`, and the next one starts."""
        self._children.pop(role).kill()
        self.kills[role] += 1
        self.begin(role)

    def settle(self) -> None:
        """No more crashes and no more faults: fresh processes come to an end with all that waits; then SIGTERM."""
        self.misery.stop()
        self.cluster.faults.clear()
        for role in Role:
            self.kill(role)
        until(lambda: recorded(self.data) == len(self.misery.crashes()), SETTLE_SECONDS)
        until(lambda: not deliveries(self.data)["waiting"], SETTLE_SECONDS)
        for role, child in list(self._children.items()):
            self._await(role)
            child.signal(signal.SIGTERM)
            del self._children[role]
            assert child.wait() == 0, child.last_words()

    def _await(self, role: Role) -> None:
        """Until it serves: a signal before that ends it as it ends any process."""
        until(lambda: get(self._ports[role], "/healthz"), SETTLE_SECONDS)

    def verdict(self, documents: Mapping[Place, Held]) -> IndexVerdict:
        """The audit of what arrived."""
        return audit_index(self.misery.crashes(), self.misery.printed, documents)

    def _end(self) -> None:
        with ExitStack() as last:
            last.callback(self.cluster.stop)
            last.callback(self.misery.stop)
            for child in self._children.values():
                last.callback(child.wait)
                with suppress(ProcessLookupError):  # it has just ended by itself
                    child.signal(signal.SIGKILL)


def _told(ask: Callable[[], bool]) -> bool:
    """False until there is a store with its tables."""
    try:
        return ask()
    except sqlite3.OperationalError:
        return False
