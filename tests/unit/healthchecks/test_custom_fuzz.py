"""Whatever workflows tell, nothing is raised, and what is shown is a text that Prometheus takes whole."""

import json
import random
import subprocess
from collections.abc import Collection, Mapping
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kubevigil.healthchecks.custom_events import event_of_faults
from kubevigil.healthchecks.custom_keeper import Keeper
from kubevigil.healthchecks.custom_merge import MOST_IN_ALL
from kubevigil.healthchecks.custom_naming import TAKEN
from kubevigil.healthchecks.custom_parse import MOST, told_by
from kubevigil.healthchecks.resources import Meta

CHECKS = [
    Meta(name, f"{name}-{space}", space)
    for name in ("shop", "a", "a-b", "a.b", "9", "process", "healthcheck", "kubevigil", "x" * 253)
    for space in ("eu", "us", "asia")
]
NAMES = [
    "n",
    "b_c",
    "c",
    "n_sum",
    "n_bucket",
    "n_count",
    "N",
    "",
    " ",
    "é",
    "\n",
    "\x00",
    "\ud800",
    "a" * 300,
    'q"}',
    "#",
    "open_fds",
    "success",
]
NUMBERS = [0, 1, -1, 0.5, 1e308, -1e308, 5e-324, 10**30, 10**400, -0.0, float("nan"), float("inf"), 2**63, 2**64]
JUNK: list[Any] = [None, True, "", "1", [], {}, [[]], {"a": 1}, "\ud800", *NUMBERS]
KINDS: list[Any] = ["gauge", "counter", "histogram", "Gauge", "COUNTER ", "summary", "", None, 7]
TEXTS = [
    "",
    "{",
    "[]",
    "null",
    "{}",
    '{"metrics":',
    '{"metrics":{}}',
    '{"metrics":[' + "[" * 5000,
    "9" * 6000,
    "\ud800",
]


class Memory:
    """A store that takes everything."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}

    def read(self) -> Mapping[str, str]:
        return self.states

    def write(self, states: Mapping[str, str], gone: Collection[str] = ()) -> None:
        self.states = {uid: state for uid, state in {**self.states, **states}.items() if uid not in gone}


class Author:
    """Writes documents: mostly right ones, with something wrong here and there."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def outputs(self) -> Any:
        if self.chance.random() < 0.05:
            return self.chance.choice(JUNK)
        parameters = [self._parameter() for _ in range(self.chance.choice((1, 1, 1, 2, 3)))]
        return {"parameters": parameters if self.chance.random() < 0.98 else self.chance.choice(JUNK)}

    def nodes(self) -> Any:
        if self.chance.random() < 0.8:
            return self.chance.choice(JUNK)
        kinds: tuple[Any, ...] = ("Pod", "Retry", "DAG", "HTTP", None, [])
        return {
            str(n): {"type": self.chance.choice(kinds), "children": ["0", 1], "outputs": self.outputs()}
            for n in range(3)
        }

    def _parameter(self) -> Any:
        if self.chance.random() < 0.02:
            return self.chance.choice(JUNK)
        name = self.chance.choice(("metrics", "metrics", "other", None, "\ud800"))
        return {"name": name, "value": self._text()}

    def _text(self) -> Any:
        if self.chance.random() < 0.1:
            return self.chance.choice((*JUNK, *TEXTS))
        metrics = [self._metric() for _ in range(self.chance.choice((0, 1, 1, 2, 5)))]
        text = json.dumps({self.chance.choice(("metrics", "metrics", "Metrics")): metrics})
        if self.chance.random() < 0.1:
            at = self.chance.randrange(len(text))
            text = text[:at] + self.chance.choice(('"', "}", "\\", "\x00", "é", "")) + text[at + 1 :]
        return text

    def _metric(self) -> Any:
        if self.chance.random() < 0.03:
            return self.chance.choice(JUNK)
        odd = self.chance.random() < 0.1
        number = self.chance.randrange(60)
        fields: dict[str, Any] = {
            "name": f"{self.chance.choice(NAMES if odd else NAMES[:3])}{number}",
            "value": self.chance.choice(JUNK if odd else NUMBERS[:4]),
            "metrictype": self.chance.choice(KINDS) if odd else KINDS[number % 3],
            "help": self.chance.choice(('A "b" \\ \n', "\u2028", "", 7)) if odd else "Help.",
        }
        if odd:
            fields["name"] = fields["name"].removesuffix(str(number))
        if self.chance.random() < 0.05:
            fields["buckets"] = self.chance.choice(([1, 2], [1, 1], [0.1, 1e300], [], list(range(30)), *JUNK))
        if self.chance.random() < 0.03:
            del fields[self.chance.choice(tuple(fields))]
        return fields


def rounds(seed: int, documents: int) -> list[bytes]:
    """What is shown after each of ten rounds; before each the process begins anew, and after it some checks go."""
    author, memory, texts = Author(seed), Memory(), []
    for _ in range(10):
        keeper = Keeper(memory)
        keeper.load()
        for run in range(documents // 10):
            faults = keeper.took(author.chance.choice(CHECKS), run, told_by(author.outputs(), author.nodes()))
            event_of_faults(faults)
        texts.append(keeper.text(CHECKS))
        keeper.tidy([check.uid for check in CHECKS if author.chance.random() < 0.5])
    return texts


def judge(text: bytes) -> None:
    families = list(text_string_to_metric_families(text.decode()))
    names = [family.name for family in families]
    assert len(names) == len(set(names)), "a family is there once"
    samples = [(sample.name, tuple(sorted(sample.labels.items()))) for f in families for sample in f.samples]
    assert len(samples) == len(set(samples)), "and each of its series"
    assert {family.type for family in families} == {"gauge", "counter", "histogram"}
    (shown,) = (family for family in families if family.name == "kubevigil_healthcheck_custom_metrics")
    assert max(sample.value for sample in shown.samples) <= MOST
    assert 0 < sum(sample.value for sample in shown.samples) <= MOST_IN_ALL
    assert {name for name in names if name.startswith("kubevigil_")} == {
        "kubevigil_healthcheck_custom_metrics",
        "kubevigil_healthcheck_custom_metrics_refused",
    }
    assert not {sample.name for family in families for sample in family.samples} & TAKEN


def test_5_000_documents_raise_nothing_and_make_texts_that_parse_within_the_limits() -> None:
    for text in rounds(1, 5_000):
        judge(text)


@pytest.mark.timeout(900)
def test_100_000_documents_raise_nothing_and_promtool_minds_no_more_than_names_their_authors_chose(
    promtool: str,
) -> None:
    for text in rounds(2, 100_000):
        judge(text)
        done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
        # 3 is its judgement of names, 1 is a text that is none.
        assert done.returncode in {0, 3}, done.stderr.decode()
        minded = {line.split()[0] for line in (done.stdout + done.stderr).decode().splitlines() if line}
        assert not {name for name in minded if name.startswith("kubevigil_")}


def test_promtool_finds_nothing_wrong_with_metrics_that_are_well_named(promtool: str) -> None:
    keeper = Keeper(Memory())
    metrics = [
        {"name": "queue_length", "value": 3, "help": "Orders that wait."},
        {"name": "orders_total", "value": 3, "metrictype": "counter", "help": "Orders."},
        {"name": "login_seconds", "value": 0.25, "metrictype": "histogram", "help": "A login."},
    ]
    outputs = {"parameters": [{"name": "metrics", "value": json.dumps({"metrics": metrics})}]}
    for check in CHECKS[:6]:
        assert keeper.took(check, 1, told_by(outputs, None)) == ()
    done = subprocess.run([promtool, "check", "metrics"], input=keeper.text(CHECKS), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
