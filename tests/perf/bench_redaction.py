"""Redaction of a text of 1 MiB in one line, by all built-in detectors: hostile repeats, and a believable log.

CPU milliseconds of this process, the least of several runs; and how they grow from 256 KiB to 1 MiB, which is four
times as much text. Run: .venv/bin/python -m tests.perf.bench_redaction
"""

import os
import time
from collections.abc import Callable
from random import Random

import re2  # type: ignore[import-untyped]

from kubevigil.crashes.redaction.builtin import DETECTORS, selected
from kubevigil.crashes.redaction.clues import Clues
from kubevigil.crashes.redaction.detector import Page
from kubevigil.crashes.redaction.user_patterns import user_detector
from tests.unit.crashes.redaction.clean_lines import clean_lines
from tests.unit.crashes.redaction.hostile import HOSTILE, of_length

SIZE = 1 << 20
RUNS = 2


def cpu(work: Callable[[], object], runs: int = RUNS) -> float:
    """Milliseconds of CPU, the least of the runs."""
    spent = []
    for _ in range(runs):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return min(spent) * 1000


def tell(name: str, text: str) -> float:
    """One line: the time, its growth, the detector that took most of it."""
    redactor = selected()
    whole, quarter = cpu(lambda: redactor.redact(text)), cpu(lambda: redactor.redact(text[: len(text) // 4]))
    page = Page(text, Clues([clue for d in DETECTORS.values() for clue in d.clues]).held_by(text))
    page.lowered  # noqa: B018  made before the clock starts
    by_detector = {d.name: cpu(lambda d=d: sum(1 for _ in d.find(page)), runs=1) for d in DETECTORS.values()}  # type: ignore[misc]
    slowest = max(by_detector, key=lambda n: by_detector[n])
    print(f"{whole:9.1f}  x{whole / max(quarter, 0.01):4.1f}  {slowest} {by_detector[slowest]:.1f}  {name}")  # noqa: T201
    return whole


def main() -> None:
    """Prints a line a text, then what user patterns cost."""
    print(f"1 MiB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; ms, growth from 256 KiB, slowest detector")  # noqa: T201
    slowest = max(tell(name, of_length(unit, SIZE)) for name, unit in HOSTILE.items())
    print(f"{slowest:9.1f}  the slowest of {len(HOSTILE)}")  # noqa: T201
    tell(
        "all of them mixed", of_length("".join(Random(1).sample(list(HOSTILE.values()) * 20, 20 * len(HOSTILE))), SIZE)
    )
    tell(
        "all of them mixed, in lines",
        of_length("\n".join(Random(1).sample(list(HOSTILE.values()), len(HOSTILE))), SIZE),
    )
    tell("a believable log, 1 MiB", "\n".join(clean_lines(12_000, seed=1))[:SIZE])
    tell("a believable log, 256 KiB", "\n".join(clean_lines(12_000, seed=1))[: SIZE // 4])
    for pattern in (r"acct-[0-9]{12}", r"(x+x+)+y", r"[a-z]*b|a", r"(?P<secret>[ab]*a[ab]{60}x)|a"):
        detector = user_detector("mine", pattern)
        for unit in ("a", "ab", "x"):
            text = of_length(unit, SIZE)
            spent = cpu(lambda: sum(1 for _ in detector.find(Page(text))))  # noqa: B023
            print(f"{spent:9.1f}  user pattern {pattern} on {unit} repeated (RE2 {re2.compile(pattern).programsize})")  # noqa: T201


if __name__ == "__main__":
    main()
