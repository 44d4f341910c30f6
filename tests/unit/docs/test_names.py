"""What pages name is there: alerts, metrics, values of the chart, rights, checks of the doctor."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubevigil.app import alerts_page, metrics_page
from kubevigil.app.settings import KEYS
from kubevigil.doctor.crash import Station
from kubevigil.store import schema
from tests.chart.test_rights import CHECKS, LEASES, LOGS, PODS, Right

from .commands import PAGES, ROOT
from .test_site import PAGES as ALL

WRITTEN = [page for page in PAGES if "decisions" not in page.parts]
"""Decisions tell of what was at their time."""

ALERTS = set(re.findall(r"\bKubevigil[A-Z]\w+", alerts_page.page())) | {"KubevigilHealthCheckErrorBudgetBurn"}
MISSPELT = "KubevigilCrashLoping"
"""In an example of what is said of one."""

METRICS = set(re.findall(r"`(kubevigil_\w+)`", metrics_page.page()))
TABLES = set(schema.metadata.tables)
VALUES: dict[str, Any] = yaml.safe_load((ROOT / "charts" / "kubevigil" / "values.yaml").read_text(encoding="utf-8"))

_each = pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))


@_each
def test_every_alert_that_a_page_names_is_one(page: Path) -> None:
    named = set(re.findall(r"\bKubevigil[A-Z][a-z]\w+", page.read_text(encoding="utf-8")))
    assert named - {MISSPELT} <= ALERTS


@_each
def test_every_metric_that_a_page_names_is_one(page: Path) -> None:
    named = set(re.findall(r"\bkubevigil_[a-z_]+[a-z]\b(?!\*|\.\.\.|_)", page.read_text(encoding="utf-8")))
    series = {f"{metric}{end}" for metric in METRICS for end in ("", "_bucket", "_count", "_sum")}
    assert named - series <= TABLES


@_each
def test_every_value_of_the_chart_that_a_page_names_is_one(page: Path) -> None:
    wrong = [
        path
        for path in re.findall(r"`([a-zA-Z]+(?:\.[a-zA-Z_]+)+)(?:: [^`]*|=[^`]*)?`", page.read_text(encoding="utf-8"))
        if path.split(".")[0] in VALUES and path.split(".")[-1] not in {"yaml", "local"}
        if not _is_value(path.split(".")) and not _is_setting(path)
    ]
    assert wrong == []


def _is_value(keys: list[str]) -> bool:
    found: Any = VALUES
    for key in keys:
        if not isinstance(found, dict):
            return False
        if found == {}:  # what is in it is the user's, or Kubernetes'
            return True
        if key not in found:
            return False
        found = found[key]
    return True


def _is_setting(path: str) -> bool:
    name = path.removeprefix("config.")
    return any(key == name or key.startswith(f"{name}.") for key in KEYS)


def _rights(cell: str) -> Iterator[Right]:
    groups = {"healthchecks": "activemonitor.keikoproj.io", "workflows": "argoproj.io", "leases": "coordination.k8s.io"}
    for part in cell.split("; "):
        resources, _, verbs = part.partition(": ")
        for resource, verb in product(resources.split(", "), re.findall(r"`(\w+)`", verbs)):
            yield groups.get(resource.partition("/")[0], ""), resource, verb


def test_the_rights_on_their_page_are_those_of_the_chart() -> None:
    page = (ROOT / "docs" / "rights.md").read_text(encoding="utf-8")
    rows = {name: cell for name, _, cell in re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| .* \|$", page, re.MULTILINE)}
    assert set(_rights(rows["counting"])) == PODS
    assert set(_rights(rows["crash logs"])) == LOGS
    assert set(_rights(rows["health checks"])) == CHECKS
    lease = rows["their Lease"].replace("the one of its name:", "leases:")
    assert set(_rights(lease)) == LEASES


def _first_column(page: Path, title: str) -> set[str]:
    section = page.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)}


def test_what_the_doctor_asks_is_on_the_page_about_troubles() -> None:
    troubles = ROOT / "docs" / "troubleshooting.md"
    checks = _first_column(troubles, "By what the doctor says")
    assert checks == _first_column(ROOT / "docs" / "doctor.md", "What is asked")
    package = ROOT / "exporter" / "kubevigil"
    modules = [*package.glob("doctor/*.py"), *package.glob("app/doctor_*.py")]
    sources = "".join(module.read_text(encoding="utf-8") for module in modules)
    assert [check for check in checks if f'"{check}"' not in sources] == []


def test_every_station_of_a_crash_on_purpose_is_on_the_page_about_troubles() -> None:
    named = _first_column(ROOT / "docs" / "troubleshooting.md", "When a crash on purpose does not arrive")
    assert named == {*(str(station) for station in Station), "crash-pod", "crash-removed"}


def test_no_page_is_left_out() -> None:
    assert {page for page in ALL if "runbooks" not in page.parts} - set(PAGES) == {ROOT / "CHANGELOG.md"}
