"""The handlers of the watches: they put what comes in into the picture."""

from collections.abc import Sequence

from kubevigil.healthchecks.picture import Picture, Run, key_of
from kubevigil.healthchecks.resources import HealthCheckObject, WorkflowObject


class CheckHandler:
    """Of the watch of HealthChecks."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def sync_started(self) -> None:
        """Nothing: objects never go back, so a list may be taken as it comes."""

    def page(self, items: Sequence[HealthCheckObject]) -> None:
        """One page of the list."""
        for item in items:
            self._picture.put_check(item)

    def unreadable(self, uid: str) -> None:
        """The check stays as it was last known."""

    def vanished(self, uid: str) -> None:
        """Gone while nobody watched."""
        self._picture.drop_check(uid)

    def sync_finished(self, resource_version: str) -> None:
        """The list is complete; whether it is up to date is the observer's to know."""

    def changed(self, item: HealthCheckObject) -> None:
        """Added or modified."""
        self._picture.put_check(item)

    def deleted(self, item: HealthCheckObject) -> None:
        """Deleted."""
        self._picture.drop_check(item.metadata.uid)

    def batch_done(self) -> None:
        """Nothing to commit."""


class WorkflowHandler:
    """Of the watch of workflows; those that are no check's run are passed by."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._keys: dict[str, Run] = {}
        self._awaited: frozenset[Run] = frozenset()

    def sync_started(self) -> None:
        """A workflow that was created before this list began is in it, or is gone."""
        self._awaited = self._picture.expected()

    def page(self, items: Sequence[WorkflowObject]) -> None:
        """One page of the list."""
        for item in items:
            self.changed(item)

    def unreadable(self, uid: str) -> None:
        """The workflow stays as it was last known."""

    def vanished(self, uid: str) -> None:
        """Gone while nobody watched."""
        if (key := self._keys.pop(uid, None)) is not None:
            self._picture.drop_workflow(key)

    def sync_finished(self, resource_version: str) -> None:
        """The list is complete: what was awaited before it and is not in it came and went."""
        del resource_version
        for key in self._awaited & self._picture.expected():
            self._picture.drop_workflow(key)
        self._awaited = frozenset()

    def changed(self, item: WorkflowObject) -> None:
        """Added or modified."""
        if (key := key_of(item)) is not None:
            self._keys[item.metadata.uid] = key
            self._picture.put_workflow(item)

    def deleted(self, item: WorkflowObject) -> None:
        """Deleted; a workflow that had ended shows how in its last body."""
        if key_of(item) is not None:
            self._picture.put_workflow(item)
        self.vanished(item.metadata.uid)

    def batch_done(self) -> None:
        """Nothing to commit."""
