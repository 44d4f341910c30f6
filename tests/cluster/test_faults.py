"""Every part of the way from a container to the store is killed in turn, while real pods crash: the audit holds."""

import signal
from collections import Counter
from pathlib import Path
from threading import Event

import pytest

from tests.conftest import Tell

from .cluster import Kubectl, WitnessLog, component, wait_for
from .exporter import Exporter
from .misery import HARD_TO_TELL, assert_counted, play_misery, real_deaths, until_told
from .test_exporter import api_answers

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

PARTS = ("exporter", "kube-apiserver", "etcd", "kubelet", "containerd")
ROUNDS = 2
SECONDS_BETWEEN = 7.0
SECONDS_AWAY = 2.0


class Killer:
    """Kills the next part in turn, leaves it dead for a moment, and starts it again.

    After the last it returns when the kubelet has told what it found: of what it never tells nobody can know.
    """

    def __init__(self, exporter: Exporter, kubectl: Kubectl, witness: WitnessLog) -> None:
        self.killed: list[str] = []
        self._exporter = exporter
        self._kubectl = kubectl
        self._witness = witness
        self._left = list(PARTS * ROUNDS)

    def __call__(self) -> None:
        part = self._left.pop(0)
        self._kill(part)
        Event().wait(SECONDS_AWAY)
        self._start(part)
        wait_for("the API server answers", lambda: api_answers(self._kubectl), 60)
        self.killed.append(part)
        if not self._left:
            until_told(self._kubectl, self._witness)

    def _kill(self, part: str) -> None:
        if part == "exporter":
            self._exporter.stop(signal.SIGKILL)
        else:
            component("kill", part)

    def _start(self, part: str) -> None:
        if part == "exporter":
            self._exporter.start()
        else:
            component("start", part)


def test_kill_9_of_each_part_in_turn_while_real_pods_crash_loses_and_doubles_nothing(
    kubeconfig: Path, namespace: Kubectl, witness: WitnessLog, tmp_path: Path, tell: Tell
) -> None:
    with Exporter(tmp_path / "data", kubeconfig) as exporter:
        exporter.until_ready()
        kill = Killer(exporter, namespace, witness)
        turns = len(PARTS) * ROUNDS
        between = tuple(SECONDS_BETWEEN * (turn + 1) for turn in range(turns))
        seconds = SECONDS_BETWEEN * (turns + 1)
        uids = play_misery(namespace, seconds=seconds, between=between, act=kill, without=HARD_TO_TELL)
        exporter.until_ready()
        assert kill.killed == list(PARTS * ROUNDS)
        assert_counted(exporter, witness, uids, namespace.namespace)
        real = real_deaths(witness, uids)
        counted = Counter({place: number for place, number in exporter.deaths().items() if place[0] in uids})
        lost, doubled = (real - counted).total(), (counted - real).total()
        tell(kills=len(kill.killed), pods=len(uids), real_deaths=real.total(), lost=lost, doubled=doubled)
        assert real.total() > 60
