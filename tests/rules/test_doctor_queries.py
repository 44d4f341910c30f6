"""What the doctor asks of Prometheus, by promtool."""

from pathlib import Path

from kubevigil.doctor.scraping import UP

from .promtool import Promtool

TARGET = 'up{job="kubevigil",instance="a"}'


def test_a_target_that_is_scraped_no_more_is_none_long_before_its_last_value_goes(tmp_path: Path) -> None:
    promtool = Promtool.found(tmp_path)
    known = [{"labels": TARGET, "value": 1}]
    seen = {"60s": known, "209s": known, "211s": [], "300s": []}
    asked = [{"expr": UP, "eval_time": at, "exp_samples": found} for at, found in seen.items()]
    lingering = {"expr": TARGET, "eval_time": "300s", "exp_samples": known}
    case = {
        "interval": "1m",
        "input_series": [{"series": TARGET, "values": "1 1 _ _ _ _"}, {"series": 'up{job="other"}', "values": "1x6"}],
        "promql_expr_test": [*asked, lingering],
    }
    assert promtool.test({"rule_files": [], "tests": [case]}, "doctor") == ""
