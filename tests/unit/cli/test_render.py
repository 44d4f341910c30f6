"""`kubevigil render`, with a mixin of a few lines; tests/unit/bundle has the one that we ship."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubevigil.app import rendering
from kubevigil.app.rendering import File
from kubevigil.bundle import evaluation
from kubevigil.cli.main import main
from tests.unit.bundle.small import ROUTES, mixin


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = mixin(tmp_path_factory.mktemp("mixin"), ROUTES)
    monkeypatch.setattr(evaluation, "FOLDER", folder)
    return folder


class Told:
    """One run of the command."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> None:
        self.code = main(["render", *map(str, arguments)])
        self.out, self.err = capsys.readouterr()

    def documents(self) -> list[Any]:
        return list(yaml.safe_load_all(self.out))


def values(folder: Path, **given: Any) -> Path:
    path = folder / "values.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    return path


def alerts(groups: list[Any]) -> dict[str, Any]:
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def test_rules_are_printed_as_one_object_of_the_operators(capsys: pytest.CaptureFixture[str]) -> None:
    told = Told(capsys, "rules")
    assert told.out.startswith("# Rendered by kubevigil render rules --format prometheusrule; do not edit.\n")
    (found,) = told.documents()
    assert (told.code, told.err, found["kind"]) == (0, "", "PrometheusRule")
    assert "Down" in alerts(found["spec"]["groups"])


def test_rules_for_a_prometheus_without_the_operator_are_groups(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = Told(capsys, "rules", "--format", "rules").documents()
    assert list(found) == ["groups"]


def test_values_change_what_is_rendered(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = values(
        tmp_path,
        namespace="watch",
        alerts={"Down": {"severity": "none"}, "Up": None},
    )
    (found,) = Told(capsys, "rules", "--config", config).documents()
    left = alerts(found["spec"]["groups"])
    assert found["metadata"]["namespace"] == "watch"
    assert left["Down"]["labels"]["severity"] == "none"
    assert "Up" not in left


def test_all_faults_of_the_values_are_told_by_key_and_line_with_code_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "values.yaml"
    path.write_text("sorce: both\nnamespace: 5\nalerts:\n  Dwon: {}\n")
    told = Told(capsys, "rules", "--config", path)
    assert (told.code, told.out) == (2, "")
    assert told.err.splitlines() == [
        f"sorce: file {path}:1: unknown; did you mean source?",
        f"namespace: file {path}:2: a number, where text is expected; put it in quotes",
        f"alerts.Dwon: file {path}:4: unknown; did you mean alerts.Down?",
    ]


def test_faults_of_the_file_and_of_its_values_are_told_together_each_key_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "values.yaml"
    path.write_text("labels: &x {}\nalerts: *x\nsorce: both\n")
    told = Told(capsys, "rules", "--config", path)
    assert told.code == 2
    assert told.err.splitlines() == [
        f"alerts: file {path}:1: an alias is not allowed here; write the values out",
        f"sorce: file {path}:3: unknown; did you mean source?",
    ]


def test_a_value_that_the_mixin_refuses_is_told_with_the_file_and_code_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = values(tmp_path, source="prometheus")
    told = Told(capsys, "rules", "--config", config)
    assert (told.code, told.out) == (2, "")
    assert told.err == f"config: file {config}: rules/all.libsonnet:3: source must be exporter or both\n"


def test_a_fault_of_the_mixin_itself_is_code_1(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    mixin(folder, "{ prometheusRules+:: { groups: error 'bad' } }")
    told = Told(capsys, "rules")
    assert (told.code, told.out, told.err) == (1, "", "kubevigil render: mixin.libsonnet:1: bad\n")


def test_what_the_mixin_warns_of_is_told_beside_what_it_renders(capsys: pytest.CaptureFixture[str]) -> None:
    told = Told(capsys, "alertmanager")
    assert (told.code, told.err) == (0, "kubevigil render: alertmanager: no secret\n")
    assert told.documents() == [{"alertmanager": {"config": {"routes": []}}}]


BOARDS = "{ kibana+:: { 'kibana-ecs.ndjson': [{ id: 'a' }, { id: 'b' }], 'kibana-legacy.ndjson': [{ id: 'c' }] } }"


def test_saved_objects_alone_are_printed_as_json_lines(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    mixin(folder, BOARDS)
    told = Told(capsys, "kibana")
    assert [json.loads(line)["id"] for line in told.out.splitlines()] == ["a", "b", "c"]


def test_among_others_each_saved_object_is_a_document_of_the_one_yaml_stream(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    mixin(folder, BOARDS)
    rules, *objects = Told(capsys, "all").documents()
    assert rules["kind"] == "PrometheusRule"
    assert objects == [{"id": "a"}, {"id": "b"}, {"id": "c"}]


def test_templates_are_files_beside_the_configuration(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    Told(capsys, "alertmanager", "--format", "alertmanager", "--out", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alertmanager.yaml", "kubevigil.tmpl"]
    assert (tmp_path / "kubevigil.tmpl").read_text() == '{{ define "x" }}y{{ end }}'


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["rules", "--check"], "--check compares files: name their folder with --out"),
        (["all", "--format", "rules"], "--format is of one kind: name that instead of 'all'"),
        (
            ["rules", "--format", "helm-values", "--check"],
            (
                "--check compares files: name their folder with --out; "
                "--format helm-values is not one of rules; there are: prometheusrule, rules"
            ),
        ),
        (["kibana", "--format", "rules"], "--format rules is not one of kibana; there are: ndjson, ecs, legacy"),
    ],
    ids=["check alone", "format of all", "two at once", "of another kind"],
)
def test_arguments_that_do_not_go_together_are_told_with_code_2(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told(capsys, *arguments)
    assert (told.code, told.out, told.err) == (2, "", f"kubevigil render: {line}\n")


@pytest.mark.parametrize("more", [[], ["--check"]], ids=["write", "check"])
def test_a_kind_that_there_is_none_of_is_said_to_be_missing_with_code_1(
    more: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = Told(capsys, "kibana", "--out", tmp_path / "out", *more)
    assert (told.code, told.out, told.err) == (1, "", "kubevigil render: kibana: this version has none\n")
    assert not (tmp_path / "out").exists()


def test_all_renders_what_there_is_and_names_what_there_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = Told(capsys, "all", "--out", tmp_path)
    assert (told.code, told.out) == (0, "")
    assert "kubevigil render: kibana: this version has none\n" in told.err
    assert (tmp_path / "prometheusrule.yaml").exists()


def test_what_was_written_passes_the_check_and_is_what_is_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "folder"
    assert Told(capsys, "rules", "--out", folder).code == 0
    assert (folder / "prometheusrule.yaml").read_text(encoding="utf-8") == Told(capsys, "rules").out
    told = Told(capsys, "rules", "--out", folder, "--check")
    assert (told.code, told.out, told.err) == (0, "", "")


@pytest.mark.parametrize(
    ("there", "difference"),
    [
        (None, "is not there"),
        (lambda text: text + "\n", "differs at its end"),
        (lambda text: text.rstrip("\n"), "differs at its end"),
        (lambda text: text.replace("kind: Prom", "kind: prom"), "differs from line 3 on"),
        (lambda text: text.replace("\n", "\r\n"), "differs at its end"),
    ],
    ids=["missing", "longer", "shorter", "changed", "line ends"],
)
def test_the_check_names_the_file_that_differs_with_code_1_and_writes_nothing(
    there: Any, difference: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "prometheusrule.yaml"
    if there:
        path.write_bytes(there(Told(capsys, "rules").out).encode())
    before = path.read_bytes() if there else b""
    told = Told(capsys, "rules", "--out", tmp_path, "--check")
    assert (told.code, told.out, told.err) == (1, "", f"{path}: {difference}; render it again\n")
    assert (path.read_bytes() if there else b"") == before
    assert there or list(tmp_path.iterdir()) == []


def test_every_file_that_differs_is_named(tmp_path: Path) -> None:
    files = [File("a.yaml", "a"), File("b.yaml", "b"), File("c.yaml", "c")]
    rendering.write(files, tmp_path)
    (tmp_path / "a.yaml").unlink()
    (tmp_path / "c.yaml").write_text("x")
    assert list(rendering.drift(files, tmp_path)) == [tmp_path / "a.yaml", tmp_path / "c.yaml"]


def test_a_file_that_is_not_text_differs(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe")
    assert rendering.drift([File("a.yaml", "a\n")], tmp_path) == {tmp_path / "a.yaml": "differs from line 1 on"}


@pytest.mark.parametrize("more", [[], ["--check"]], ids=["write", "check"])
def test_a_place_that_cannot_be_used_is_named_with_code_1(
    more: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file")
    told = Told(capsys, "rules", "--out", tmp_path / "out", *more)
    assert (told.code, told.out) == (1, "")
    assert str(tmp_path / "out") in told.err


def test_the_same_values_give_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    assert Told(capsys, "all").out == Told(capsys, "all").out


def test_printed_alone_or_with_others_a_document_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert Told(capsys, "rules").documents()[0] in Told(capsys, "all").documents()
