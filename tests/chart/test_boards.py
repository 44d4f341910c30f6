"""The boards for Kibana, in a ConfigMap beside the log sidecar."""

import json
import subprocess
from typing import Any

import pytest

from kubevigil.app.settings import KEYS
from kubevigil.bundle.documents import render

from .binaries import Binaries
from .helm import Helm, Object, Objects, Values, joined, nested
from .test_sidecar import SHIPS


def boards(objects: Objects) -> list[Object]:
    return [item for item in objects.of("ConfigMap") if item["metadata"]["name"].endswith("-boards")]


def test_they_are_there_where_crashes_are_sent_and_can_be_left_out(helm: Helm) -> None:
    assert boards(helm.objects()) == []
    assert len(boards(helm.objects(SHIPS))) == 1
    assert boards(helm.objects(joined(SHIPS, nested("elasticsearch.boards.enabled", False)))) == []


@pytest.mark.parametrize("wanted", ["ecs", "legacy"])
@pytest.mark.parametrize("index", ["", "crashes-"])
def test_they_are_what_render_prints_for_the_format_and_the_index(
    helm3: Helm, helm4: Helm, wanted: str, index: str
) -> None:
    values = joined(SHIPS, {"config": {"document": {"format": wanted}}})
    if index:
        values = joined(values, {"config": {"elasticsearch": {"index": index}}})
    pattern = f"{index or KEYS['elasticsearch.index'].default}*"
    (document,) = render("kibana", wanted, {"kibana": {"indexPattern": pattern}}).documents
    for helm in (helm3, helm4):
        (found,) = boards(helm.objects(values))
        assert found["data"] == {"boards.ndjson": document.text}
        assert [_title(line) for line in document.text.splitlines()].count(pattern) == 1


@pytest.mark.parametrize("values", [SHIPS, joined(SHIPS, {"fullnameOverride": "other"})], ids=["a bare one", "renamed"])
def test_the_notes_have_the_command_that_prints_them(helm4: Helm, binaries: Binaries, values: Values) -> None:
    (found,) = boards(helm4.objects(values))
    (line,) = [line.strip() for line in helm4.notes(values).splitlines() if "boards.ndjson" in line]
    get, _, output = line.partition(" -o ")
    assert get == f"kubectl -n monitoring get configmap {found['metadata']['name']}"
    shown, _, file = output.partition(" > ")
    # The object from here instead of from a cluster, in the same way of printing it.
    locally = f"{binaries['kubectl']} annotate --local -f - seen=yes -o {shown}"
    done = subprocess.run(["bash", "-c", locally], input=json.dumps(found), capture_output=True, text=True, check=True)
    assert (done.stdout, file) == (found["data"]["boards.ndjson"], "boards.ndjson")
    assert "boards.ndjson" not in helm4.notes()


def _title(line: str) -> Any:
    return json.loads(line).get("attributes", {}).get("title")
