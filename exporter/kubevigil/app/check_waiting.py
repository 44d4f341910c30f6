"""Waits for the run of a HealthCheck that was asked for: watches the check until its status tells the end."""

import random
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread

from kubevigil.app.check_patience import Patience
from kubevigil.healthchecks.asking import Ending, ending_of, has_begun
from kubevigil.healthchecks.picture import check_of
from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.healthchecks.writing import CHECKS
from kubevigil.kube.answers import Skipped
from kubevigil.kube.driver import Driver, Scope
from kubevigil.kube.errors import KubeError
from kubevigil.kube.roles import Api, Cause
from kubevigil.model import clock
from kubevigil.model.clock import Monotonic


class NotInTime(Exception):
    """The end was not seen in time. `begun`: the beginning was; `trouble` kept us from seeing more, if anything did."""

    def __init__(self, trouble: KubeError | None, *, begun: bool) -> None:
        super().__init__(f"no {'end' if begun else 'beginning'} of the run was seen in time")
        self.trouble = trouble


class CheckGone(Exception):
    """The check was deleted meanwhile."""


def wait_for_end(
    api: Api,
    check: Check,
    asked: int,
    *,
    seconds: float | None = None,
    began: Callable[[int], None] = lambda _: None,
    monotonic: Monotonic = clock.monotonic,
) -> Ending:
    """How the run ended that was asked for at a Unix second; `began` hears of its beginning.

    `seconds` is as for Patience. Raises NotInTime, CheckGone.
    """
    seen: SimpleQueue[Check | None] = SimpleQueue()
    watch = _Watch(seen)
    meta = check.meta
    scope = Scope(
        f"{CHECKS}/namespaces/{meta.namespace}/healthchecks",
        HealthCheckObject,
        {"fieldSelector": f"metadata.name={meta.name}"},
    )
    driver = Driver(api, scope, watch, watch, clock=clock.monotonic, random=random.Random())  # noqa: S311  no secret
    thread = Thread(target=driver.run, name="watch of a health check", daemon=True)
    thread.start()
    patience = Patience(check, seconds, monotonic())
    try:
        return _end(seen, check, asked, patience, began=began, monotonic=monotonic)
    except Empty:
        raise NotInTime(watch.trouble, begun=patience.has_begun) from None
    finally:
        driver.stop()
        thread.join()


def _end(
    seen: "SimpleQueue[Check | None]",
    wanted: Check,
    asked: int,
    patience: Patience,
    *,
    began: Callable[[int], None],
    monotonic: Monotonic,
) -> Ending:
    """The end, by what is seen. Raises Empty if nothing tells it in time."""
    while True:
        check = seen.get(timeout=patience.left(monotonic()))
        if check is None or check.meta.uid != wanted.meta.uid:
            raise CheckGone
        if not patience.has_begun and has_begun(check.status, asked):
            patience.begun(check, monotonic())
            began(check.status.started_at or 0)
        if ending := ending_of(check.status, asked):
            return ending


class _Watch:
    """Handler and observer of the watch: what the check is like, and None once it is gone."""

    def __init__(self, seen: "SimpleQueue[Check | None]") -> None:
        self._seen = seen
        self._known = False
        self.trouble: KubeError | None = None

    def sync_started(self) -> None:
        """A list begins."""
        self._known = False

    def page(self, items: Sequence[HealthCheckObject]) -> None:
        """The check, if it is there."""
        for item in items:
            self._known = True
            self.changed(item)

    def sync_finished(self, resource_version: str) -> None:
        """The list is complete."""
        del resource_version
        if not self._known:
            self._seen.put(None)

    def changed(self, item: HealthCheckObject) -> None:
        """Added or modified."""
        self._seen.put(check_of(item))

    def deleted(self, item: HealthCheckObject) -> None:
        """Deleted."""
        del item
        self._seen.put(None)

    def unreadable(self, uid: str) -> None:
        """It may come in readable later."""

    def vanished(self, uid: str) -> None:
        """`sync_finished` tells it."""

    def batch_done(self) -> None:
        """Nothing to commit."""

    def activity(self, monotonic: float) -> None:
        """No figures are kept."""

    def reconnect(self, cause: Cause) -> None:
        """As above."""

    def skipped(self, item: Skipped) -> None:
        """As above."""

    def synced(self, yes: bool) -> None:
        """The trouble is over."""
        if yes:
            self.trouble = None

    def failure(self, error: KubeError) -> None:
        """Another attempt follows."""
        self.trouble = error
