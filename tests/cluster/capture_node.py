"""The node's side of a log: the files that the runtime writes, the kubelet that serves them, and both held back."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from .cluster import NODE, Kubectl, WitnessLog, component, wait_for
from .exporter import Exporter
from .misery import uids_of

POD_LOGS: Final = Path("/run/kubevigil/pod-logs")
_KEPT: Final = Path("/run/kubevigil/kept-logs")
"""On the file system of the logs, so that a hard link can keep a file that the kubelet removes."""

_LAST_WORDS: Final = re.compile(rb"LAST ([0-9a-f-]{36})\n")
_TAIL: Final = 200


class NodeLogs:
    """The ends of all log files of a namespace, also of those that were removed since."""

    def __init__(self, namespace: str) -> None:
        self._pattern = f"{namespace}_*/app/*.log"
        self._links: dict[tuple[str, int], Path] = {}
        self._names: set[str] = set()

    @classmethod
    @contextmanager
    def kept(cls, namespace: str) -> Iterator[Self]:
        _KEPT.mkdir()
        try:
            yield cls(namespace)
        finally:
            for link in _KEPT.iterdir():
                link.unlink()
            _KEPT.rmdir()

    def look(self) -> None:
        """To be called more often than instances die; of those that have a successor, the end is read."""
        for file in POD_LOGS.glob(self._pattern):
            self._keep(file.parts[-3], int(file.stem), file)
        for pod, number in list(self._links):
            if (pod, number + 1) in self._links:
                self._read(self._links[pod, number])

    def names(self) -> set[str]:
        """Of the instances whose last words reached their file."""
        for link in self._links.values():
            self._read(link)
        return self._names

    def _keep(self, pod: str, number: int, file: Path) -> None:
        if (pod, number) in self._links:
            return
        link = _KEPT / f"{pod}-{number}"
        try:
            os.link(file, link)
        except FileNotFoundError:
            return
        self._links[pod, number] = link

    def _read(self, link: Path) -> None:
        if link.exists():
            self._names |= {name.decode() for name in _LAST_WORDS.findall(link.read_bytes()[-_TAIL:])}
            link.unlink()


class HeldUp:
    """Now and then the exporter gets no processor until some more containers have died."""

    def __init__(
        self, exporter: Exporter, namespace: Kubectl, witness: WitnessLog, *, after: tuple[int, ...], deaths: int
    ) -> None:
        self._exporter = exporter
        self._namespace = namespace
        self._uids = uids_of(namespace)
        self._witness = witness
        self._left = list(after)
        self._deaths = deaths

    def deaths(self) -> int:
        return sum(end["uid"] in self._uids for end in self._witness.ends())

    def recorded(self, node: NodeLogs) -> int:
        """How many crashes are; holds the exporter up when it is time."""
        node.look()
        count = len(self._exporter.crashes(self._namespace.namespace, texts=False))
        if self._left and count >= self._left[0]:
            self._left.pop(0)
            self._hold_up(node)
        return count

    def _hold_up(self, node: NodeLogs) -> None:
        until = self.deaths() + self._deaths

        def some_more() -> bool:
            node.look()
            return self.deaths() >= until

        self._exporter.signal(signal.SIGSTOP)
        wait_for("some more deaths", some_more)
        self._exporter.signal(signal.SIGCONT)


def restart_kubelet(kubectl: Kubectl) -> None:
    component("kill", "kubelet")
    start_kubelet(kubectl)


def start_kubelet(kubectl: Kubectl) -> None:
    component("start", "kubelet")
    wait_for("the kubelet answers", lambda: _kubelet_answers(kubectl), 60)


def _kubelet_answers(kubectl: Kubectl) -> bool:
    """Of its pods it may know nothing yet."""
    try:
        return kubectl("get", "--raw", f"/api/v1/nodes/{NODE}/proxy/healthz") == "ok"
    except AssertionError:
        return False
