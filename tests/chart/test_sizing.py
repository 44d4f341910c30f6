"""What the exporter is given: by `sizing`, which has the measured figures, and by `resources`, which goes before it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .helm import CHART, ROOT, Helm, Objects, Values

SIZES = yaml.safe_load((CHART / "files/sizing.yaml").read_text(encoding="utf-8"))
PODS = {"small": "5,000", "medium": "20,000", "large": "50,000", "xlarge": "100,000"}
"""Up to how many pods each is for."""

UNTOLD = {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}


def given(helm: Helm, values: Values) -> Any:
    return helm.objects(values).container()["resources"]


def rows(page: Path) -> dict[str, list[str]]:
    """The page's table of sizes: by the number of pods, the request and limit of memory, and the request of CPU."""
    found = re.findall(r"^\|.* ?up to ([0-9,]+) \|([^|]*)\|([^|]*)\|", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {pods: [*memory.strip().split(", "), cpu.strip()] for pods, memory, cpu in found}


@pytest.mark.parametrize("page", ["docs/performance.md", "charts/kubevigil/README.md"])
def test_the_sizes_are_those_that_were_measured(page: str) -> None:
    assert rows(ROOT / page) == {
        pods: [SIZES[name]["requests"]["memory"], SIZES[name]["limits"]["memory"], SIZES[name]["requests"]["cpu"]]
        for name, pods in PODS.items()
    }


@pytest.mark.parametrize("name", PODS)
def test_a_size_sets_cpu_and_memory(helm3: Helm, helm4: Helm, name: str) -> None:
    for helm in (helm3, helm4):
        assert given(helm, {"sizing": name}) == SIZES[name]


def test_who_tells_no_size_gets_little_and_may_take_much(helm: Helm) -> None:
    assert given(helm, {}) == SIZES[""] == UNTOLD
    assert SIZES[""]["requests"] == SIZES["small"]["requests"]
    assert SIZES[""]["limits"] == SIZES["large"]["limits"]


def test_no_size_limits_cpu() -> None:
    assert {name for size in SIZES.values() for name in size["limits"]} == {"memory"}


def test_each_figure_of_resources_goes_before_the_sizes(helm3: Helm, helm4: Helm) -> None:
    own = {"sizing": "medium", "resources": {"limits": {"memory": "1Gi", "cpu": 2}, "claims": [{"name": "gpu"}]}}
    wanted = {
        "requests": SIZES["medium"]["requests"],
        "limits": {"memory": "1Gi", "cpu": 2},
        "claims": [{"name": "gpu"}],
    }
    for helm in (helm3, helm4):
        assert given(helm, own) == wanted


@pytest.mark.parametrize(
    ("resources", "left"),
    [
        ({"limits": {"memory": None}}, {"requests": UNTOLD["requests"], "limits": {}}),
        ({"limits": None}, {"requests": UNTOLD["requests"]}),
        ({"requests": {"cpu": 0}}, {"requests": {"cpu": 0, "memory": "128Mi"}, "limits": UNTOLD["limits"]}),
    ],
    ids=["a figure", "all limits", "nothing is a figure too"],
)
def test_null_takes_a_figure_away(helm3: Helm, helm4: Helm, resources: Values, left: Values) -> None:
    for helm in (helm3, helm4):
        assert given(helm, {"resources": resources}) == left


@pytest.mark.parametrize("name", PODS)
def test_the_volume_does_not_follow_the_pods(helm: Helm, name: str) -> None:
    """A claim cannot shrink, and every row of the measured table has the same: less than the default."""
    kept = {"persistence": {"enabled": True}}
    assert _claim(helm.objects({**kept, "sizing": name})) == _claim(helm.objects(kept)) == "2Gi"
    volumes = re.findall(r"^\| up to .*\| ([0-9]+)Gi \|$", (ROOT / "docs/performance.md").read_text(), re.MULTILINE)
    assert len(volumes) == len(PODS)
    assert {int(size) for size in volumes} == {1}


def _claim(objects: Objects) -> Any:
    return objects.one("PersistentVolumeClaim")["spec"]["resources"]["requests"]["storage"]
