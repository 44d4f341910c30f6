"""The roles on the page about running are what the exporter needs, and no more."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from tests.chart.test_rights import CHECKS, LEASES, LOGS, PODS, Right

PAGE = (Path(__file__).parents[3] / "docs" / "running.md").read_text(encoding="utf-8")
RIGHTS = PAGE.split("\n## Rights\n")[1].split("\n## ")[0]
ROLES: list[dict[str, Any]] = [
    role for text in re.findall(r"```yaml\n(.+?)```", RIGHTS, re.DOTALL) for role in yaml.safe_load_all(text)
]


def _rights(role: dict[str, Any]) -> Iterator[Right]:
    for rule in role["rules"]:
        yield from product(rule["apiGroups"], rule["resources"], rule["verbs"])


def test_the_roles_give_what_the_charts_do() -> None:
    exporter, checks, lease = ROLES
    assert set(_rights(exporter)) == PODS | LOGS
    assert set(_rights(checks)) == CHECKS
    assert set(_rights(lease)) == LEASES


def test_of_leases_but_one_is_read_and_changed() -> None:
    named = {verb: rule.get("resourceNames") for rule in ROLES[2]["rules"] for verb in rule["verbs"]}
    assert named == {"create": None, "get": ["kubevigil-healthchecks"], "patch": ["kubevigil-healthchecks"]}
