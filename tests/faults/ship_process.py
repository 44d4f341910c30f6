"""The commands `kubevigil run` and `kubevigil ship` as processes to be killed: from nothing, or forked by a nursery.

A nursery has imported the commands once, and forks one on demand: 50 ms a start instead of a second. One child at a
time; each calls the same `main` as the command itself, in a process of its own.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from msgspec import Struct

from kubevigil.cli.main import COMMANDS, main
from kubevigil.kube.connection import connect

from . import ship_controls
from .process import Child, Nursery
from .process_nursery import serve_orders


class Line(Struct):
    """A command line. `twin`: what is done wrong on purpose, if anything. It ends by itself after `seconds`."""

    arguments: list[str]
    twin: str = ""
    seconds: int = 60


Start = Callable[[Line], Child]


def command(log: Path) -> Start:
    """Starts commands as their users do, from nothing."""

    def start(line: Line) -> Child:
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "kubevigil", *line.arguments],
                stdout=out,
                stderr=out,
                env={"PATH": os.environ["PATH"]},
            )
        return Child(process.pid, lambda: process.wait(line.seconds), log)

    return start


def command_nursery(log: Path) -> Nursery:
    """One that forks a command for each Line."""
    return Nursery(log, "tests.faults.ship_process")


def _prepare(line: Line) -> None:
    """What a start imports late (the client of Kubernetes) is imported before the fork."""
    for flag in line.arguments:
        if flag.startswith("--kubeconfig="):
            connect(flag.partition("=")[2])


def _run(line: Line) -> int:
    signal.alarm(line.seconds)
    os.dup2(2, 1)  # stdout is the nursery's answers
    for name in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
        del os.environ[name]
    if line.twin:
        ship_controls.put_in(line.twin)
    return main(line.arguments)


if __name__ == "__main__":
    for name in ("run", "ship"):
        import_module(COMMANDS[name])
    serve_orders(Line, _prepare, _run)
