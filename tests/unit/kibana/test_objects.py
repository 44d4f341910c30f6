"""What is written can be imported: by Kibana from 7.6 on, and by OpenSearch Dashboards, which left it at 7.10."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from kubevigil.bundle.errors import MixinError

from .boards import FORMATS, Saved, board, index_pattern, text

IDS = {
    "ecs": [
        "kubevigil-crash-about",
        "kubevigil-crash-board",
        "kubevigil-crash-by-namespace",
        "kubevigil-crash-by-reason",
        "kubevigil-crash-by-workload",
        "kubevigil-crash-documents",
        "kubevigil-crash-logs",
        "kubevigil-crash-namespaces-over-time",
        "kubevigil-crash-over-time",
        "kubevigil-crash-total",
    ],
    "legacy": [
        "kubevigil-crash-legacy-about",
        "kubevigil-crash-legacy-board",
        "kubevigil-crash-legacy-by-container",
        "kubevigil-crash-legacy-by-exit-code",
        "kubevigil-crash-legacy-by-namespace",
        "kubevigil-crash-legacy-by-reason",
        "kubevigil-crash-legacy-documents",
        "kubevigil-crash-legacy-logs",
        "kubevigil-crash-legacy-namespaces-over-time",
        "kubevigil-crash-legacy-over-time",
        "kubevigil-crash-legacy-total",
    ],
}
"""Links and people's own boards name them, so they are for ever; a new one is added here."""

MIGRATED_TO = {"index-pattern": "7.6.0", "search": "7.4.0", "visualization": "7.4.2", "dashboard": "7.3.0"}
"""The newest migrations of Kibana 7.6. OpenSearch Dashboards refuses 7.11 and above."""

COMMON = {"title", "description", "version", "hits", "kibanaSavedObjectMeta"}
ATTRIBUTES = {
    "index-pattern": {"title", "timeFieldName"},
    "search": COMMON | {"columns", "sort"},
    "visualization": (COMMON - {"hits"}) | {"visState", "uiStateJSON"},
    "dashboard": COMMON | {"panelsJSON", "optionsJSON", "timeRestore", "timeFrom", "timeTo", "refreshInterval"},
}
"""Kibana from 8.8 on refuses an import with any that it does not know."""

SCHEMAS = {
    "metric": {"metric"},
    "histogram": {"metric", "segment", "group"},
    "line": {"metric", "segment", "group"},
    "pie": {"metric", "segment"},
    "table": {"metric", "bucket"},
    "markdown": set(),
}
"""The portable charts, no Lens and no input controls, and what each calls its ways of splitting."""

METRICS = {"count", "cardinality", "max"}
BUCKETS = {"terms", "filters", "date_histogram"}

every_object = pytest.mark.parametrize(
    "saved", [each for name in FORMATS for each in board(name).values()], ids=lambda saved: saved.id
)
visualizations = pytest.mark.parametrize(
    "saved",
    [each for name in FORMATS for each in board(name).values() if each.type == "visualization"],
    ids=lambda saved: saved.id,
)


@pytest.mark.parametrize("format_", FORMATS)
def test_ids_are_what_they_were(format_: str) -> None:
    assert sorted(board(format_)) == IDS[format_]


def test_both_boards_can_be_there_at_once() -> None:
    lines = [line for name in FORMATS for line in text(name).splitlines()]
    assert max(Counter(json.loads(line)["id"] for line in lines).values()) == 1


@every_object
def test_an_object_says_from_which_version_on_it_is_to_be_migrated(saved: Saved) -> None:
    assert saved.raw["migrationVersion"] == {saved.type: MIGRATED_TO[saved.type]}
    assert set(saved.raw) == {"id", "type", "attributes", "references", "migrationVersion"}


@every_object
def test_an_object_has_only_attributes_that_all_versions_know(saved: Saved) -> None:
    assert set(saved.attributes) == ATTRIBUTES[saved.type]


@every_object
def test_every_nested_text_is_json(saved: Saved) -> None:
    texts = dict(_nested_texts(saved.attributes))
    assert {type(json.loads(value)) for value in texts.values()} <= {dict, list}
    assert bool(texts) == (saved.type != "index-pattern")


def _nested_texts(attributes: Any) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        if name == "visState" or name.endswith("JSON"):
            yield name, value
        elif isinstance(value, dict):
            yield from _nested_texts(value)


@pytest.mark.parametrize("format_", FORMATS)
def test_every_reference_leads_to_an_object_of_the_same_file(format_: str) -> None:
    objects = board(format_)
    found = [target for each in objects.values() for target in each.references.values()]
    assert found
    assert [target for target in found if target[1] not in objects or objects[target[1]].type != target[0]] == []


@every_object
def test_an_object_names_others_by_its_references_and_has_no_reference_that_it_does_not_use(saved: Saved) -> None:
    assert Counter(_names_of_references(saved)) == Counter(each["name"] for each in saved.raw["references"])


def _names_of_references(saved: Saved) -> Iterator[str]:
    for _, nested in _nested_texts(saved.attributes):
        decoded = json.loads(nested)
        for part in decoded if isinstance(decoded, list) else [decoded]:
            yield from (value for name, value in part.items() if name.endswith("RefName"))


@every_object
def test_whatever_shows_documents_takes_them_from_the_boards_index_pattern(saved: Saved) -> None:
    shows = saved.type == "search" or bool(saved.aggs)
    patterns = [type_ for type_, _ in saved.references.values() if type_ == "index-pattern"]
    assert len(patterns) == shows
    assert saved.type == "index-pattern" or ("indexRefName" in saved.source) == shows


@visualizations
def test_a_chart_is_one_that_both_have_and_splits_as_it_can(saved: Saved) -> None:
    type_ = saved.state["type"]
    assert {agg["schema"] for agg in saved.aggs} <= SCHEMAS[type_]
    assert saved.state["params"].get("type", type_) == type_


@visualizations
def test_aggregations_have_ids_of_their_own_and_order_by_a_metric(saved: Saved) -> None:
    metrics = {agg["id"] for agg in saved.aggs if agg["schema"] == "metric"}
    ids = [agg["id"] for agg in saved.aggs]
    assert len(set(ids)) == len(ids)
    assert {agg["params"]["orderBy"] for agg in saved.aggs if agg["type"] == "terms"} <= metrics
    assert {agg["type"] in METRICS for agg in saved.aggs if agg["id"] in metrics} <= {True}
    assert {agg["type"] in BUCKETS for agg in saved.aggs if agg["id"] not in metrics} <= {True}
    assert {series["data"]["id"] for series in saved.state["params"].get("seriesParams", [])} <= metrics


@visualizations
def test_the_title_is_the_same_inside_and_outside(saved: Saved) -> None:
    assert saved.state["title"] == saved.attributes["title"]


@pytest.mark.parametrize("format_", FORMATS)
def test_titles_tell_objects_of_both_boards_apart(format_: str) -> None:
    objects = [each for each in board(format_).values() if each.type != "index-pattern"]
    titles = [each.attributes["title"] for each in objects]
    assert len(set(titles)) == len(titles)
    assert {title.endswith(" (legacy fields)") for title in titles} == {format_ == "legacy"}


@pytest.mark.parametrize("format_", FORMATS)
def test_the_dashboard_shows_every_other_object_once_and_no_panel_covers_another(format_: str) -> None:
    objects = board(format_)
    (dashboard,) = (each for each in objects.values() if each.type == "dashboard")
    shown = [dashboard.references[panel["panelRefName"]][1] for panel in dashboard.panels]
    assert sorted(shown) == sorted(each.id for each in objects.values() if each.type in {"visualization", "search"})
    cells = Counter(
        (x, y)
        for grid in (panel["gridData"] for panel in dashboard.panels)
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    )
    assert max(cells.values()) == 1
    assert {x for x, _ in cells} == set(range(48))
    assert len(cells) == 48 * (max(y for _, y in cells) + 1), "a hole"
    assert len({panel["panelIndex"] for panel in dashboard.panels}) == len(dashboard.panels)
    assert [panel["gridData"]["i"] for panel in dashboard.panels] == [p["panelIndex"] for p in dashboard.panels]


@pytest.mark.parametrize("format_", FORMATS)
def test_the_config_names_the_indices_and_changes_nothing_else(format_: str) -> None:
    ours, theirs = board(format_), board(format_, indexPattern="prod-crashes-*,old-*")
    assert index_pattern(ours).attributes["title"] == "k8s-crash-monitor-*"
    assert index_pattern(theirs).attributes["title"] == "prod-crashes-*,old-*"
    assert [id_ for id_ in ours if ours[id_] != theirs[id_]] == [index_pattern(ours).id]


def test_without_a_name_of_indices_nothing_is_written() -> None:
    with pytest.raises(MixinError, match=r"kibana\.indexPattern is empty: name the indices"):
        text("ecs", indexPattern="")
