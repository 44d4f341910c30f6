"""A store in which crashes wait, made through the journal, and sidecars that are to empty it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from kubevigil.model import clock
from kubevigil.model.record import Record
from tests.unit.store.making import Store, said

SINK = "elasticsearch"
AT_ONCE = 100
"""So many crashes are due at the same moment."""


def backlog(folder: Path, text_of: Callable[[int], str], crashes: int) -> list[Record]:
    """So many crashes with these logs wait in a new store in the folder, the first the longest; their records."""
    store = Store(folder, now=clock.wall() - crashes / AT_ONCE - 60.0, sinks=(SINK,))
    records: list[Record] = []
    for first in range(0, crashes, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, crashes))
        records += store.crash(*numbers, evidence=lambda number: said(text_of(number)), pod=f"pod-{first}")
        store.now += 1.0
    store.journal.close()
    return records


def sidecar(folder: Path, hosts: str, log: Path, *more: str) -> subprocess.Popen[bytes]:
    """`kubevigil ship` on the store in the folder, as its users start it; `log` takes what it writes."""
    flags = [f"--data-dir={folder}", f"--elasticsearch-hosts={hosts}", "--ship-listen=127.0.0.1:0", *more]
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "kubevigil", "ship", *flags],
            stdout=out,
            stderr=out,
            env={"PATH": os.environ["PATH"]},
        )


def peak_mib(pid: int) -> float:
    """The most memory that a living process ever had, in MiB: VmHWM of proc(5)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
