"""What UPGRADE.md says of the first chart."""

import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
FIRST = ROOT / "tests" / "data" / "charts" / "kubevigil-first.tgz"


def flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from flat(value, f"{path}{key}.")
        else:
            yield path + key, value


def test_no_value_of_the_first_chart_has_another_name_and_defaults_are_as_the_page_says() -> None:
    with tarfile.open(FIRST) as chart:
        packed = chart.extractfile("kubevigil/values.yaml")
        assert packed is not None
        first = dict(flat(yaml.safe_load(packed)))
    now = dict(flat(yaml.safe_load((ROOT / "charts" / "kubevigil" / "values.yaml").read_text(encoding="utf-8"))))
    differing = {key.partition(".")[0] for key, value in first.items() if now.get(key, "gone") != value}
    assert differing == {"resources"}
    assert now["resources"] == {}
    assert "`resources`" in (ROOT / "UPGRADE.md").read_text(encoding="utf-8")
