"""A process that has imported the exporter once and forks it on demand, to look after health checks."""

import signal
from pathlib import Path
from unittest import mock

from msgspec import Struct

from kubevigil.app import healthchecking, logs
from kubevigil.app.service import serve
from kubevigil.app.settings import Settings
from kubevigil.kube.connection import connect
from tests.apiserver import checks_naive, checks_points
from tests.faults.process_nursery import serve_orders

MODULE = "tests.apiserver.checks_nursery"
_AT_ONCE = 0.02
"""Seconds until a process that came before its watches looks again: short, so that a short life does something."""


class Order(Struct):
    """One exporter. `point` and `passing`: where it kills itself; `twin`: which wrong controller it has, if any."""

    kubeconfig: str
    data: str
    namespaces: tuple[str, ...]
    lease: str
    point: str = ""
    passing: int = 1
    twin: str = ""
    seconds: int = 60


def _prepare(order: Order) -> None:
    connect(order.kubeconfig)  # imports the client of Kubernetes, before the fork


def _run(order: Order) -> int:
    signal.alarm(order.seconds)
    logs.configure(style="json", level="info")
    mock.patch.object(healthchecking, "_NOT_NOW", _AT_ONCE).start()
    if order.twin:
        checks_naive.put_in(order.twin)
    if order.point:
        checks_points.set_to_die(order.point, order.passing)
    return serve(
        Settings(
            kubeconfig=order.kubeconfig,
            data_dir=Path(order.data),
            listen="127.0.0.1:0",
            cluster_name="tested",
            namespaces=order.namespaces,
            healthchecks="on",
            checks_lease=order.lease,
        )
    )


if __name__ == "__main__":
    serve_orders(Order, _prepare, _run)
