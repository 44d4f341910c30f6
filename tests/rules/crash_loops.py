"""How soon a crash loop is told, by our alert and by the stock one, over the same generated traces.

KUBEVIGIL_RULES=1 python -m tests.rules.crash_loops    writes the table of docs/crash-loops.md again
"""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from .promtool import Promtool, read
from .rendering import ROOT, Rule, write
from .traces import STEP, Life, exporter_series, loop, state_metrics_series

PAGE: Final = ROOT / "docs" / "crash-loops.md"
MINUTE: Final = 60
LIVES: Final = {
    "30 s": 30,
    "2 min": 2 * MINUTE,
    "5 min": 5 * MINUTE,
    "6 min": 6 * MINUTE,
    "11 min": 11 * MINUTE,
    "20 min": 20 * MINUTE,
}
"""For how long the container lives each time, in seconds."""

CRASHES_UNTIL: Final = 100 * MINUTE
END: Final = 150 * MINUTE

OURS: Final = "KubevigilCrashLooping"
STOCK: Final = "KubePodCrashLooping"
STOCK_RULE: Final = {
    "alert": STOCK,
    "expr": 'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
    "for": "15m",
}
"""kube-prometheus-stack's, without its selectors (rules-1.14/kubernetes-apps)."""

_READ: Final = re.compile(f"workload:info|crash_state|grew(12|24|36|72)m|crash_loop|owner|last_termination|{OURS}")

_MOMENT: Final = re.compile(r"time: ((?:\d+h)?(?:\d+m)?(?:\d+s)?),$", re.MULTILINE)


@dataclass(frozen=True)
class Told:
    """When an alert was firing, over the whole trace: seconds, one for each evaluation."""

    life: Life
    moments: tuple[int, ...]

    @property
    def first(self) -> int | None:
        return self.moments[0] if self.moments else None

    @property
    def death(self) -> int | None:
        """How many deaths there had been when it first fired."""
        return None if self.first is None else self.life.deaths_until(self.first)

    @property
    def pauses(self) -> int:
        """How often it was over, and then told again."""
        return sum(after - before > STEP for before, after in zip(self.moments, self.moments[1:], strict=False))

    @property
    def over_after(self) -> float | None:
        """Seconds from the creation of the instance that stayed alive to the last evaluation at which it fired."""
        return self.moments[-1] - self.life.instances[-1][0] if self.moments else None


def told(promtool: Promtool, source: str, alert: str, life: Life, series: Iterable[tuple[str, str]]) -> Told:
    """Asks promtool at each evaluation. It only says what it was told wrongly: that nothing fires."""
    tests = {
        "rule_files": [_rules(promtool.rendered, source)],
        "evaluation_interval": f"{STEP}s",
        "tests": [
            {
                "interval": f"{STEP}s",
                "input_series": [{"series": name, "values": values} for name, values in series],
                "promql_expr_test": [
                    {"expr": f'ALERTS{{alertname="{alert}",alertstate="firing"}}', "eval_time": f"{moment}s"}
                    for moment in range(0, END + 1, STEP)
                ],
            }
        ],
    }
    said = promtool.test(tests, f"{source}-{alert}")
    return Told(life, tuple(map(_seconds, _MOMENT.findall(said))))


@cache
def ours(promtool: Promtool, lives: int, source: str = "exporter") -> Told:
    """Our alert, for a container that lives so many seconds each time."""
    life = loop(lives, CRASHES_UNTIL)
    series = exporter_series(life, END) if source == "exporter" else state_metrics_series(life, END)
    return told(promtool, source, OURS, life, series)


@cache
def stock(promtool: Promtool, lives: int) -> Told:
    """The stock alert, for the same container."""
    life = loop(lives, CRASHES_UNTIL)
    return told(promtool, "stock", STOCK, life, state_metrics_series(life, END))


def _rules(folder: Path, source: str) -> str:
    """The name of a rules file with the alert and what it reads: all else takes time and tells nothing here."""
    if source == "stock":
        groups = [{"name": "stock", "rules": [STOCK_RULE]}]
    else:
        rules = [rule for group in read(folder / f"{source}.yaml")["groups"] for rule in group["rules"]]
        groups = [{"name": "crash-loops", "rules": [rule for rule in rules if _READ.search(_name(rule))]}]
    name = f"crash-loops-{source}.yaml"
    (folder / name).write_text(json.dumps({"groups": groups}))
    return name


def _name(rule: Rule) -> str:
    name: str = rule.get("record") or rule["alert"]
    return name


def table(promtool: Promtool) -> str:
    """The table of docs/crash-loops.md."""
    heads = ["lives for", f"`{OURS}` fires", "is over", f"`{STOCK}` fires"]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ["---"] * len(heads), *_rows(promtool)])


def _rows(promtool: Promtool) -> Iterator[list[str]]:
    for name, lives in LIVES.items():
        mine, theirs = ours(promtool, lives), stock(promtool, lives)
        yield [name, _when(mine), f"{(mine.over_after or 0) / MINUTE:.0f} min", _when(theirs)]


def _when(answer: Told) -> str:
    if answer.first is None:
        return "never"
    return f"minute {answer.first / MINUTE:.1f}, death {answer.death}"


def _seconds(duration: str) -> int:
    units = {"h": 3600, "m": MINUTE, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = table(Promtool.found(write(Path(folder))))
    before, begin, rest = PAGE.read_text().partition("<!-- table -->\n")
    _, end, after = rest.partition("<!-- end of table -->")
    PAGE.write_text(f"{before}{begin}{written}\n{end}{after}")


if __name__ == "__main__":
    main()
