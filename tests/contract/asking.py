"""How the contract asks an API server, the simulated one or the real one: the same requests over the same client."""

import ssl
from collections.abc import Callable
from typing import Any

import urllib3

from tests.unit.demo.client import Got, Watch

Event = dict[str, Any]

SECONDS = urllib3.Timeout(connect=5, read=20)
MOST_EVENTS = 200


class Api:
    """One server as one user; `namespace` is where the pods of this test are."""

    def __init__(self, url: str, namespace: str, *, token: str = "", authority: str = "") -> None:
        self.namespace = namespace
        self._url = url
        self._authority = authority
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        context = ssl.create_default_context(cadata=authority) if authority else None
        self._pool = urllib3.PoolManager(retries=False, timeout=SECONDS, headers=headers, ssl_context=context)
        self._opened: list[Watch | Api] = []

    def with_token(self, token: str) -> "Api":
        """The same server as another user; closed with this one."""
        other = Api(self._url, self.namespace, token=token, authority=self._authority)
        self._opened.append(other)
        return other

    def get(self, path: str, **query: object) -> Got:
        response = self._pool.request("GET", self._url + path, fields=_fields(query))
        return Got(response.status, response.data, response.headers)

    def list(self, **query: object) -> Got:
        """Of the pods of the namespace."""
        return self.get(self.pods, **query)

    def pod(self, name: str) -> Any:
        return self.get(f"{self.pods}/{name}").document

    def log(self, name: str, **query: object) -> Got:
        return self.get(f"{self.pods}/{name}/log", **query)

    def watch(self, path: str = "", /, **query: object) -> Watch:
        fields = _fields(query) | {"watch": "true"}
        response = self._pool.request("GET", self._url + (path or self.pods), fields=fields, preload_content=False)
        watch = Watch(response)
        self._opened.append(watch)
        return watch

    def version(self) -> str:
        """The list's, at this moment."""
        return str(self.list().document["metadata"]["resourceVersion"])

    @property
    def pods(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"

    def close(self) -> None:
        for opened in self._opened:
            opened.close()
        self._pool.clear()


def _fields(query: dict[str, object]) -> dict[str, str]:
    """`continue_` is how `continue` is written where it is a keyword."""
    return {key.rstrip("_"): str(value) for key, value in query.items()}


def until(watch: Watch, last: Callable[[Event], bool]) -> list[Event]:
    """The events up to the first for which `last` holds, that one included."""
    events: list[Event] = []
    while not events or not last(events[-1]):
        events.append(watch.next())
        assert len(events) < MOST_EVENTS, f"not among {MOST_EVENTS} events"
    return events


def names(document: Any) -> list[str]:
    return [item["metadata"]["name"] for item in document["items"]]


def version_of(thing: Any) -> int:
    """A pod's, a list's, or that of an event's object."""
    return int(thing.get("object", thing)["metadata"]["resourceVersion"])
