"""The two examples of docs/mixin.md, in jsonnet and for `kubevigil render`, work and say the same."""

import json
import re
from pathlib import Path

import _jsonnet

from kubevigil.app.rendering import config_in
from kubevigil.bundle.documents import render

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "mixin.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, language
    return found[1]


def from_a_checkout(importer: str, name: str) -> tuple[str, bytes]:
    """As `jsonnet -J` does it: beside the file that imports, else in the folder above the checkout."""
    path = ROOT / name.removeprefix("kubevigil/") if not importer else Path(importer) / name
    return str(path), path.read_bytes()


def test_both_examples_of_the_page_give_the_same_rules(tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(example("yaml"), encoding="utf-8")
    (document,) = render("rules", "rules", config_in(values)).documents
    by_jsonnet = _jsonnet.evaluate_snippet("rules", example("jsonnet"), import_callback=from_a_checkout)
    assert [json.loads(by_jsonnet)] == document.objects
    rules = {rule.get("alert"): rule for group in json.loads(by_jsonnet)["groups"] for rule in group["rules"]}
    assert "KubevigilContainerRestarted" not in rules
    assert rules["KubevigilCrashLooping"]["labels"]["severity"] == "critical"
