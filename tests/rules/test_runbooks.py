"""The runbooks say what the rules do, with commands and queries that work."""

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import _jsonnet
import pytest

from kubevigil.cli.main import COMMANDS
from kubevigil.cli.parsing import Parser

from .expressions import metrics
from .known_metrics import KUBE_STATE_METRICS, recorded, unknown
from .promtool import Promtool, read
from .rendering import MIXIN
from .runbooks import FOLDER, SECTIONS, Runbook, runbook

_RUNBOOKS: Final = tuple(runbook(path) for path in sorted(FOLDER.glob("*.md")))
_each = pytest.mark.parametrize("page", _RUNBOOKS, ids=lambda page: page.alert)

_OF_OTHERS: Final = frozenset(
    {
        "container_memory_working_set_bytes",  # cAdvisor's
        "kube_pod_container_resource_limits",  # kube-state-metrics'
        "kubelet_volume_stats_available_bytes",  # the kubelet's
    }
)
"""What every cluster's Prometheus has, and a person at night wants to see."""

_NOT_THRESHOLDS: Final = frozenset({"severity", "for", "keepFiringFor"})
_HAS_A_LOG: Final = (
    "KubevigilContainerRestarted",
    "KubevigilContainerRestartsHigh",
    "KubevigilCrashLooping",
    "KubevigilContainerOOMKilled",
    "KubevigilInitContainerFailing",
    "KubevigilWorkloadRestartStorm",
)


@cache
def _config() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        _jsonnet.evaluate_snippet("config", f"(import {json.dumps(str(MIXIN))})._config")
    )
    return found


def _own_commands(page: Runbook) -> Iterator[list[str]]:
    """The words after `kubevigil` of what is run in the exporter's pod."""
    for command in page.commands:
        _, found, rest = command.partition(" -- kubevigil ")
        if found:
            yield shlex.split(rest)


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert [page.alert for page in _RUNBOOKS] == sorted(_config()["alerts"])


@_each
def test_a_runbook_has_its_sections_and_no_more_than_one_reads_at_night(page: Runbook) -> None:
    assert page.title == f"# {page.alert}"
    assert tuple(page.sections) == SECTIONS
    assert all(len(text.split()) > 5 for text in page.sections.values())
    assert 30 <= len(page.text.splitlines()) <= 70


@_each
def test_a_runbook_names_only_alerts_that_there_are(page: Runbook) -> None:
    named = set(re.findall(r"\bKubevigil[A-Z]\w+", page.text))
    assert named <= {*_config()["alerts"], "KubevigilHealthCheckErrorBudgetBurn"}  # the common beginning of two


@_each
def test_every_threshold_can_be_found_with_the_value_that_it_has(page: Runbook) -> None:
    tune, own = page.sections["Tune it"], _config()["alerts"][page.alert]
    told = dict(re.findall(r"`(\w+)` \((\w[\w.]*)", tune))
    for key, value in own.items():
        if key not in _NOT_THRESHOLDS:
            assert f"`{key}`" in tune, key
        if key in told:
            assert told[key] == (value if isinstance(value, str) else f"{value:g}"), key
    assert f"_config.alerts.{page.alert}" in tune


@_each
def test_the_settings_of_the_mixin_that_are_named_exist(page: Runbook) -> None:
    for path in re.findall(r"`_config\.([\w.]+)`", page.text):
        found: Any = _config()
        for key in path.split("."):
            assert key in found, path
            found = found[key]


@_each
def test_the_chart_s_values_are_named(page: Runbook) -> None:
    tune = page.sections["Tune it"]
    assert f"rules.disabled.{page.alert}: true" in tune
    assert f"`rules.customRules.{page.alert}." in tune
    assert all(f".{key}`" in tune for key in ("for", "severity", "expr", "labels"))


@_each
def test_a_silence_is_a_command_and_a_button(page: Runbook) -> None:
    silences = [shlex.split(c) for c in page.commands if c.startswith("amtool silence add ")]
    assert len(silences) == 1
    flags = {word.partition("=")[0] for word in silences[0][3:] if word.startswith("--")}
    assert flags == {"--alertmanager.url", "--duration", "--comment"}
    assert any(word.startswith("alertname=") for word in silences[0])
    assert re.search(r"Slack", page.sections["Silence it"])
    assert "*Silence*" in page.sections["Silence it"]


@_each
def test_what_is_run_in_the_exporter_s_pod_is_a_command_of_ours(page: Runbook) -> None:
    for words in _own_commands(page):
        name = " ".join(words[:2])
        assert name in COMMANDS, name
        command = import_module(COMMANDS[name]).COMMAND
        parser = Parser(prog=f"kubevigil {name}", description=command.help)
        command.add(parser)
        parser.parse(words[2:])  # raises UsageError


@pytest.mark.parametrize("alert", _HAS_A_LOG)
def test_the_diagnosis_of_a_crash_begins_with_what_was_captured(alert: str) -> None:
    page = runbook(FOLDER / f"{alert}.md")
    first, second = list(_own_commands(page))[:2]
    assert page.sections["Diagnosis"].index("kubevigil crashes list") < page.sections["Diagnosis"].index(
        "kubevigil crashes show"
    )
    assert (first[:2], second[:2]) == (["crashes", "list"], ["crashes", "show"])
    assert page.commands[0].endswith(shlex.join(first))


def test_queries_read_only_series_that_somebody_has(rendered: Path) -> None:
    rules = [rule for group in read(rendered / "exporter.yaml")["groups"] for rule in group["rules"]]
    also = recorded(rules) | KUBE_STATE_METRICS | _OF_OTHERS
    wrong = {page.alert: unknown((n for q in page.queries for n in metrics(q)), also) for page in _RUNBOOKS}
    assert {alert: names for alert, names in wrong.items() if names} == {}


def test_every_runbook_has_a_query_to_paste() -> None:
    assert [page.alert for page in _RUNBOOKS if not page.queries] == []


def test_promtool_can_read_every_query(promtool: Promtool, tmp_path: Path) -> None:
    queries = [query for page in _RUNBOOKS for query in page.queries]
    rules = [{"record": f"query:{number}:x", "expr": query} for number, query in enumerate(queries)]
    written = tmp_path / "queries.yaml"
    written.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    assert promtool.check(written) == ""
