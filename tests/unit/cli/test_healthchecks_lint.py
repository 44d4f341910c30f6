"""`kubevigil healthchecks lint` as people and machines meet it."""

import json
from pathlib import Path

import pytest

from kubevigil.cli.main import main

GOOD = """
apiVersion: activemonitor.keikoproj.io/v1alpha1
kind: HealthCheck
metadata: {name: hello, namespace: health}
spec:
  repeatAfterSec: 60
  level: namespace
  workflow:
    generateName: hello-
    workflowtimeout: 30
    resource:
      namespace: health
      serviceAccount: checks
      source:
        inline: |
          apiVersion: argoproj.io/v1alpha1
          kind: Workflow
          spec: {entrypoint: hello}
"""
CHANGED = GOOD.replace("name: hello,", "name: paced,").replace("  level:", '  backoffFactor: "0.5"\n  level:')
BROKEN = GOOD.replace("name: hello,", "name: broken,").replace("repeatAfterSec: 60", "schedule: {cron: x}")
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["healthchecks", "lint", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "good.yaml").write_text(f"{OTHER}---{GOOD}")
    (tmp_path / "inner" / "changed.yml").write_text(CHANGED)
    (tmp_path / "readme.txt").write_text("no: [manifest")
    return tmp_path


def test_checks_that_work_end_with_0_and_what_has_no_effect_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = lint(capsys, str(folder))
    assert (code, out.splitlines()) == (
        0,
        [
            f"accepted {folder}/good.yaml hello",
            f"changed  {folder}/inner/changed.yml paced",
            "         spec.backoffFactor has no effect: workflows are watched, not polled",
            "2 health checks: 1 accepted, 1 changed",
        ],
    )


def test_one_that_cannot_work_ends_with_1_and_says_where_and_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.json").write_text(BROKEN)
    code, out, _ = lint(capsys, str(folder))
    assert code == 1
    assert f"refused  {folder}/broken.json broken\n         spec.schedule.cron 'x' has 1 field" in out
    assert out.endswith("3 health checks: 1 accepted, 1 changed, 1 refused\n")


def test_for_machines_it_is_one_array_of_the_documented_shape(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.yaml").write_text(BROKEN)
    code, out, _ = lint(capsys, "--json", str(folder))
    told = json.loads(out)
    assert (code, [(one["name"], one["verdict"]) for one in told]) == (
        1,
        [("broken", "refused"), ("hello", "accepted"), ("paced", "changed")],
    )
    assert all(set(one) == {"file", "name", "verdict", "findings"} for one in told)
    assert [set(finding) for one in told for finding in one["findings"]] == [{"path", "message"}] * 2


def test_a_file_that_is_no_yaml_is_refused_and_the_others_are_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.yaml").write_text("a: [1")
    code, out, _ = lint(capsys, str(folder))
    assert code == 1
    assert f"refused  {folder}/bad.yaml\n         is no YAML: " in out
    assert "accepted" in out


def test_what_is_written_in_a_file_does_not_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "evil.yaml").write_text(GOOD.replace("name: hello,", 'name: "a\\e[2Jb",'))
    _, out, _ = lint(capsys, str(tmp_path))
    assert "\x1b" not in out


def test_a_path_that_leads_nowhere_is_a_fault_of_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = lint(capsys, str(tmp_path / "nothing"))
    assert (code, out) == (2, "")
    assert "there is no such file or folder" in err


def test_a_folder_without_checks_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.yaml").write_text(OTHER)
    assert lint(capsys, str(tmp_path)) == (0, "no health checks found\n", "")
