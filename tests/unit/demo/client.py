"""A client of the simulated cluster for tests: whole answers, and the events of a watch as they come."""

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any, NamedTuple, Self

import urllib3

from kubevigil.demo.cluster import SimulatedCluster

DEADLINE = urllib3.Timeout(connect=5, read=5)


class Got(NamedTuple):
    code: int
    body: bytes
    headers: urllib3.HTTPHeaderDict

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Watch:
    """An open watch. Reading past the deadline raises urllib3's ReadTimeoutError."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self._lines = self._split()
        self.code = response.status

    def next(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(next(self._lines))
        return event

    def rest(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._lines]

    def lines(self) -> list[bytes]:
        return list(self._lines)

    def _split(self) -> Iterator[bytes]:
        left = b""
        for chunk in self._response.stream(None):
            *whole, left = (left + chunk).split(b"\n")
            yield from whole
        if left:
            yield left

    def close(self) -> None:
        self._response.close()


class Client:
    """Talks to one simulated cluster, which it starts, and stops at its own end."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self.cluster = cluster
        self.url = cluster.start()
        self._pool = urllib3.PoolManager(retries=False, timeout=DEADLINE)
        self._watches: list[Watch] = []

    def get(self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, **query: object) -> Got:
        fields = {key.rstrip("_"): str(value) for key, value in query.items()}
        response = self._pool.request(method, self.url + path, fields=fields, headers=headers)
        return Got(response.status, response.data, response.headers)

    def watch(self, path: str = "/api/v1/pods", **query: object) -> Watch:
        fields = {"watch": "true"} | {key: str(value) for key, value in query.items()}
        response = self._pool.request("GET", self.url + path, fields=fields, preload_content=False)
        self._watches.append(Watch(response))
        return self._watches[-1]

    def version(self) -> str:
        return str(self.get("/api/v1/pods").document["metadata"]["resourceVersion"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cluster.stop()
        for watch in self._watches:
            watch.close()
        self._pool.clear()
