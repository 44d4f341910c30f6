"""What `_config` does to the rules, and that texts which stand twice are the same."""

import json
import signal
from typing import Any

import _jsonnet

from kubevigil.crashes import exits

from .crash_loops import MINUTE
from .promtool import Promtool
from .rendering import LINKED, ROOT, Config, Rule, rules
from .traces import exporter_series, loop

_LINKS = {"runbook_url", "dashboard_url", "logs_url"}


def _alerts(config: Config) -> dict[str, Rule]:
    return {rule["alert"]: rule for rule in rules(config) if "alert" in rule}


def _config() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        _jsonnet.evaluate_snippet("config", f"(import {json.dumps(str(ROOT / 'rules' / 'config.libsonnet'))})._config")
    )
    return found


def test_without_bases_no_link_leads_nowhere_and_with_them_each_alert_has_a_runbook() -> None:
    bare, linked = _alerts({}), _alerts(LINKED)
    assert not [name for name, rule in bare.items() if _LINKS.intersection(rule["annotations"])]
    assert [rule["annotations"]["runbook_url"] for rule in linked.values()] == [
        f"https://runbooks.example/{name}.md" for name in linked
    ]


def test_a_base_may_end_with_a_slash() -> None:
    alert = _alerts({"grafanaUrl": "https://grafana.example/"})["KubevigilCrashLooping"]
    assert alert["annotations"]["dashboard_url"].startswith("https://grafana.example/d/kubevigil-crashes?")


def test_an_alert_that_is_null_is_left_out_and_nothing_is_recorded_for_it_alone() -> None:
    config = _config()["alerts"] | {"KubevigilContainerRestartsHigh": None, "KubevigilContainerOOMKilled": None}
    left = rules({"alerts": config})
    assert not [r for r in left if r.get("alert") in {"KubevigilContainerRestartsHigh", "KubevigilContainerOOMKilled"}]
    for_alerts = [r for r in left if not r.get("record", "").endswith(":sum5m")]  # dashboards add these up
    assert len(for_alerts) == len(left) - 2
    assert not [r for r in for_alerts if "240m" in r["expr"] or "oom" in r.get("record", "")]


def test_without_the_exporter_nothing_about_containers_asks_for_its_series() -> None:
    recorded = [rule for rule in rules({"source": "kube-state-metrics"}) if "_pod" in rule.get("record", "")]
    assert recorded
    assert not [rule["record"] for rule in recorded if "kubevigil_container_" in rule["expr"]]


def test_exit_codes_have_the_words_that_the_command_has() -> None:
    words = {str(code): end.words for code, end in exits.EXIT_CODES.items()}
    words |= {str(128 + signal.Signals[name]): end.words for name, end in exits.SIGNALS.items()}
    text = _jsonnet.evaluate_snippet("exits", f"(import '{ROOT}/rules/lib/exits.libsonnet').words + {{}}")
    assert json.loads(text) == words


def test_the_stock_alert_is_muted_where_ours_fires_and_not_where_ours_was_taken_out(promtool: Promtool) -> None:
    kept = promtool.rendered / "exporter.yaml"
    rendered = json.loads(kept.read_text())
    for group in rendered["groups"]:
        group["rules"] = [rule for rule in group["rules"] if rule.get("alert") != "KubevigilCrashLooping"]
    (promtool.rendered / "taken-out.yaml").write_text(json.dumps(rendered))
    series = list(exporter_series(loop(30, 30 * MINUTE), 30 * MINUTE))
    muted = {"labels": '{pod="web-1"}', "value": 1}
    assert not _inhibited(promtool, kept.name, series, [muted])
    assert not _inhibited(promtool, "taken-out.yaml", series, [])


def _inhibited(promtool: Promtool, file: str, series: list[tuple[str, str]], pods: list[dict[str, Any]]) -> str:
    """What is wrong with these being the pods of which the stock alert is muted; '' where nothing is."""
    expr = 'count by (pod) (ALERTS{alertname="KubevigilStockAlertInhibitor",alertstate="firing"})'
    test = {
        "interval": "30s",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "promql_expr_test": [{"expr": expr, "eval_time": "20m", "exp_samples": pods}],
    }
    return promtool.test({"rule_files": [file], "evaluation_interval": "30s", "tests": [test]}, "muted")
