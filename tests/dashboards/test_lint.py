"""The rules that linters of dashboards have are kept, or there is a reason."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from .boards import NAMES, Board, board
from .lint.findings import EXCLUDED, is_excused
from .lint.rules import RULES, findings

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> Board:
    """The dashboard of crashes, with one thing done to it."""
    raw = copy.deepcopy(dict(board("crashes").raw))
    change(raw)
    return Board(raw)


def first(raw: dict[str, Any]) -> Any:
    """Its first panel that asks something."""
    return next(each for each in raw["panels"] if each["type"] != "row")


def asking(expr: str) -> Change:
    return lambda raw: first(raw)["targets"][0].update(expr=expr)


BROKEN: dict[str, Change] = {
    "template-datasource-rule": lambda raw: raw["templating"]["list"].pop(0),
    "template-job-rule": lambda _: None,
    "template-instance-rule": lambda _: None,
    "template-label-promql-rule": lambda raw: raw["templating"]["list"][1].update(query="label_values(namespace)"),
    "template-on-time-change-reload-rule": lambda raw: raw["templating"]["list"][1].update(refresh=1),
    "panel-datasource-rule": lambda raw: first(raw)["targets"][0].update(datasource={"type": "prometheus", "uid": "x"}),
    "panel-title-description-rule": lambda raw: first(raw).update(description=""),
    "panel-units-rule": lambda raw: first(raw)["fieldConfig"]["defaults"].update(unit="sheep"),
    "panel-no-targets-rule": lambda raw: first(raw).update(targets=[]),
    "target-logql-rule": lambda raw: first(raw)["targets"][0]["datasource"].update(type="loki"),
    "target-logql-auto-rule": lambda raw: first(raw)["targets"][0]["datasource"].update(type="loki"),
    "target-promql-rule": asking('up{x="$nobody"}'),
    "target-rate-interval-rule": asking('rate(x_total{y="]"}[5m])'),
    "target-job-rule": asking("up{}"),
    "target-instance-rule": asking("up{}"),
    "target-counter-agg-rule": asking('sum(x_total{y="a"}) + rate(z_total[$__rate_interval])'),
    "uneditable-dashboard-rule": lambda raw: raw.update(editable=True),
}
"""For each rule, what breaks it."""


@pytest.mark.parametrize("name", NAMES)
def test_a_dashboard_keeps_every_rule_but_for_those_with_a_reason(name: str) -> None:
    assert [each for each in findings(board(name)) if not is_excused(each)] == []


def test_there_are_the_fields_seventeen_rules() -> None:
    assert len(RULES) == 17


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_what_breaks_it(rule: str) -> None:
    assert rule in {each.rule for each in findings(changed(BROKEN[rule]))}


def test_nothing_is_excused_that_does_not_happen() -> None:
    found = {(each.rule, place) for name in NAMES for each in findings(board(name)) for place in ("", each.place)}
    assert set(EXCLUDED) - found == set()


def test_what_is_excused_at_one_place_is_found_at_another() -> None:
    rule = "target-counter-agg-rule"
    (broken,) = (each for each in findings(changed(BROKEN[rule])) if (each.rule, each.place) == (rule, "Restarts"))
    assert not is_excused(broken)
