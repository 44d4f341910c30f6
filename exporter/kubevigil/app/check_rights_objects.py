"""Service accounts, roles and bindings in the API server: read, made, changed, deleted."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from msgspec import Struct, field

from kubevigil.healthchecks.rights import OURS
from kubevigil.healthchecks.rights_objects import Object, Resource, Wanted, collection, is_ours
from kubevigil.healthchecks.writing import Api
from kubevigil.kube.decode import decode_as
from kubevigil.kube.errors import AlreadyExists, Conflict, NotFound
from kubevigil.kube.writing import encoded

_PAGE: Final = 500


class Foreign(Exception):
    """An object that is to be made is there, and is somebody else's."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(
            f"{wanted.title} is there, and was not made by the exporter for that namespace: it stays as it is. Choose "
            "another serviceAccount, or delete it"
        )


class _ListMeta(Struct, frozen=True):
    continue_: str = field(default="", name="continue")


class _List(Struct, frozen=True):
    items: list[Object] = field(default_factory=list)
    metadata: _ListMeta = field(default_factory=_ListMeta)


class RightsObjects:
    """Thread-safe. All raise KubeError."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def there(self, wanted: Wanted) -> Object | None:
        """The object as it is; None if there is none."""
        try:
            found: Object = decode_as(dict, self._api.get_bytes(wanted.path), wanted.path)
        except NotFound:
            return None
        return found

    def ensure(self, wanted: Wanted, owner: str) -> None:
        """Makes an object for the namespace `owner`, or changes it where it is another. Raises Foreign."""
        found = self.there(wanted)
        if found is None:
            try:
                self._api.post(wanted.collection, encoded(wanted.body))
            except AlreadyExists as error:
                raise Conflict("made by somebody else meanwhile") from error
            return
        if not is_ours(found, owner) or found.get("roleRef") != wanted.body.get("roleRef"):
            raise Foreign(wanted)
        if wanted.mutable and found.get(wanted.mutable) != wanted.body[wanted.mutable]:
            self.change(wanted, found)

    def change(self, wanted: Wanted, found: Object) -> None:
        """Puts what is wanted into the very version that was found."""
        changes: dict[str, Any] = {
            "metadata": {key: found["metadata"][key] for key in ("uid", "resourceVersion")},
            wanted.mutable: wanted.body[wanted.mutable],
        }
        self._api.patch(wanted.path, encoded(changes))

    def ours(self, resource: Resource, namespace: str) -> Iterator[Object]:
        """All that were made for checks, in a namespace or, for '', in all."""
        path, token = collection(resource, namespace), ""
        while True:
            query = {"labelSelector": OURS, "limit": str(_PAGE), **({"continue": token} if token else {})}
            page = decode_as(_List, self._api.get_bytes(path, query), path)
            yield from page.items
            token = page.metadata.continue_
            if not token:
                return

    def delete(self, resource: Resource, found: Object) -> None:
        """Deletes the very version that was found; what has changed since, or is gone, is left to the next look."""
        meta = found["metadata"]
        seen = {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
        path = f"{collection(resource, meta.get('namespace', ''))}/{meta['name']}"
        with suppress(NotFound, Conflict):
            self._api.delete(path, encoded({"preconditions": seen}))
