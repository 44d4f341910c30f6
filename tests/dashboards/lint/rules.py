"""The rules that linters of Grafana's dashboards have, each as a function of ours.

Whether a query can be parsed at all (target-promql-rule, template-label-promql-rule) is for promtool to say; what is
here of these two is what needs no binary.
"""

from collections.abc import Iterator
from typing import Final

from tests.dashboards.boards import Board, Panel, Target, label_values
from tests.dashboards.promql import TIMES, calls, counters, selectors, variables

from .findings import Finding, Rule
from .units import UNITS

_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_GROWTH: Final = frozenset({"rate", "irate", "increase"})


def findings(board: Board) -> list[Finding]:
    """All that is wrong with the dashboard."""
    return [Finding(rule, place, wrong) for rule, check in RULES.items() for place, wrong in check(board)]


def _asking(board: Board) -> list[Panel]:
    return [panel for panel in board.panels if panel.type != "row"]


def _targets(board: Board) -> Iterator[tuple[Panel, Target]]:
    yield from ((panel, target) for panel in _asking(board) for target in panel.targets)


def _queried(board: Board) -> list[tuple[str, str]]:
    return [(name, each["query"]) for name, each in board.variables.items() if each["type"] == "query"]


def _template_datasource(board: Board) -> Iterator[tuple[str, str]]:
    sources = [each for each in board.variables.values() if each["type"] == "datasource"]
    if [(each["name"], each["label"], each["query"]) for each in sources] != [
        ("datasource", "Data source", "prometheus")
    ]:
        yield "", "not one variable for the data source, called datasource, of Prometheus"


def _template(name: str) -> Rule:
    def check(board: Board) -> Iterator[tuple[str, str]]:
        if name not in board.variables:
            yield "", f"no variable {name}"

    return check


def _template_label_promql(board: Board) -> Iterator[tuple[str, str]]:
    for name, query in _queried(board):
        selector, label = label_values(query)
        if not (selector and label.isidentifier()):
            yield name, f"is not label_values(selector, label): {query}"


def _template_on_time_change_reload(board: Board) -> Iterator[tuple[str, str]]:
    yield from ((name, "is not asked again") for name, _ in _queried(board) if board.variables[name]["refresh"] != 2)


def _panel_datasource(board: Board) -> Iterator[tuple[str, str]]:
    for panel in _asking(board):
        found = [panel.raw["datasource"], *(target.raw["datasource"] for target in panel.targets)]
        if any(each != _SOURCE for each in found):
            yield panel.title, "asks another data source than the one chosen"
    for annotation in board.raw["annotations"]["list"]:
        if annotation["datasource"] != _SOURCE:
            yield annotation["name"], "asks another data source than the one chosen"


def _panel_title_description(board: Board) -> Iterator[tuple[str, str]]:
    for panel in _asking(board):
        if not panel.title or not panel.raw["description"].endswith((".", ":", ".)")):
            yield panel.title, "no title, or no description in sentences"


def _panel_units(board: Board) -> Iterator[tuple[str, str]]:
    for panel in _asking(board):
        units = [panel.raw["fieldConfig"]["defaults"].get("unit")]
        units += [properties["unit"] for _, properties in panel.overrides if "unit" in properties]
        yield from ((panel.title, f"unit {unit!r}") for unit in units if unit not in UNITS)


def _panel_no_targets(board: Board) -> Iterator[tuple[str, str]]:
    yield from ((panel.title, "asks nothing") for panel in _asking(board) if not panel.targets)


def _target_logql(board: Board) -> Iterator[tuple[str, str]]:
    for panel, target in _targets(board):
        if target.raw["datasource"]["type"] == "loki":
            yield panel.title, "asks Loki, which nothing here needs"


def _target_promql(board: Board) -> Iterator[tuple[str, str]]:
    for place, expr in board.queries():
        unknown = variables(expr) - set(TIMES) - set(board.variables)
        if unknown or not expr.strip():
            yield place, f"is empty, or uses variables that there are not: {sorted(unknown)}"


def _target_rate_interval(board: Board) -> Iterator[tuple[str, str]]:
    for panel, target in _targets(board):
        for call in calls(target.expr):
            if call.function in {"rate", "irate"} and call.range != "$__rate_interval":
                yield panel.title, f"{call.function} over {call.range}"


def _target(name: str) -> Rule:
    def check(board: Board) -> Iterator[tuple[str, str]]:
        for panel, target in _targets(board):
            without = [series for series, matchers in selectors(target.expr) if f"{name}=" not in matchers]
            yield from ((panel.title, f"{series} has no matcher of {name}") for series in without)

    return check


def _target_counter_agg(board: Board) -> Iterator[tuple[str, str]]:
    for panel, target in _targets(board):
        grown = [call.name for call in calls(target.expr) if call.function in _GROWTH]
        named = counters(target.expr)
        if sorted(named) != sorted(name for name in grown if name.endswith("_total")):
            yield panel.title, f"a counter as it is, and not how it grows: {set(named)}"


def _uneditable(board: Board) -> Iterator[tuple[str, str]]:
    if board.raw["editable"] is not False:
        yield "", "can be edited, and the next installation would take the edits back"


RULES: Final[dict[str, Rule]] = {
    "template-datasource-rule": _template_datasource,
    "template-job-rule": _template("job"),
    "template-instance-rule": _template("instance"),
    "template-label-promql-rule": _template_label_promql,
    "template-on-time-change-reload-rule": _template_on_time_change_reload,
    "panel-datasource-rule": _panel_datasource,
    "panel-title-description-rule": _panel_title_description,
    "panel-units-rule": _panel_units,
    "panel-no-targets-rule": _panel_no_targets,
    "target-logql-rule": _target_logql,
    "target-logql-auto-rule": _target_logql,
    "target-promql-rule": _target_promql,
    "target-rate-interval-rule": _target_rate_interval,
    "target-job-rule": _target("job"),
    "target-instance-rule": _target("instance"),
    "target-counter-agg-rule": _target_counter_agg,
    "uneditable-dashboard-rule": _uneditable,
}
"""Each by the name under which people know it."""
