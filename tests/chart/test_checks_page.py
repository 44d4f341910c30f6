"""The page about ready-made checks is what the chart has. Needs no Helm."""

import re
from typing import Any

import pytest
import yaml
from charts.generate.shapes import READY_CHECKS

from kubevigil.app.manifest_yaml import document
from kubevigil.healthchecks.lint import lint

from .checks_script import FOLDER
from .helm import ROOT

PAGE = (ROOT / "docs" / "ready-made-checks.md").read_text(encoding="utf-8")
EXAMPLES: list[Any] = [
    yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
]
TOOLS = (
    *("awk", "cmp", "cp", "date", "df", "head", "nslookup", "sed", "sync", "tail", "tee", "timeout"),
    *("kubectl", "curl"),
)


def test_every_check_has_a_row_and_no_other() -> None:
    table = PAGE.partition("| `checks.` |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(READY_CHECKS)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_that_the_page_names_is_used(tool: str) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.sh"))
    assert re.search(rf"\b{tool}\b", text)
    assert f"`{tool}`" in PAGE


def test_the_examples_for_clouds_pass_lint() -> None:
    checks = [example for example in EXAMPLES if example.get("kind") == "HealthCheck"]
    verdicts = lint([("page", check) for check in checks], document)
    assert [(verdict["name"], verdict["verdict"]) for verdict in verdicts] == [
        ("cloud-quota", "accepted"),
        ("workload-identity", "accepted"),
    ]
