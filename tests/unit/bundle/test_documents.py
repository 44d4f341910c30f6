"""What can be made of the mixin, in which formats, and what is said where there is none."""

from pathlib import Path

import pytest

from kubevigil.bundle.documents import defaults, formats, kinds, render
from kubevigil.bundle.errors import NothingToRender
from kubevigil.bundle.evaluation import evaluate

from .small import ROUTES, mixin


def test_rules_are_a_rules_file_with_what_is_recorded_before_the_alerts(tmp_path: Path) -> None:
    (document,), warnings = render("rules", "rules", {}, mixin(tmp_path))
    assert (document.name, list(warnings)) == ("rules.yaml", [])
    assert [group["name"] for group in document.objects[0]["groups"]] == ["recorded", "alerts"]


def test_a_prometheusrule_has_the_same_groups_and_stands_where_the_exporter_is(tmp_path: Path) -> None:
    folder = mixin(tmp_path, "{ _config+:: { ruleLabels: { release: 'stack' } } }")
    (rules,), _ = render("rules", "rules", {}, folder)
    (document,), _ = render("rules", "", {"namespace": "watch"}, folder)
    (found,) = document.objects
    assert document.name == "prometheusrule.yaml"
    assert (found["apiVersion"], found["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert found["spec"] == rules.objects[0]
    assert found["metadata"] == {
        "name": "kubevigil",
        "namespace": "watch",
        "labels": {"app.kubernetes.io/name": "kubevigil", "release": "stack"},
    }


def test_routes_are_values_objects_or_a_configuration_with_its_templates(tmp_path: Path) -> None:
    folder = mixin(tmp_path, ROUTES)
    config = {"slack": {"routes": ["b", "a"]}}
    values, objects, whole = (render("alertmanager", name, config, folder) for name in formats("alertmanager"))
    assert [document.name for document in values.documents] == ["alertmanager-values.yaml"]
    assert values.documents[0].objects == [{"alertmanager": {"config": {"routes": ["b", "a"]}}}]
    assert [document.name for document in objects.documents] == ["alertmanagerconfig.yaml"]
    assert [found["metadata"]["name"] for found in objects.documents[0].objects] == ["b", "a"]
    assert [document.name for document in whole.documents] == ["alertmanager.yaml", "kubevigil.tmpl"]
    assert whole.documents[1].text == '{{ define "x" }}y{{ end }}'
    assert values.warnings == objects.warnings == whole.warnings == ["no secret"]


def test_without_any_object_it_says_so_and_why(tmp_path: Path) -> None:
    with pytest.raises(NothingToRender, match="nothing to write as alertmanagerconfig; no secret"):
        render("alertmanager", "alertmanagerconfig", {}, mixin(tmp_path, ROUTES))


def test_dashboards_are_a_file_each_with_sorted_keys(tmp_path: Path) -> None:
    boards = "{ grafanaDashboards+:: { 'b.json': { uid: 'x', a: 1 }, 'a.json': { uid: 'y' } } }"
    found, _ = render("dashboards", "json", {}, mixin(tmp_path, boards))
    assert [document.name for document in found] == ["a.json", "b.json"]
    assert found[1].text == '{\n  "a": 1,\n  "uid": "x"\n}\n'


def test_saved_objects_are_a_file_a_board_with_an_object_on_each_line(tmp_path: Path) -> None:
    objects = "[{ id: 'x', attributes: { text: 'a\nb \u2028' } }, { id: 'y' }]"
    boards = f"{{ kibana+:: {{ 'kibana-ecs.ndjson': {objects}, 'kibana-legacy.ndjson': [{{ id: 'z' }}] }} }}"
    folder = mixin(tmp_path, boards)
    both, ecs, legacy = (render("kibana", name, {}, folder).documents for name in formats("kibana"))
    assert [document.name for document in both] == ["kibana-ecs.ndjson", "kibana-legacy.ndjson"]
    assert both[0].text == '{"attributes":{"text":"a\\nb \\u2028"},"id":"x"}\n{"id":"y"}\n'
    assert [*ecs, *legacy] == list(both)


@pytest.mark.parametrize("kind", ["dashboards", "alertmanager", "kibana"])
def test_a_kind_that_the_mixin_lacks_is_said_to_be_missing(kind: str, tmp_path: Path) -> None:
    with pytest.raises(NothingToRender, match=f"^{kind}: this version has none$"):
        render(kind, "", {}, mixin(tmp_path))


def test_the_defaults_are_the_mixins_hidden_config(tmp_path: Path) -> None:
    assert defaults(mixin(tmp_path))["restarts"] == 5


def test_no_field_of_the_real_mixin_is_one_that_cannot_be_rendered() -> None:
    ours = {"_config", "prometheusRules", "prometheusAlerts", "alertmanager", "grafanaDashboards", "kibana"}
    assert set(evaluate("std.objectFieldsAll(mixin)", {})) - ours == set()


def test_everything_that_can_be_asked_for_is_a_kind_with_the_default_format_first() -> None:
    assert {kind: formats(kind)[:1] for kind in kinds()} == {
        "rules": ("prometheusrule",),
        "dashboards": ("json",),
        "alertmanager": ("helm-values",),
        "kibana": ("ndjson",),
    }
