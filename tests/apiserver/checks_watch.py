"""Sees every version of an object that the API server ever had, from the moment that it watches.

A second list would hide what came and went before it, so `lists` must be 1 for what was seen to be all there was.
"""

import threading
from collections.abc import Callable, Sequence
from random import Random
from typing import Generic, Self, TypeVar

from kubevigil.kube.answers import KubeObject
from kubevigil.kube.connection import Connection
from kubevigil.kube.driver import Driver, Scope
from kubevigil.kube.errors import KubeError
from kubevigil.kube.roles import Cause
from kubevigil.model import clock

T = TypeVar("T", bound=KubeObject)


class Watch(Generic[T]):
    """`seen` is told each version in order, by one thread; the list's are the first."""

    def __init__(self, connection: Connection, path: str, kind: type[T], seen: Callable[[T], None]) -> None:
        self._seen = seen
        self._complete = threading.Event()
        self.lists = 0
        self._driver = Driver(connection, Scope(path, kind, {}), self, self, clock=clock.monotonic, random=Random(1))
        self._thread = threading.Thread(target=self._driver.run, name=f"watch {path}")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._complete.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.stop()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def page(self, items: Sequence[T]) -> None:
        for item in items:
            self._seen(item)

    def changed(self, item: T) -> None:
        self._seen(item)

    def sync_started(self) -> None:
        self.lists += 1

    def sync_finished(self, resource_version: str) -> None:
        del resource_version
        self._complete.set()

    def deleted(self, item: T) -> None: ...

    def vanished(self, uid: str) -> None: ...

    def unreadable(self, uid: str) -> None: ...

    def batch_done(self) -> None: ...

    def activity(self, monotonic: float) -> None: ...

    def reconnect(self, cause: Cause) -> None: ...

    def skipped(self, item: object) -> None: ...

    def synced(self, yes: bool) -> None: ...

    def failure(self, error: KubeError) -> None: ...
