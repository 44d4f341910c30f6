"""A thousand health checks in fifty namespaces: how far behind its slot each workflow is created, and at what cost.

etcd, a kube-apiserver and the exporter run as they are; Argo's controller is a stand-in (tests/perf/checks_argo). The
figures are the API server's: its audit log says when each workflow was created.

  mixed      half of the checks have `repeatAfterSec: 60`, an eighth `@every 1m`: slots spread as they were made, 17 a
             second; a quarter `* * * * *`, the rest `*/2 * * * *`: 250 to 375 slots at each full minute
  ..spread   those of them with a period of their own
  together   all have `* * * * *`: a thousand slots in the same second
  catch-up   the exporter starts, and all with a period are due
  floor      no exporter: the two writes of a run's beginning for each check, by a plain client, 16 at once; before
             and after the rest

Run: .venv/bin/python -m tests.perf.bench_checks [MINUTES [CHECKS]]; needs testbed/build etcd kube-apiserver kubectl
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from kubevigil.kube.connection import Connection, connect
from kubevigil.model.clock import seconds_of, wall
from tests.apiserver.argo import CRD
from tests.apiserver.checks import INLINE
from tests.chart import apiserver
from tests.chart.apiserver import ApiServer
from tests.chart.binaries import Binaries
from tests.perf.checks_audit import POLICY, Lags, creations, lags, percentile
from tests.perf.measured import Measured
from tests.ports import free_port

MINUTES: Final = 3
CHECKS: Final = 1000
NAMESPACES: Final = 50
_MINUTE: Final = 60
_AT_ONCE: Final = 16
_PATIENCE: Final = 120.0
"""Seconds in which every check must have run after a start or an edit, or the figures are worth nothing."""

_CHECKS: Final = "/apis/activemonitor.keikoproj.io/v1alpha1"
_WORKFLOWS: Final = "/apis/argoproj.io/v1alpha1/namespaces/{}/workflows"
_WORKFLOW: Final = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": {}}
_OURS: Final = Path(__file__).parents[2] / "charts" / "kubevigil" / "files" / "crd-healthchecks.yaml"
_CRON: Final = {"schedule": {"cron": "* * * * *"}, "repeatAfterSec": 0}
_MIX: Final[Sequence[dict[str, Any]]] = (
    *[{"repeatAfterSec": _MINUTE}] * 4,
    {"schedule": {"cron": "@every 1m"}},
    {"schedule": {"cron": "*/2 * * * *"}},
    *[_CRON] * 2,
)

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Check:
    """One of those that were made: its slots are `grid + n * period`, in Unix seconds."""

    uid: str
    path: str
    grid: int
    period: int

    def slot(self, second: int) -> int:
        """The last slot that is not after a second."""
        return self.grid + (second - self.grid) // self.period * self.period

    def slots(self, begin: float, end: float) -> list[int]:
        """Those from `begin` on and before `end`."""
        first = self.slot(int(begin) - 1) + self.period
        return list(range(first, int(end), self.period))


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was measured from one moment to another: the seconds of CPU that the exporter took, its memory in MB.

    `load` is the machine's at its end: where others want the CPUs too, seconds by the wall are theirs as well.
    """

    name: str
    lags: Lags
    cpu: float = 0.0
    rss: float = 0.0
    load: float = field(default_factory=lambda: os.getloadavg()[0])


def main(minutes: int = MINUTES, count: int = CHECKS) -> None:
    """Measures, and prints a table."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with _server(folder) as server:
            connection = connect(str(server.kubeconfigs["admin"]))
            _print(_course(server, connection, _made(connection, count), folder, minutes))
            connection.close()


def _course(
    server: ApiServer, connection: Connection, checks: list[Check], folder: Path, minutes: int
) -> Iterator[Stretch]:
    yield _floor(connection, checks)
    with _argo(server, folder), _exporter(server, folder) as exporter:
        yield from _followed(exporter, connection, checks, folder / "audit.log", minutes)
    yield _floor(connection, checks)


def _followed(
    exporter: Measured, connection: Connection, checks: list[Check], log: Path, minutes: int
) -> Iterator[Stretch]:
    yield _from_nothing("catch-up", exporter, checks, log)
    yield from _over("mixed", exporter, checks, log, minutes)
    patch = json.dumps({"spec": _CRON}).encode()
    _side_by_side(checks, lambda check: connection.patch(check.path, patch))
    together = [Check(check.uid, check.path, 0, _MINUTE) for check in checks]
    yield from _over("together", exporter, together, log, minutes)


def _floor(connection: Connection, checks: list[Check]) -> Stretch:
    """The two writes of a run's beginning for each check, with nobody else about: seconds since the first."""

    def write(check: Check) -> float:
        connection.patch(f"{check.path}/status", b'{"status": {"remedyStatus": "none"}}')
        workflow = {**_WORKFLOW, "metadata": {"generateName": "floor-"}}
        connection.post(_WORKFLOWS.format(check.path.split("/")[5]), json.dumps(workflow).encode())
        return wall()

    began = wall()
    return Stretch("floor", Lags(sorted(ended - began for ended in _side_by_side(checks, write)), [], []))


def _from_nothing(name: str, exporter: Measured, checks: list[Check], log: Path) -> Stretch:
    """All that have a period are due at once, and have not run before; seconds since the first was created."""
    due = {check.uid for check in checks if check.grid}
    began, cpu, first = wall(), exporter.cpu, dict[str, float]()
    while len(first) < len(due):
        if wall() - began > _PATIENCE:
            raise TimeoutError(f"{len(first)} of {len(due)} checks have run")
        time.sleep(1)
        first = {creation.uid: creation.at for creation in reversed(creations(log)) if creation.uid in due}
    seconds = sorted(at - min(first.values()) for at in first.values())
    return Stretch(name, Lags(seconds, [], []), exporter.cpu - cpu, exporter.memory()[0])


def _over(name: str, exporter: Measured, checks: list[Check], log: Path, minutes: int) -> Iterator[Stretch]:
    """From half past a minute on, so that no burst is cut, and what is under way from before has settled."""
    begin = (wall() // _MINUTE + 1.5) * _MINUTE
    time.sleep(begin - wall())
    before, end = exporter.cpu, begin + minutes * _MINUTE
    time.sleep(end - wall())
    cpu = exporter.cpu - before
    time.sleep(_MINUTE / 3)  # what is late is late, not missed
    yield Stretch(name, _lags(checks, log, begin, end), cpu, exporter.memory()[0])
    if spread := [check for check in checks if check.grid]:
        yield Stretch("..spread", _lags(spread, log, begin, end))


def _lags(checks: list[Check], log: Path, begin: float, end: float) -> Lags:
    """Of the slots of these checks in a stretch."""
    by_uid = {check.uid: check for check in checks}
    made = [creation for creation in creations(log) if creation.uid in by_uid]
    made = [creation for creation in made if begin <= by_uid[creation.uid].slot(creation.run) < end]
    slots = {check.uid: check.slots(begin, end) for check in checks}
    return lags(made, slots, lambda uid, run: by_uid[uid].slot(run))


def _print(stretches: Iterable[Stretch]) -> None:
    """A row as soon as it is known."""
    form = "{:<10}" + "{:>10}" * 9 + "\n"
    head = ("", "runs", "p50", "p99", "max", "doubled", "missed", "CPU/run", "resident", "load")
    sys.stdout.write(form.format(*head))
    for stretch in stretches:
        seconds, doubled, missed = stretch.lags
        p50, p99, most = (f"{percentile(seconds, share):.2f} s" for share in (0.5, 0.99, 1))
        cost = f"{1000 * stretch.cpu / len(seconds):.1f} ms" if stretch.cpu and seconds else ""
        memory = f"{stretch.rss:.0f} MB" if stretch.rss else ""
        wrong = (len(doubled), len(missed))
        load = f"{stretch.load:.1f}"
        sys.stdout.write(form.format(stretch.name, len(seconds), p50, p99, most, *wrong, cost, memory, load))
        sys.stdout.flush()


@contextmanager
def _server(folder: Path) -> Iterator[ApiServer]:
    policy = folder / "policy"
    policy.write_text(json.dumps(POLICY), "utf-8")
    flags = [f"--audit-policy-file={policy}", f"--audit-log-path={folder / 'audit.log'}"]
    with apiserver.running(Binaries.found(), folder, flags=flags) as server:
        server.apply(CRD)
        server.kubectl("apply", "--server-side", f"--filename={_OURS}")
        for resource in ("healthchecks.activemonitor.keikoproj.io", "workflows.argoproj.io"):
            server.kubectl("wait", "--for=condition=Established", f"crd/{resource}", "--timeout=30s")
        names = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"n{n}"}} for n in range(NAMESPACES)]
        server.apply(*names)
        yield server


@contextmanager
def _argo(server: ApiServer, folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.perf.checks_argo", str(server.kubeconfigs["admin"])]
    with (folder / "argo.log").open("wb") as log, subprocess.Popen(command, stderr=log) as argo:
        try:
            yield
        finally:
            argo.terminate()


def _exporter(server: ApiServer, folder: Path) -> Measured:
    """`kubevigil run` as it ships, but that checks are a must."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "kubevigil", "run", f"--kubeconfig={server.kubeconfigs['admin']}"),
        *(f"--data-dir={folder / 'data'}", f"--listen=127.0.0.1:{port}", "--cluster-name=bench", "--healthchecks=on"),
    ]
    # Settings come from the environment too.
    environment = {key: value for key, value in os.environ.items() if key in {"PATH", "PYTHONPATH"}}
    return Measured(command, port, folder / "log", environment)


def _made(connection: Connection, count: int) -> list[Check]:
    """Makes the checks, evenly over a minute: the slots of those with a period are as they were made."""
    began = wall()

    def make(number: int) -> Check:
        time.sleep(max(0.0, began + number * _MINUTE / count - wall()))
        wanted = _check(number, _MIX[number * len(_MIX) // count])
        path = f"{_CHECKS}/namespaces/{wanted['metadata']['namespace']}/healthchecks"
        meta = json.loads(connection.post(path, json.dumps(wanted).encode()))["metadata"]
        expression = wanted["spec"].get("schedule", {}).get("cron", "@every 1m")
        period = 2 * _MINUTE if expression.startswith("*/2") else _MINUTE
        grid = int(seconds_of(meta["creationTimestamp"]) or 0) if expression.startswith("@") else 0
        return Check(meta["uid"], f"{path}/{meta['name']}", grid, period)

    return _side_by_side(range(count), make)


def _check(number: int, schedule: dict[str, Any]) -> dict[str, Any]:
    namespace = f"n{number % NAMESPACES}"
    resource = {"namespace": namespace, "serviceAccount": "checker", "source": {"inline": INLINE}}
    workflow = {"generateName": f"check-{number}-", "workflowtimeout": 50, "resource": resource}
    return {
        "apiVersion": "activemonitor.keikoproj.io/v1alpha1",
        "kind": "HealthCheck",
        "metadata": {"name": f"check-{number}", "namespace": namespace},
        "spec": {"level": "namespace", **schedule, "workflow": workflow},
    }


def _side_by_side(things: Iterable[T], act: Callable[[T], R]) -> list[R]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(act, things))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
