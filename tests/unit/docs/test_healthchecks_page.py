"""The page about health checks has a row for all there is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubevigil.app.manifest_yaml import document as parse
from kubevigil.app.settings import KEYS
from kubevigil.cli.main import COMMANDS
from kubevigil.healthchecks import families, legacy
from kubevigil.healthchecks.asking import RUN_NOW
from kubevigil.healthchecks.events import event_of
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.lint import lint
from kubevigil.healthchecks.picture import PAUSED
from kubevigil.healthchecks.reconcile import Finish
from kubevigil.healthchecks.results import FAILURES, Outcome, Result
from kubevigil.healthchecks.spec import judge
from kubevigil.healthchecks.status import FAILED, NAMES, Status, finished

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "healthchecks.md").read_text(encoding="utf-8")
CRD = yaml.safe_load((ROOT / "charts" / "kubevigil" / "files" / "crd-healthchecks.yaml").read_text(encoding="utf-8"))
SCHEMA = CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the first table after a heading, by their first cell."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[1:]]
    return {first: rest for first, *rest in cells}


def fields(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, inner in schema.get("properties", {}).items():
        if name == "remedyworkflow" or "properties" not in inner:
            yield f"{path}{name}"
        else:
            yield from fields(inner, f"{path}{name}.")


def test_each_field_of_the_spec_has_a_row_and_each_row_is_one() -> None:
    told = {name for cell in table("The fields") for name in re.findall(r"`([\w.]+)`", cell)}
    assert told == set(fields(SCHEMA["spec"]))


def test_each_field_of_the_status_has_a_row_and_each_row_is_of_some() -> None:
    told = [name for cell in table("The status") for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(told) == sorted(SCHEMA["status"]["properties"])
    assert set(NAMES.values()) <= set(told)


def test_the_example_of_a_check_is_one_that_is_accepted() -> None:
    text = PAGE.split("\n## A new check\n")[1].split("```")[1].removeprefix("yaml\n")
    check, *rights = yaml.safe_load_all(text)
    assert [told["verdict"] for told in lint([("page", check)], parse)] == ["accepted"]
    resource = check["spec"]["workflow"]["resource"]
    assert {(made["metadata"]["namespace"], made["metadata"]["name"]) for made in rights} == {
        (resource["namespace"], resource["serviceAccount"])
    }


def test_the_words_of_lint_on_the_page_are_what_it_prints() -> None:
    path, message = re.findall(r"^ +(spec\.\w+) (.+)$", PAGE, re.MULTILINE)[0]
    resource = {"namespace": "health", "source": {"inline": "kind: Workflow"}}
    spec = {"backoffMin": 1, "repeatAfterSec": 60, "workflow": {"generateName": "a-", "resource": resource}}
    assert judge(spec).remarks == (Finding(path, message),)


@pytest.mark.parametrize("result", list(Result))
def test_each_result_has_its_status_its_event_and_what_it_counts_as(result: Result) -> None:
    _, status, event, counts = table("Results")[f"`{result.value}`"]
    outcome = Outcome(result, "why", "hello-1", 10)
    before = Status(started_at=5, status=FAILED, error_message="before", failed_count=1, total_runs=1)
    changes = finished(before, outcome)
    told = event_of(Finish(outcome), before)
    assert told is not None
    assert f"`{told.reason}`" in event
    fresh = finished(Status(started_at=5), outcome).get("status")
    assert status == (f"`{fresh}`" if fresh else "as it was")
    known = {Result.SUCCEEDED: "success", **dict.fromkeys(FAILURES, "failure")}
    assert counts == known.get(result, "neither")
    assert ("failedCount" in changes, "successCount" in changes) == (counts == "failure", counts == "success")


def test_each_metric_is_named() -> None:
    prefix = "kubevigil_healthcheck"
    for family in families.FAMILIES:
        short = family.name.removeprefix(prefix)
        assert f"`{family.name}`" in PAGE or f"`{short}`" in PAGE, family.name
    assert {family.name for family in legacy.FAMILIES} <= set(re.findall(r"`(\w+)`", PAGE))


def test_each_command_and_annotation_is_named() -> None:
    mine = [name for name in COMMANDS if name.startswith("healthchecks ")]
    shown = PAGE.replace("`resume ", "`kubevigil healthchecks resume ")
    assert [name for name in mine if f"kubevigil {name}" not in shown] == []
    assert {RUN_NOW, PAUSED} <= set(re.findall(r"kubevigil\.io/[\w-]+", PAGE))


def test_each_flag_named_is_one_that_there_is() -> None:
    here = [
        flag
        for cells in table("active-monitor's flags and ports").values()
        for flag in re.findall(r"`(--[\w-]+)`", cells[0])
    ]
    assert here
    assert set(here) <= {key.flag for key in KEYS.values()}
