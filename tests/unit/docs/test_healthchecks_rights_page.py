"""The page about rights of health checks says what the code does."""

import re
from pathlib import Path

import yaml

from kubevigil.healthchecks.rights import ALLOWED, LABELS, OURS, Account, Grant, defaults
from kubevigil.healthchecks.rights_objects import account_object, objects_of
from kubevigil.healthchecks.rights_rules import EXECUTOR, judged

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "healthchecks-rights.md").read_text(encoding="utf-8")
VALUES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.+?)```", PAGE, re.DOTALL)]


def test_every_level_has_a_row() -> None:
    assert [word for word in ALLOWED if f"\n| `{word}`" not in PAGE] == []


def test_every_object_has_its_name_there() -> None:
    account = Account("health", "NAME")
    objects = [account_object(account), *objects_of(account, Grant(EXECUTOR, defaults(cluster=True)))]
    assert [one.name for one in objects if one.name != "NAME" and f"`{one.name}`" not in PAGE] == []
    assert [one.body["kind"] for one in objects if one.body["kind"] not in PAGE] == []
    assert all(f"`{key}: {value}`" in PAGE for key, value in LABELS.items())
    assert f"`{OURS}`" in PAGE


def test_what_a_check_may_read_that_asks_for_nothing_is_told_in_full() -> None:
    (sentence,) = re.findall(r"A check without any may read(.+?)\. A remedy", PAGE, re.DOTALL)
    told = set(re.findall(r"[a-z]+", sentence.partition(")")[2])) - {"and", "with", "level", "cluster", "too"}
    assert told == {right.resource for right in defaults(cluster=True)}


def test_what_is_never_given_is_not() -> None:
    verbs, resources = (
        {"escalate", "bind", "impersonate"},
        {"serviceaccounts/token", "pods/exec", "services/proxy", "nodes/proxy"},
    )
    section = PAGE.split("Never given,")[1].split("Everything else")[0]
    assert [words for words in verbs | resources if f"`{words}`" not in section] == []
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": [verb]} for verb in verbs]
    rules += [{"apiGroups": [""], "resources": [resource], "verbs": ["create"]} for resource in resources]
    assert [rule for rule in rules if not judged([rule], "rules", cluster=True)[1]] == []


def test_the_selectors_that_take_all_away_are_the_label() -> None:
    assert PAGE.count(f"--selector={OURS}\n") == 2


def test_the_values_are_of_the_chart() -> None:
    rights, accounts = VALUES
    known = yaml.safe_load((ROOT / "charts" / "kubevigil" / "values.yaml").read_text(encoding="utf-8"))
    assert set(rights["healthchecks"]["rights"]) == set(known["healthchecks"]["rights"])
    assert judged(rights["healthchecks"]["rights"]["rules"], "rules", cluster=True)[1] == []
    assert accounts["config"]["checks"]["service_accounts"]
