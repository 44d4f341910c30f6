"""Exporters as processes of their own, killed for real: forked by a nursery, or started as a user starts them."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from .process_nursery import CLUSTER_NAME, Order

ROOT = Path(__file__).parents[2]


class Child:
    """One process. Its pid stays its own until `wait` has returned."""

    def __init__(self, pid: int, ended: Callable[[], int], log: Path) -> None:
        self.pid = pid
        self._ended = ended
        self._log = log

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Its exit code; the negative number of the signal that killed it. Its own alarm bounds the wait."""
        return self._ended()

    def kill(self) -> None:
        """`kill -9`. An AssertionError with its last words where it had ended by itself."""
        with suppress(ProcessLookupError):
            self.signal(signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL, self.last_words()

    def last_words(self) -> str:
        return self._log.read_text(encoding="utf-8")[-3000:]


Start = Callable[[Order], Child]


class Nursery:
    """The forking process, of a module that calls `serve_orders`. `log` takes what its children write."""

    def __init__(self, log: Path, module: str = "tests.faults.process_nursery") -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
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

    def start(self, order: Struct) -> Child:
        """A child that lives by the order, which is of the module's kind."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        self._process.stdin.flush()
        return Child(self._answer(), lambda: os.waitstatus_to_exitcode(self._answer()), self._log)

    def _answer(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the nursery died: {self._log.read_text(encoding='utf-8')[-3000:]}"
        return int(line)


def command(log: Path) -> Start:
    """Starts `kubevigil run` as its users do, from nothing."""

    def start(order: Order) -> Child:
        arguments = {
            "kubeconfig": order.kubeconfig,
            "data-dir": order.data,
            "listen": order.listen,
            "cluster-name": CLUSTER_NAME,
        }
        flags = [f"--{name}={value}" for name, value in arguments.items()]
        with log.open("ab") as out:
            # Settings come from the environment too, and the tests have variables of their own.
            process = subprocess.Popen(
                [sys.executable, "-m", "kubevigil", "run", *flags], stderr=out, env={"PATH": os.environ["PATH"]}
            )
        return Child(process.pid, lambda: process.wait(order.seconds), log)

    return start


def get(port: int, path: str) -> str | None:
    """The body of a 200; None when there is no such answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return str(answer.read().decode())
    except (OSError, HTTPException):  # it was killed before or in its answer
        return None
