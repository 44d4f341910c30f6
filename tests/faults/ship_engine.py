"""A real node of OpenSearch or Elasticsearch, from the testbed's build, and what it holds."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.api.running import until
from tests.ports import free_port

from .process import ROOT, get
from .search_stand_in import Held, Place
from .ship_audit import PREFIX

_STARTS_WITHIN = 180.0
_MOST = 10_000
"""Documents in one answer, where nothing else is set."""


@contextmanager
def engine(kind: str, folder: Path) -> Iterator[str]:
    """One that runs, `opensearch` or `elasticsearch`, with its data in the folder; its URL."""
    port = free_port()
    with (folder / f"{kind}.log").open("wb") as out:
        process = subprocess.Popen(
            [str(ROOT / "testbed/search-engine"), kind, str(folder / kind), "127.0.0.1", str(port)],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: process.poll() is not None or get(port, "/"), _STARTS_WITHIN)
        assert process.poll() is None, (folder / f"{kind}.log").read_text("utf-8")[-3000:]
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def count(url: str) -> int:
    """How many of our documents it has."""
    _ask(f"{url}/{PREFIX}*/_refresh", "POST")
    found: int = _ask(f"{url}/{PREFIX}*/_count")["count"]
    return found


def documents(url: str) -> dict[Place, Held]:
    """All of our documents, at most 10,000."""
    assert count(url) <= _MOST
    hits = _ask(f"{url}/{PREFIX}*/_search?size={_MOST}")["hits"]["hits"]
    return {Place(hit["_index"], hit["_id"]): Held(msgspec.json.encode(hit["_source"]), 0.0) for hit in hits}


def _ask(url: str, method: str = "GET") -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=60) as answer:
        return json.load(answer)
