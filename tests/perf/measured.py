"""A process that is measured: its CPU by its own clock, ended threads included; its memory; scrapes of it."""

import http.client
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_WINDOW: Final = 0.5
_QUIET: Final = 0.05
"""Of a core. What a process does in a second in which nothing happens is less than that."""

_QUIET_WINDOWS: Final = 2
_LOOKS: Final = 5
_BUSY: Final = {"R", "D"}
"""States of a thread in /proc (proc_pid_stat(5))."""

_MEGA: Final = 1e6
PROMETHEUS: Final = {
    "Accept": "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1",
    "User-Agent": "Prometheus/3.5.0",
}
"""What a Prometheus sends, save for the encoding, which it always accepts as gzip."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """One answer: its size in bytes on the wire, and the seconds it took by the wall."""

    size: int
    wall: float
    body: bytes


class Measured:
    """A process from its start to its end; `log` takes what it writes."""

    def __init__(self, command: Sequence[str], port: int, log: Path, environment: Mapping[str, str]) -> None:
        self._log = log
        self.port = port
        with log.open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, env=dict(environment))
        # Linux's way to name the CPU clock of another process (clock_getcpuclockid(3)): nanoseconds, where
        # /proc/PID/stat has hundredths of a second.
        self._clock = (~self._process.pid << 3) | 2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def cpu(self) -> float:
        """Seconds since its start. Raises OSError once it has ended."""
        return time.clock_gettime(self._clock)

    def memory(self) -> tuple[float, float]:
        """What is resident now, and the most that ever was, in MB (10^6 bytes)."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text("ascii").splitlines()
        values = dict(line.split(":", 1) for line in lines)
        rss, peak = (int(values[key].split()[0]) * 1024 / _MEGA for key in ("VmRSS", "VmHWM"))
        return rss, peak

    def settle(self, seconds: float = 600) -> float:
        """Waits until it does nothing any more, and wants to do nothing; its CPU then.

        Raises TimeoutError, or RuntimeError if it ended.
        """
        end, quiet, before = time.monotonic() + seconds, 0, self._checked_cpu()
        while quiet < _QUIET_WINDOWS:
            if time.monotonic() > end:
                raise TimeoutError(f"still busy after {seconds:g} s")
            waits_for_cpu = False
            for _ in range(_LOOKS):
                time.sleep(_WINDOW / _LOOKS)
                waits_for_cpu = waits_for_cpu or self._runnable()
            now = self._checked_cpu()
            # On a busy machine a process that gets no CPU looks quiet: its threads must sleep too.
            quiet = quiet + 1 if now - before < _WINDOW * _QUIET and not waits_for_cpu else 0
            before = now
        return before

    def scrape(self, *, gzip: bool) -> Scrape:
        """One scrape, over a connection of its own as the first of Prometheus is. Raises OSError."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        began = time.perf_counter()
        try:
            encoding = {"Accept-Encoding": "gzip" if gzip else "identity"}
            connection.request("GET", "/metrics", headers=PROMETHEUS | encoding)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise OSError(f"/metrics answered {answer.status}")
        return Scrape(len(body), time.perf_counter() - began, body)

    def _runnable(self) -> bool:
        """Whether one of its threads runs, waits for a CPU, or for a disk."""
        states = set()
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            with suppress(OSError):  # it ended meanwhile
                states.add((task / "stat").read_text("utf-8").rsplit(") ", 1)[1][0])
        return bool(states & _BUSY)

    def _checked_cpu(self) -> float:
        if self._process.poll() is not None:
            raise RuntimeError(f"ended with {self._process.returncode}: {self._log.read_text('utf-8')[-3000:]}")
        return self.cpu
