"""The replaying API server from outside: starts it as a process, and tells it what is to happen."""

import subprocess
import sys
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]


class ReplayServer:
    """Serves one recording from its start; use it as a context."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.perf.replay_server", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = f"http://127.0.0.1:{self._answer()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def happen(self, events: int, *, per_second: int = 0) -> None:
        """Has so many more events written to every watch; returns when they are."""
        self.begin(events, per_second=per_second)
        self.finish()

    def begin(self, events: int, *, per_second: int = 0) -> None:
        """The same without waiting; `finish` waits."""
        if self._process.stdin is None:
            raise RuntimeError("it has no stdin")
        self._process.stdin.write(f"{events} {per_second}\n")
        self._process.stdin.flush()

    def finish(self) -> None:
        """Waits for what `begin` began."""
        self._answer()

    def _answer(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("the replaying API server died; its error is above")
        return line.strip()
