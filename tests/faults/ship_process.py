"""The commands `kubevigil run` and `kubevigil ship` as processes to be killed: from nothing, or forked by a nursery.

A nursery has imported the commands once, and forks one on demand: 50 ms a start instead of a second. Each line on its
stdin is a Line; its answer is a line with the child's pid, and one with its wait status when it has ended. One child
at a time; each calls the same `main` as the command itself, in a process of its own.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from kubevigil.cli.main import COMMANDS, main
from kubevigil.kube.connection import connect

from . import ship_controls
from .process import ROOT, Child

LONGEST_SECONDS = 3600
"""A nursery that was forgotten ends after that."""


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


class CommandNursery:
    """The forking process. `log` takes what the commands write."""

    def __init__(self, log: Path) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.ship_process"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate(timeout=10)

    def start(self, line: Line) -> Child:
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(line) + b"\n")
        self._process.stdin.flush()
        return Child(self._answer(), lambda: os.waitstatus_to_exitcode(self._answer()), self._log)

    def _answer(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the nursery died: {self._log.read_text(encoding='utf-8')[-3000:]}"
        return int(line)


def _serve() -> None:
    signal.alarm(LONGEST_SECONDS)
    for name in ("run", "ship"):
        import_module(COMMANDS[name])
    for text in sys.stdin.buffer:
        line = msgspec.json.decode(text, type=Line)
        for flag in line.arguments:
            # What a start imports late (the client of Kubernetes) is imported before the fork.
            if flag.startswith("--kubeconfig="):
                connect(flag.partition("=")[2])
        pid = os.fork()
        if pid == 0:
            _live(line)
        _tell(pid)
        _tell(os.waitpid(pid, 0)[1])


def _live(line: Line) -> None:
    """The child's whole life."""
    code = 70
    try:
        signal.alarm(line.seconds)
        os.dup2(2, 1)  # stdout is the nursery's answers
        for name in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
            del os.environ[name]
        if line.twin:
            ship_controls.put_in(line.twin)
        code = main(line.arguments)
    finally:
        os._exit(code)


def _tell(number: int) -> None:
    print(number, flush=True)  # noqa: T201  the answer to the process that asked


if __name__ == "__main__":
    _serve()
