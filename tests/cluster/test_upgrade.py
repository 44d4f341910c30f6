"""A release of the first chart, with a store of that time, becomes one of today's chart, and nothing of it is lost.

The image is today's under both charts: none was published with the first one. KUBEVIGIL_TESTBED_APPLICATION names its
archive; tests/data/charts tells what is in there.
"""

import gzip
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from .cluster import CRASHER, TESTBED, Kubectl, wait_for
from .installing import Release, restricted_namespace
from .test_install import TERMINATIONS, VOLUME

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

DATA: Final = Path(__file__).parents[1] / "data" / "charts"
FIRST: Final = DATA / "kubevigil-first.tgz"
NAME: Final = "night-watch"
IN_SHOP: Final = 16
"""Deaths in the namespace `shop` of the old store."""


@pytest.fixture(scope="module", autouse=True)
def image() -> None:
    archive = os.environ["KUBEVIGIL_TESTBED_APPLICATION"]
    subprocess.run([TESTBED / "cluster/import-image", archive], check=True, timeout=120)


@pytest.fixture
def storage(kubectl: Kubectl, tmp_path: Path) -> Iterator[str]:
    """The class of a volume on which a store of the first chart's time lies."""
    tmp_path.chmod(0o777)
    store = tmp_path / "kubevigil.db"
    store.write_bytes(gzip.decompress((DATA / "store-of-first.db.gz").read_bytes()))
    store.chmod(0o666)
    name = f"kept-{tmp_path.name.replace('_', '-')}"
    kubectl.apply(VOLUME.replace("NAME", name).replace("PATH", str(tmp_path)))
    yield name
    kubectl("delete", "persistentvolume", name, "--wait=false")


def settings(storage: str) -> Mapping[str, Any]:
    """What was given to the first chart; the store is of a cluster that was called `demo`."""
    return {
        "config": {"cluster_name": "demo", "records": {"retention": "3650d"}, "workloads": {"retention": "365d"}},
        "persistence": {"enabled": True, "storageClass": storage, "size": "1Gi"},
    }


def test_a_release_of_the_first_chart_is_upgraded_and_its_store_goes_on(
    kubectl: Kubectl, namespace: Kubectl, storage: str
) -> None:
    with restricted_namespace(kubectl, "operations") as home:
        first = Release(home, NAME, chart=FIRST)
        first.install(**settings(storage))
        namespace.apply(CRASHER)
        wait_for("a termination is counted", lambda: counted(first, namespace.namespace), 60)
        namespace("delete", "pod", "crasher")
        old, here = counted(first, "shop"), counted(first, namespace.namespace)
        crashes = recorded(first)
        release = Release(home, NAME)
        release.upgrade(**settings(storage), healthchecks={"enabled": True})
        assert (counted(release, "shop"), counted(release, namespace.namespace)) == (old, here)
        assert recorded(release) >= crashes
        assert old == IN_SHOP
        assert len(crashes) > 38
        namespace.apply(CRASHER)
        wait_for("it counts on", lambda: counted(release, namespace.namespace) > here, 60)
        release.uninstall()


def counted(release: Release, namespace: str) -> float:
    """The deaths in a namespace."""
    try:
        return sum(value for _, value in release.samples(TERMINATIONS, namespace=namespace))
    except OSError:
        return 0


def recorded(release: Release) -> set[tuple[str, str]]:
    """Each crash by its id, with its last words."""
    command = ("exec", f"deploy/{release.fullname}", "--", "kubevigil", "crashes", "list", "--json", "--limit=500")
    records = json.loads(release.kubectl(*command))
    return {(record["id"], record["log"]["text"] if record["log"] else "") for record in records}
