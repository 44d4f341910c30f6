"""A real OpenSearch or Elasticsearch on loopback, from the testbed. Needs no cluster and no root, 1 GB of memory."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.cluster.cluster import wait_for
from tests.ports import free_port

NAMES: Final = ("opensearch", "elasticsearch")
_PROGRAM: Final = Path(__file__).parents[2] / "testbed" / "search-engine"
_START_SECONDS: Final = 120
_STOP_SECONDS: Final = 20
_ANSWER_SECONDS: Final = 60


@dataclass(frozen=True)
class Engine:
    """One that runs; `name` is one of NAMES."""

    name: str
    url: str

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON of its answer; a failure is the test's, with the engine's own words."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                words = error.read().decode()
            raise AssertionError(f"{method} {path}: {error.code} {words}") from error

    def search(self, indices: str, body: Mapping[str, Any]) -> Any:
        """The answer of a search over all that has been sent; partial ones are failures."""
        self.ask("POST", f"/{indices}/_refresh")
        answer = self.ask("POST", f"/{indices}/_search", body)
        assert (answer["timed_out"], answer["_shards"]["failed"]) == (False, 0), answer
        return answer


@contextmanager
def running(name: str, folder: Path) -> Iterator[Engine]:
    """Starts it with its data and its log in `folder`, waits until it answers, and ends it."""
    port = free_port()
    log = folder / "engine.log"
    command = ["nice", str(_PROGRAM), name, str(folder / "home"), "127.0.0.1", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            engine = Engine(name, f"http://127.0.0.1:{port}")
            wait_for(f"{name} answers, see {log}", _answering(engine, process, log), _START_SECONDS)
            yield engine
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _answering(engine: Engine, process: "subprocess.Popen[bytes]", log: Path) -> Callable[[], bool]:
    def answers() -> bool:
        assert process.poll() is None, f"{engine.name} ended: {log.read_text(errors='replace')[-2_000:]}"
        try:
            return "version" in engine.ask("GET", "/")
        except (OSError, AssertionError):
            return False

    return answers


def index_prefix(test: str) -> str:
    """One for that test alone, of this process."""
    letters = "".join(letter if letter.isalnum() else "-" for letter in test.lower())
    return f"t-{os.getpid()}-{letters[:120].strip('-')}-"
