"""A search engine at the node's address, where pods and processes reach it; it can be killed and comes back."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from kubevigil.model.clock import wall
from tests.search.engine import Engine

from .cluster import TESTBED, wait_for
from .ship_audit import PREFIX, Document

NODE_ADDRESS: Final = "10.42.0.1"
_PORTS: Final = {"opensearch": 19200, "elasticsearch": 19201}
_START_SECONDS: Final = 150
_MOST: Final = 10_000


class NodeEngine:
    """`name` is one of those that testbed/search-engine takes; data and log are in `folder`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.engine = Engine(name, f"http://{NODE_ADDRESS}:{_PORTS[name]}")
        self._folder = folder
        self._log = folder / "engine.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return self.engine.name

    @property
    def url(self) -> str:
        return self.engine.url

    @classmethod
    @contextmanager
    def both(cls, folder: Path) -> Iterator[list[Self]]:
        """Begun together, since each start takes its time; they answer."""
        engines = [cls(name, folder / name) for name in _PORTS]
        try:
            for engine in engines:
                engine.start()
            for engine in engines:
                engine.until_answering()
            yield engines
        finally:
            for engine in engines:
                engine.kill()

    def start(self) -> None:
        """Returns at once."""
        self._folder.mkdir(exist_ok=True)
        command = ["nice", str(TESTBED / "search-engine"), self.name, str(self._folder / "home")]
        with self._log.open("ab") as out:
            self._process = subprocess.Popen([*command, NODE_ADDRESS, str(_PORTS[self.name])], stdout=out, stderr=out)

    def until_answering(self) -> None:
        """And every index that it had is there again."""
        wait_for(f"{self.name} answers, see {self._log}", self._answers, _START_SECONDS)

    def kill(self) -> None:
        """With -9: it has no time to put anything in order."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def documents(self, namespace: str) -> list[Document]:
        """All that are found of crashes in that namespace, in whichever index."""
        return [
            Document(hit["_index"], hit["_id"], hit["_source"])
            for hit in self._hits({"term": {"kubernetes.namespace": namespace}})
        ]

    def saying(self, words: str) -> list[str]:
        """The containerIDs of the crashes in whose log a search finds these words, one after the other."""
        hits = self._hits({"match_phrase": {"message": words}})
        return [hit["_source"]["container"]["id"] for hit in hits]

    def every_text(self) -> Iterator[str]:
        """Each value that is text, of all documents in all indices."""
        return _texts([hit["_source"] for hit in self._hits({"match_all": {}}, indices="*")])

    def seen(self, namespace: str) -> list[str]:
        """The containerIDs that a search finds now, when nobody asks the engine to make haste."""
        fields = {"_source": False, "docvalue_fields": ["container.id"]}
        query = {"size": _MOST, "query": {"term": {"kubernetes.namespace": namespace}}}
        answer = self.engine.ask("POST", f"/{PREFIX}*/_search", {**query, **fields})
        return [id_ for hit in answer["hits"]["hits"] for id_ in hit["fields"]["container.id"]]

    def _hits(self, query: dict[str, Any], *, indices: str = f"{PREFIX}*") -> list[Any]:
        found = self.engine.search(indices, {"size": _MOST, "query": query})["hits"]
        assert found["total"]["value"] == len(found["hits"])
        return list(found["hits"])

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text(errors="replace")[-2_000:]
        try:
            health = self.engine.ask("GET", "/_cluster/health?wait_for_status=yellow&timeout=5s")
        except (OSError, AssertionError):
            return False
        return not health["timed_out"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


@contextmanager
def all_away(engines: Iterable[NodeEngine]) -> Iterator[None]:
    """They are killed, and come back at the end, on what they had."""
    for engine in engines:
        engine.kill()
    try:
        yield
    finally:
        for engine in engines:
            engine.start()
        for engine in engines:
            engine.until_answering()


class FirstFound:
    """When (Unix time) a search on that engine first found each crash of a namespace; by containerID."""

    def __init__(self, engine: NodeEngine, namespace: str) -> None:
        self.at: dict[str, float] = {}
        self._engine = engine
        self._namespace = namespace

    def look(self) -> None:
        """To be called often; of an engine that is away there is nothing new."""
        try:
            found = self._engine.seen(self._namespace)
        except (OSError, AssertionError):
            return
        now = wall()
        for container_id in found:
            self.at.setdefault(container_id, now)
