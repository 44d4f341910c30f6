"""A process that has imported the exporter once and forks it on demand: 50 ms a start instead of a second.

Each line on stdin is an order; the answer is a line with the child's pid, and a line with its wait status when it has
ended. The child runs the same `serve` as `kubevigil run`, in a process of its own, so a `kill -9` of it is a real
one. One child at a time; every child ends by itself after `seconds`.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from kubevigil.app import logs
from kubevigil.app.service import serve
from kubevigil.app.settings import Settings
from kubevigil.kube.connection import connect

from . import killing_points, naive

CLUSTER_NAME = "simulated"
LONGEST_SECONDS = 3600
"""A nursery that was forgotten ends after that."""


Wanted = TypeVar("Wanted", bound=Struct)


class Order(Struct):
    """One exporter. `point` and `passing`: where it kills itself; `twin`: which wrong journal it uses, if any."""

    kubeconfig: str
    data: str
    listen: str
    point: str = ""
    passing: int = 1
    twin: str = ""
    seconds: int = 30


def serve_orders(kind: type[Wanted], prepare: Callable[[Wanted], object], live: Callable[[Wanted], int]) -> None:
    """Forks until stdin ends. `prepare` is done before the fork; `live` is the child's whole life, to its exit code."""
    signal.alarm(LONGEST_SECONDS)
    for line in sys.stdin.buffer:
        order = msgspec.json.decode(line, type=kind)
        prepare(order)
        pid = os.fork()
        if pid == 0:
            _live(order, live)
        _tell(pid)
        _tell(os.waitpid(pid, 0)[1])


def _live(order: Wanted, live: Callable[[Wanted], int]) -> None:
    code = 70
    try:
        code = live(order)
    finally:
        os._exit(code)


def _prepare(order: Order) -> None:
    """What a start imports late (the client of Kubernetes) is imported before the fork."""
    connect(order.kubeconfig)


def _run(order: Order) -> int:
    signal.alarm(order.seconds)
    logs.configure(style="json", level="info")
    if order.twin:
        naive.put_in(order.twin)
    if order.point:
        killing_points.set_to_die(order.point, order.passing)
    return serve(
        Settings(kubeconfig=order.kubeconfig, data_dir=Path(order.data), listen=order.listen, cluster_name=CLUSTER_NAME)
    )


def _tell(number: int) -> None:
    print(number, flush=True)  # noqa: T201  the answer to the process that asked


if __name__ == "__main__":
    serve_orders(Order, _prepare, _run)
