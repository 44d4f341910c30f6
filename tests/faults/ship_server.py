"""The stand-in as a process of its own, so that what it costs is not measured with what is beside it.

Prints its URL; for each line on stdin, one of JSON: what it holds so far. Ends with stdin. Of a document it keeps only
when its crash was observed.
"""

import json
import subprocess
import sys
from typing import Any, Self

import msgspec

from kubevigil.model.clock import seconds_of

from .process import ROOT
from .search_stand_in import stand_in


def _created(source: bytes) -> bytes:
    created: str = msgspec.json.decode(source)["event"]["created"]
    return created.encode()


def main() -> None:
    """Serves until stdin ends."""
    with stand_in(keep=_created) as index:
        print(index.url, flush=True)  # noqa: T201  the answer to the process that asked
        for _ in sys.stdin:
            held = {p.id: (seconds_of(h.source.decode()), h.at) for p, h in index.documents.copy().items()}
            told = {"documents": held, "requests": index.requests, "duplicates": index.duplicates}
            print(json.dumps(told), flush=True)  # noqa: T201  the same


class Server:
    """That process."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.ship_server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def held(self) -> dict[str, Any]:
        """By id of a document: when its crash was observed and when it was taken, in Unix time; and the counts."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


if __name__ == "__main__":
    main()
